using InitTx.Core;
using InitTx.Units.Model;

namespace InitTx.Simulation.World;

/// <summary>
/// The kernel's table of mounts, which outlives every manager: mount(8) and umount(8) change it,
/// and so do others. A change shows until the table is read.
/// </summary>
internal sealed class SimulatedMounts(SimulatedWorld world)
{
    /// <summary>What nobody declares and some operator mounts now and then.</summary>
    private static readonly UnitName Stranger = UnitName.Parse("x.mount");

    private readonly SortedSet<UnitName> _table = [];
    private bool _isRead = true;

    /// <summary>Whether the table has the mount of a unit.</summary>
    public bool Has(UnitName unit) => _table.Contains(unit);

    /// <summary>Changes that nobody has read yet.</summary>
    public bool HasNews => !_isRead;

    /// <summary>The program does its work, some time before it ends.</summary>
    public void Worked(SimulatedProcess process)
    {
        if (process.Role == ExecRole.Mount)
            Change(process.Unit, present: true);
        else if (process.Role == ExecRole.Unmount)
            Change(process.Unit, present: false);
    }

    /// <summary>Somebody mounts or unmounts something by hand.</summary>
    public void Touch(int amount)
    {
        var mounts = new List<UnitName>();
        foreach (UnitDefinition unit in world.Catalog.Definitions)
        {
            if (unit.Mount is not null)
                mounts.Add(unit.Name);
        }

        if (mounts.Count == 0)
            return;
        mounts.Add(Stranger);
        UnitName chosen = mounts[amount % mounts.Count];
        Change(chosen, !Has(chosen));
    }

    /// <summary>What the table says now; it counts as read.</summary>
    public EngineEvent.MountTableRead Read()
    {
        _isRead = true;
        var entries = new List<KernelEntry>();
        foreach (UnitName name in _table)
            entries.Add(new KernelEntry(name, "/" + name.WithoutSuffix, "tmpfs", "tmpfs", "rw"));
        return new EngineEvent.MountTableRead(entries);
    }

    /// <summary>
    /// A process that mounts has ended, and the shell is about to tell: what the table says, when
    /// that is news.
    /// </summary>
    public EngineEvent? BeforeExit(SimulatedProcess process) =>
        !_isRead && process.Role is ExecRole.Mount or ExecRole.Remount or ExecRole.Unmount
            ? Read()
            : null;

    private void Change(UnitName unit, bool present)
    {
        if (present ? !_table.Add(unit) : !_table.Remove(unit))
            return;
        _isRead = false;
        if (!world.Ready.Has<TableInput>(_ => true))
            world.Ready.Post(new TableInput(this), world.Tie(unit, 22));
    }

    private sealed class TableInput(SimulatedMounts mounts) : Input
    {
        public override bool ShowsAgain => true;

        public override EngineEvent? Read(Engine engine) =>
            mounts.HasNews ? mounts.Read() : null;
    }
}
