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
using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Protocol.Tests.Processes;

/// <summary>
/// Units with cgroups on the real kernel, in a subtree of the test's own that is removed
/// afterwards.
/// </summary>
internal abstract class CgroupFixture : IUnitCatalog
{
    private static int _counter;

    private readonly List<Process> _children = [];
    private protected ProcFs _proc = null!;
    private protected CgroupTree _tree = null!;
    private protected EventLoop _loop = null!;
    private protected Engine _engine = null!;
    private protected UnitCgroups _cgroups = null!;
    private protected EventQueue _queue = null!;
    private protected ChildReaper _reaper = null!;
    private protected string _subtree = "";

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
        _queue = new EventQueue();
        _reaper = new ChildReaper(_loop, 1);
        _cgroups = Over(_tree);
    }

    private protected UnitCgroups Over(CgroupTree tree) => new(
        tree, _engine, _queue, new SessionProcesses(_proc, _reaper, new KnownPids(), _queue),
        _reaper, _proc, new UnitResources(tree, _engine, _queue, ManagerDefaults.Standard));

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

    private protected string Left(string unit)
    {
        string path = _subtree + "/system.slice/" + unit;
        Directory.CreateDirectory(path);
        return path;
    }

    private protected Process ChildIn(string cgroup)
    {
        var child = Process.Start("/bin/sleep", "1000");
        _children.Add(child);
        File.WriteAllText(
            cgroup + "/cgroup.procs", child.Id.ToString(CultureInfo.InvariantCulture));
        return child;
    }

    // Started, and the only process that is known has ended.
    private protected UnitRuntime Exited(string name)
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
