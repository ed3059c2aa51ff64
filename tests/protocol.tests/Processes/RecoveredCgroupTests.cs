using System.Diagnostics;
using System.Globalization;
using InitTx.Core;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Init;
using InitTx.Init.Processes;
using InitTx.Linux.Cgroups;
using InitTx.Linux.Loop;
using InitTx.Linux.Processes;
using InitTx.Units.Graph;
using InitTx.Units.Model;

namespace InitTx.Protocol.Tests.Processes;

/// <summary>
/// What an image before this one left in cgroups of units without a known process. On the real
/// kernel, in a subtree of the test's own that is removed afterwards.
/// </summary>
[TestFixture]
internal sealed class RecoveredCgroupTests : IUnitCatalog
{
    private static int _counter;

    private readonly List<Process> _children = [];
    private ProcFs _proc = null!;
    private CgroupTree _tree = null!;
    private EventLoop _loop = null!;
    private Engine _engine = null!;
    private UnitCgroups _cgroups = null!;
    private string _subtree = "";

    [SetUp]
    public void Create()
    {
        _proc = ProcFs.Open();
        var layout = CgroupLayout.Detect(_proc);
        if (layout.MountPoint.Length == 0)
            Assert.Ignore(layout.Problem);
        string name = string.Create(CultureInfo.InvariantCulture,
            $"{layout.OwnPath.TrimEnd('/')}/initx-recovered-{Environment.ProcessId}-{_counter++}");
        try
        {
            Directory.CreateDirectory(layout.MountPoint + name);
        }
        catch (Exception refused) when (refused is UnauthorizedAccessException or IOException)
        {
            Assert.Ignore("no right to make a cgroup here: " + refused.Message);
        }

        _subtree = layout.MountPoint + name;
        _tree = CgroupTree.Create(layout with { OwnPath = name });
        Assert.That(_tree.Prepare().IsOk, _tree.Problem);
        _loop = EventLoop.Create().Require();
        _engine = new Engine(this, new EngineLimits());
        var queue = new EventQueue();
        var reaper = new ChildReaper(_loop, 1);
        var sessions = new SessionProcesses(_proc, reaper, new KnownPids(), queue);
        _cgroups = new UnitCgroups(_tree, _engine, queue, sessions, reaper, _proc);
    }

    [TearDown]
    public void Destroy()
    {
        foreach (Process child in _children)
        {
            child.Kill();
            child.WaitForExit();
            child.Dispose();
        }

        _children.Clear();
        if (_subtree.Length == 0)
            return;
        _tree.Dispose();
        foreach (string directory in Directory
            .GetDirectories(_subtree, "*", SearchOption.AllDirectories)
            .Append(_subtree)
            .OrderByDescending(static path => path.Length))
        {
            Directory.Delete(directory);
        }

        _loop.Dispose();
        _proc.Dispose();
        _subtree = "";
    }

    [Test]
    public void The_cgroup_of_a_unit_that_went_down_just_before_a_crash_goes()
    {
        UnitRuntime unit = _engine.GetOrLoad(UnitName.Parse("a.service"));
        string left = Left("a.service");
        _cgroups.TakeOver();
        _cgroups.Remove(unit);
        _cgroups.RemoveAll();
        Assert.That(Directory.Exists(left), Is.False);
    }

    [Test]
    public void What_a_unit_left_that_went_down_just_before_a_crash_is_killed()
    {
        UnitRuntime unit = _engine.GetOrLoad(UnitName.Parse("a.service"));
        string left = Left("a.service");
        Process child = ChildIn(left);
        _cgroups.TakeOver();
        Assert.That(_cgroups.Kill(unit).IsOk);
        Assert.That(child.WaitForExit(20_000), "it lives");
        _cgroups.Remove(unit);
        _cgroups.RemoveAll();
        Assert.That(Directory.Exists(left), Is.False);
    }

    [Test]
    public void Processes_of_a_unit_that_is_up_without_a_main_process_are_found_after_a_recovery()
    {
        UnitRuntime unit = Exited("a.service");
        string left = Left("a.service");
        Process child = ChildIn(left);
        _cgroups.TakeOver();
        Assert.That(_cgroups.UnitOf(child.Id), Is.SameAs(unit));
        Assert.That(_cgroups.SignalAll(unit, default, 15, thenContinue: true).IsOk);
        Assert.That(child.WaitForExit(20_000), "it lives");
    }

    [Test]
    public void A_unit_that_never_ran_gets_no_cgroup_by_a_recovery()
    {
        _engine.GetOrLoad(UnitName.Parse("a.service"));
        _cgroups.TakeOver();
        Assert.That(Directory.GetDirectories(_subtree + "/system.slice"), Is.Empty);
    }

    /// <inheritdoc/>
    public UnitDefinition Load(UnitName name) => new()
    {
        Name = name,
        LoadState = UnitLoadState.Loaded,
        Service = new ServiceSettings
        {
            Type = ServiceType.Oneshot,
            RemainAfterExit = true,
            ExecStart = [new ExecCommand(
                "/bin/true", ["/bin/true"], ExecCommandFlags.None, new SourceLocation("/u", 1))],
        },
        Exec = new ExecSettings(),
        Kill = new KillSettings(),
    };

    private string Left(string unit)
    {
        string path = _subtree + "/system.slice/" + unit;
        Directory.CreateDirectory(path);
        return path;
    }

    private Process ChildIn(string cgroup)
    {
        var child = Process.Start("/bin/sleep", "1000");
        _children.Add(child);
        File.WriteAllText(
            cgroup + "/cgroup.procs", child.Id.ToString(CultureInfo.InvariantCulture));
        return child;
    }

    // Started, and the only process that is known has ended.
    private UnitRuntime Exited(string name)
    {
        UnitRuntime unit = _engine.GetOrLoad(UnitName.Parse(name));
        EngineStep step = Send(new EngineEvent.Requested(new ControlRequest
        {
            Id = new RequestId(1),
            Verb = RequestVerb.Start,
            Requester = new Requester(4000, 0, 0, "test", "", "", 0, true),
            Units = [unit.Name],
        }));
        var spawn = step.Effects.OfType<Effect.Spawn>().Single();
        var process = new ProcessIdentity(4_000_000, 1);
        Send(new EngineEvent.Spawned(spawn.Token, process));
        Send(new EngineEvent.Executed(spawn.Token));
        Send(new EngineEvent.Exited(process, ExitKind.Exited, 0, CgroupEmpty: false));
        Assert.That(unit.Sub, Is.EqualTo(SubState.Exited));
        return unit;
    }

    private EngineStep Send(EngineEvent fact)
    {
        var step = new EngineStep();
        _engine.Handle(fact, new Instant(1_000_000, 1_700_000_000_000_000), step, 0);
        return step;
    }
}
