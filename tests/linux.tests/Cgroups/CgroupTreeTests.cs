using InitTx.Core;
using InitTx.Linux.Cgroups;
using InitTx.Linux.Handles;
using InitTx.Linux.Loop;
using InitTx.Linux.Processes;
using InitTx.Linux.Signals;
using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests.Cgroups;

/// <summary>
/// On the real kernel, in a subtree of the test's own that is removed afterwards.
/// </summary>
[TestFixture]
public sealed partial class CgroupTreeTests
{
    private static int _counter;

    private ProcFs _proc = null!;
    private string _home = "";
    private string _mount = "";
    private string _subtree = "";
    private CgroupTree _tree = null!;
    private EventLoop _loop = null!;
    private ChildReaper _reaper = null!;

    [SetUp]
    public void Create()
    {
        _proc = ProcFs.Open();
        var layout = CgroupLayout.Detect(_proc);
        if (layout.MountPoint.Length == 0)
            Assert.Ignore(layout.Problem);
        _mount = layout.MountPoint;
        _home = layout.OwnPath;
        string name = $"{_home.TrimEnd('/')}/initx-test-{Environment.ProcessId}-{_counter++}";
        try
        {
            Directory.CreateDirectory(_mount + name);
        }
        catch (Exception refused) when (refused is UnauthorizedAccessException or IOException)
        {
            Assert.Ignore("no right to make a cgroup here: " + refused.Message);
        }

        _subtree = name;
        _tree = CgroupTree.Create(layout with { OwnPath = _subtree });
        _loop = EventLoop.Create().Require();
        _reaper = new(_loop, 1);
    }

    [TearDown]
    public void Destroy()
    {
        if (_subtree.Length == 0)
            return;
        File.WriteAllText($"{_mount}{_home}/cgroup.procs", "0");
        if (File.Exists($"{_mount}{_subtree}/cgroup.kill"))
            File.WriteAllText($"{_mount}{_subtree}/cgroup.kill", "1");
        while (_reaper.KnownCount > 0)
            ReapAll();
        _tree.Dispose();
        foreach (string directory in Directory
            .GetDirectories(_mount + _subtree, "*", SearchOption.AllDirectories)
            .Append(_mount + _subtree)
            .OrderByDescending(path => path.Length))
        {
            RemoveWhenEmpty(directory);
        }

        _loop.Dispose();
        _proc.Dispose();
        _subtree = "";
    }

    [Test]
    public void The_manager_moves_to_init_scope_and_the_tree_has_its_slices()
    {
        Assert.That(_tree.Prepare().IsOk, _tree.Problem);
        _tree.Settle();
        Assert.That(
            ProcessFacts.ReadCgroup(_proc, Environment.ProcessId),
            Is.EqualTo(_subtree + "/init.scope"));
        Assert.That(Directory.Exists($"{_mount}{_subtree}/system.slice"));
        Assert.That(Directory.Exists($"{_mount}{_subtree}/user.slice"));

        // As after an exec: the root is found again, not init.scope taken for it.
        var layout = CgroupLayout.Detect(_proc);
        using var again = CgroupTree.Create(layout);
        Assert.That(again.RootPath, Is.EqualTo(_tree.RootPath));
        Assert.That(again.Prepare().IsOk, again.Problem);
        again.Settle();
        Assert.That(again.Problem, Is.Empty);
        Assert.That(
            ProcessFacts.ReadCgroup(_proc, Environment.ProcessId),
            Is.EqualTo(_subtree + "/init.scope"));
    }

    [Test]
    public void A_unit_has_its_cgroup_before_the_manager_has_moved_and_another_slice_moves_it()
    {
        string? before = ProcessFacts.ReadCgroup(_proc, Environment.ProcessId);
        Assert.That(_tree.Prepare().IsOk, _tree.Problem);
        Assert.That(_tree.Open("system.slice", "early.service", 1).IsOk);
        Assert.That(ProcessFacts.ReadCgroup(_proc, Environment.ProcessId), Is.EqualTo(before));
        Assert.That(_tree.Open("other.slice", "late.service", 2).IsOk);
        Assert.That(
            ProcessFacts.ReadCgroup(_proc, Environment.ProcessId),
            Is.EqualTo(_subtree + "/init.scope"));
    }

    [Test]
    public void A_controller_that_is_not_there_is_told_and_the_rest_works()
    {
        Assert.That(_tree.Prepare("nonesuch").IsOk);
        Assert.That(_tree.Problem, Does.Contain("nonesuch"));
        Assert.That(_tree.Open("system.slice", "x.service", 1).IsOk);
    }

    [Test]
    public void A_process_is_found_by_its_cgroup_and_by_those_below()
    {
        var cgroup = _tree.Open("system-deep.slice", "cpu.service", 7).Require();
        Assert.That(cgroup.Path, Is.EqualTo("system.slice/system-deep.slice/_cpu.service"));
        Assert.That(_tree.Open("system-deep.slice", "cpu.service", 8).Require(), Is.SameAs(cgroup));
        int pid = Child("exec sleep 1000");
        Assert.That(cgroup.Attach(pid).IsOk);
        Assert.That(_tree.TryFind(_proc, pid, out var found));
        Assert.That(found.Tag, Is.EqualTo(7));
        Directory.CreateDirectory($"{_tree.RootPath}/{cgroup.Path}/own/deeper");
        File.WriteAllText($"{_tree.RootPath}/{cgroup.Path}/own/deeper/cgroup.procs", $"{pid}");
        Assert.That(_tree.TryFind(_proc, pid, out found) && found.Tag == 7);
        Assert.That(_tree.TryFind(_proc, Environment.ProcessId, out _), Is.False);
        Assert.That(Allocations.Of(() => _tree.TryFind(_proc, pid, out _)), Is.Zero);
        var pids = new List<int>();
        Assert.That(CgroupProcesses.List(cgroup, pids).IsOk);
        Assert.That(pids, Is.EqualTo(new[] { pid }));
    }

    [Test]
    public void Becoming_empty_is_told_once_the_last_process_is_gone()
    {
        var cgroup = _tree.Open("system.slice", "x.service", 3).Require();
        int first = Child("exec sleep 1000");
        int second = Child("exec sleep 1000");
        cgroup.Attach(first);
        cgroup.Attach(second);
        Assert.That(cgroup.IsPopulated().Value, Is.EqualTo(1));
        var emptied = new UnitCgroup[4];
        _tree.Watcher!.Drain(emptied);
        _reaper.Signal(_proc, new(first, 0), 9);
        AwaitExits(1);
        Assert.That(_tree.Watcher.Drain(emptied), Is.Zero);
        _loop.Add(_tree.Watcher.Fd, LoopEvents.Readable, new EventKey(9, 0));
        _reaper.Signal(_proc, new(second, 0), 9);
        AwaitExits(1, until: () => _tree.Watcher.Drain(emptied) == 1);
        Assert.That(emptied[0], Is.SameAs(cgroup));
        Assert.That(cgroup.IsPopulated(), Is.EqualTo(SysResult.Ok));
        Assert.That(_tree.Remove(cgroup).IsOk);
        Assert.That(Directory.Exists($"{_tree.RootPath}/system.slice/x.service"), Is.False);
        Assert.That(_tree.Open("system.slice", "x.service", 3).IsOk, "and made again");
    }

    [Test]
    public void After_an_exec_a_unit_is_found_and_told_of_when_it_empties()
    {
        var before = _tree.Open("system.slice", "x.service", 3).Require();
        _tree.Open("system.slice", "y.service", 4);
        int only = Child("exec sleep 1000");
        before.Attach(only);
        var emptied = new UnitCgroup[4];
        _tree.Watcher!.Drain(emptied);
        using var next = Next(new FileDescriptor(_tree.Watcher.Fd).Duplicate().Require());
        Assert.That(next.Prepare().IsOk && next.Watcher!.IsTakenOver);
        var taken = next.TakeOver("system.slice", "x.service", 3).Require();
        var other = next.TakeOver("system.slice", "y.service", 4).Require();
        Assert.That((taken.Watch, other.Watch), Is.EqualTo((-1, -1)), "nothing asked yet");
        Assert.That(next.TryFind(_proc, only, out var found) && found == taken);
        Assert.That(taken.IsPopulated().Value, Is.EqualTo(1));
        _reaper.Signal(_proc, new(only, 0), 9);
        _loop.Add(next.Watcher!.Fd, LoopEvents.Readable, new EventKey(9, 0));

        // The word of how it filled may still be on its way: the kernel holds such words back.
        Array.Clear(emptied);
        AwaitExits(1, until: () => next.Watcher.Drain(emptied) > 0 && emptied.Contains(taken));
        Assert.That(next.Remove(taken).IsOk);
    }

    [Test]
    public void A_unit_that_was_taken_over_and_is_gone_says_so()
    {
        _tree.Open("system.slice", "x.service", 3);
        using var next = Next(new FileDescriptor(_tree.Watcher!.Fd).Duplicate().Require());
        var gone = next.TakeOver("system.slice", "y.service", 4).Require();
        Assert.That(gone.Open().Error, Is.EqualTo(Errno.ENOENT));
        Assert.That(CgroupProcesses.List(gone, []).Error, Is.EqualTo(Errno.ENOENT));
        Assert.That(next.Remove(gone).IsOk);
        Assert.That(next.Open("system.slice", "y.service", 4).Require().IsPopulated().IsOk);
    }

    [Test]
    public void What_is_no_watch_is_not_taken_over_and_units_are_watched_at_once()
    {
        using var signals = SignalSource.Create(0).Require();
        using var next = Next(new FileDescriptor(signals.Fd).Duplicate().Require());
        Assert.That(next.Watcher!.IsTakenOver, Is.False);
        var taken = next.TakeOver("system.slice", "x.service", 3).Require();
        Assert.That(taken.Watch, Is.GreaterThanOrEqualTo(0));
    }

    private CgroupTree Next(FileDescriptor watch) => CgroupTree.Create(
        CgroupLayout.Detect(_proc) with { OwnPath = _subtree }, watch);

    [Test]
    public void A_kill_ends_everything_in_it_and_below()
    {
        var cgroup = _tree.Open("system.slice", "x.service", 3).Require();
        int[] pids = [.. Enumerable.Range(0, 5).Select(_ => Child("exec sleep 1000"))];
        Directory.CreateDirectory($"{_tree.RootPath}/{cgroup.Path}/below");
        foreach (int pid in pids)
            cgroup.Attach(pid);
        File.WriteAllText($"{_tree.RootPath}/{cgroup.Path}/below/cgroup.procs", $"{pids[0]}");
        Assert.That(_tree.Remove(cgroup).Error, Is.EqualTo(Errno.EBUSY), "somebody lives there");
        Assert.That(cgroup.Kill().IsOk);
        AwaitExits(5);
        Assert.That(_tree.Remove(cgroup).IsOk, "with what is below");
    }

    [Test]
    public void Kernels_without_cgroup_kill_are_killed_in_rounds()
    {
        var cgroup = _tree.Open("system.slice", "x.service", 3).Require();
        int forker = Child("while :; do sleep 1000 & sleep 0.001; done");
        cgroup.Attach(forker);
        for (int i = 0; i < 300; i++)
            cgroup.Attach(Child("exec sleep 1000"));
        var killed = CgroupProcesses.KillInRounds(cgroup);
        Assert.That(killed.IsOk, killed.ToString());
        AwaitExits(301);
        _reaper.Sweep(new ChildExit[1]);
    }

    [Test]
    public void A_signal_reaches_all_but_the_exception()
    {
        var cgroup = _tree.Open("system.slice", "x.service", 3).Require();
        int spared = Child("exec sleep 1000");
        int known = Child("exec sleep 1000");
        int stranger = TestChild.Shell("exec sleep 1000");
        foreach (int pid in new[] { spared, known, stranger })
            cgroup.Attach(pid);
        Assert.That(
            CgroupProcesses.Signal(cgroup, _reaper, _proc, 15, except: spared).Value,
            Is.EqualTo(2));
        Assert.That(TestChild.Reap(stranger) & 0x7F, Is.EqualTo(15));
        AwaitExits(1);
        Assert.That(_proc.TryStat(spared, out var stat) && stat.State != 'Z');
    }

    [Test]
    public void Who_had_the_signal_is_only_told_to_go_on()
    {
        var cgroup = _tree.Open("system.slice", "x.service", 3).Require();
        int told = Child("exec sleep 1000");
        int other = Child("exec sleep 1000");
        cgroup.Attach(told);
        cgroup.Attach(other);
        Assert.That(
            CgroupProcesses.Signal(
                cgroup, _reaper, _proc, 15, thenContinue: true, told: [0, told]).Value,
            Is.EqualTo(1));
        AwaitExits(1);
        Assert.That(_proc.TryStat(told, out var stat) && stat.State != 'Z');
        TestChild.kill(told, 9);
        AwaitExits(1);
    }

    [Test]
    public void Draining_and_asking_allocate_nothing()
    {
        var cgroup = _tree.Open("system.slice", "x.service", 3).Require();
        var emptied = new UnitCgroup[4];
        Assert.That(
            Allocations.Of(() =>
            {
                _tree.Watcher!.Drain(emptied);
                cgroup.IsPopulated();
            }),
            Is.Zero);
    }

    [Test]
    public void A_slice_that_somebody_removed_is_made_again()
    {
        var cgroup = _tree.Open("a-b.slice", "x.service", 3).Require();
        _tree.Remove(cgroup);
        Directory.Delete($"{_tree.RootPath}/a.slice/a-b.slice");
        Directory.Delete($"{_tree.RootPath}/a.slice");
        Assert.That(_tree.Open("a-b.slice", "x.service", 3).IsOk);
    }

    [Test]
    public void A_name_that_is_no_slice_is_refused() =>
        Assert.That(_tree.Open("../x.slice", "x.service", 1).Error, Is.EqualTo(Errno.EINVAL));

    [Test]
    public void Without_version_two_everything_says_so()
    {
        var layout = CgroupLayout.Detect(_proc, "/nonexistent");
        Assert.That(layout.Mode, Is.EqualTo(CgroupMode.None));
        using var none = CgroupTree.Create(layout);
        Assert.That(none.IsAvailable, Is.False);
        Assert.That(none.Problem, Is.EqualTo("no cgroups"));
        Assert.That(none.Prepare().Error, Is.EqualTo(Errno.EOPNOTSUPP));
        Assert.That(
            none.Open("system.slice", "x.service", 1).Error, Is.EqualTo(Errno.EOPNOTSUPP));
        Assert.That(none.TryFind(_proc, Environment.ProcessId, out _), Is.False);
    }

    private int Child(string script)
    {
        int pid = TestChild.Shell(script);
        _reaper.Register(new ProcessIdentity(pid, 0), null, 0);
        return pid;
    }

    private void AwaitExits(int count, Func<bool>? until = null)
    {
        var ready = new ReadyEvent[16];
        long deadline = MonotonicClock.BootTimeUs() + 20_000_000;
        bool reached = until is null;
        while (count > 0 || !reached)
        {
            _loop.SetDeadline(deadline);
            int events = _loop.Wait(ready, block: true, out bool late).Value;
            Assert.That(late, Is.False, $"{count} exits still missing");
            for (int i = 0; i < events; i++)
            {
                if (ready[i].Key.Kind == 1 && _reaper.TryPeek((int)ready[i].Key.Id, out _))
                    count--;
            }

            _reaper.ReapCommitted();
            reached = reached || until!();
        }
    }

    private void ReapAll()
    {
        var ready = new ReadyEvent[16];
        int events = _loop.Wait(ready, block: true, out _).Value;
        for (int i = 0; i < events; i++)
            _reaper.TryPeek((int)ready[i].Key.Id, out _);
        _reaper.ReapCommitted();
    }

    private static void RemoveWhenEmpty(string directory)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                Directory.Delete(directory);
                return;
            }
            catch (IOException) when (attempt < 200)
            {
                Thread.Sleep(10);
            }
        }
    }
}
