using InitTx.Linux.Processes;

namespace InitTx.Linux.Tests.Cgroups;

/// <summary>Processes that close PAM sessions, beside the manager and its services.</summary>
public sealed partial class CgroupTreeTests
{
    [Test]
    public void The_watcher_of_the_session_that_the_manager_is_in_moves_with_it()
    {
        int watcher = Child("printf '(initx-pam)' >/proc/$$/comm; kill -STOP $$");
        int other = Child("kill -STOP $$");
        Assert.That(SpinWait.SpinUntil(() => SessionWatcher.Is(watcher), 10_000));
        Assert.That(SessionWatcher.IsOwn(watcher));
        Assert.That(SessionWatcher.Is(other), Is.False);
        Assert.That(SessionWatcher.IsOwnOrBelow(_proc, watcher));
        Assert.That(SessionWatcher.IsOwnOrBelow(_proc, other), Is.False);
        foreach (int pid in (int[])[watcher, other])
            File.WriteAllText($"{_mount}{_subtree}/cgroup.procs", $"{pid}");
        Assert.That(_tree.Prepare().IsOk, _tree.Problem);
        _tree.Settle();
        Assert.That(
            ProcessFacts.ReadCgroup(_proc, watcher), Is.EqualTo(_subtree + "/init.scope"));
        Assert.That(ProcessFacts.ReadCgroup(_proc, other), Is.EqualTo(_subtree));
    }

    [Test]
    public void What_a_watcher_s_modules_start_is_known_by_its_parents()
    {
        int watcher = Child(
            "printf '(initx-pam)' >/proc/$$/comm; setsid sh -c 'setsid sleep 1000; :'; :");
        Assert.That(SpinWait.SpinUntil(() => SessionWatcher.Is(watcher), 10_000));
        string Children(int pid) =>
            File.ReadAllText($"/proc/{pid}/task/{pid}/children").Trim();
        Assert.That(SpinWait.SpinUntil(() => Children(watcher).Length > 0, 10_000));
        int module = int.Parse(Children(watcher));
        Assert.That(SpinWait.SpinUntil(() => Children(module).Length > 0, 10_000));
        int below = int.Parse(Children(module));
        File.WriteAllText($"{_mount}{_subtree}/cgroup.procs", $"{module}");
        File.WriteAllText($"{_mount}{_subtree}/cgroup.procs", $"{below}");
        Assert.That(SessionWatcher.Is(below), Is.False);
        Assert.That(SessionWatcher.IsOwnOrBelow(_proc, below));
    }
}
