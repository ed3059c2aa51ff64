using System.Text;
using InitTx.Core;
using InitTx.Linux;
using InitTx.Linux.Handles;
using InitTx.Linux.Loop;
using InitTx.Linux.Mounts;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Init.Boot;

/// <summary>
/// Which mount and swap units the kernel already has: /proc/self/mountinfo and /proc/swaps
/// (proc(5)). mountinfo is watched (a change is EPOLLPRI) and read again. What is beyond the cap has
/// no unit, which is said once.
/// </summary>
internal sealed class MountUnits(EventQueue queue, ManagerConsole console)
{
    private const int MaxUnits = 4096;

    private FileDescriptor? _watched;
    private bool _told;

    /// <summary>
    /// Reads now and watches from now on; without /proc there is nothing to tell.
    /// </summary>
    public void Start(EventLoop loop)
    {
        SysResult<FileDescriptor> opened = Files.Open(Files.Cwd, "/proc/self/mountinfo", 0);
        if (opened.IsError)
            return;
        _watched = opened.Require();
        loop.Add(_watched.Number, LoopEvents.Priority, new EventKey(EventKinds.Mounts, 0));
        Read();
    }

    public void Read()
    {
        var present = new SortedSet<UnitName>();
        foreach (MountEntry entry in MountTable.Read())
            Add(entry.Path, UnitKind.Mount, present);
        AddSwaps(present);
        queue.Post(new EngineEvent.MountTableRead([.. present]));
    }

    private void AddSwaps(SortedSet<UnitName> present)
    {
        byte[] buffer = new byte[64 * 1024];
        SysResult read = Files.ReadAll(Files.Cwd, "/proc/swaps", buffer);
        if (read.IsError)
            return;
        foreach (string line in Encoding.UTF8.GetString(buffer, 0, read.Value).Split('\n'))
        {
            int blank = line.IndexOf(' ', StringComparison.Ordinal);
            if (blank > 0 && line[0] == '/')
                Add(line[..blank], UnitKind.Swap, present);
        }
    }

    private void Add(string path, UnitKind kind, SortedSet<UnitName> present)
    {
        if (present.Count >= MaxUnits)
        {
            if (!_told)
                console.Line($"more than {MaxUnits} mounts: the rest has no units");
            _told = true;
        }
        else if (UnitNameEscaper.EscapePath(path) is { } escaped
            && UnitName.TryParse($"{escaped}.{UnitName.SuffixOf(kind)}", out UnitName name))
        {
            present.Add(name);
        }
    }
}
