using InitTx.Linux.Cgroups;
using InitTx.Linux.Handles;
using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests.Cgroups;

/// <summary>Names and trees that somebody chose to reach others' processes, or to hide.</summary>
public sealed partial class CgroupTreeTests
{
    [TestCase("_")]
    [TestCase(".")]
    [TestCase("memory.")]
    public void A_name_that_is_too_long_once_escaped_is_refused_also_after_an_exec(string begin)
    {
        Assert.That(_tree.Prepare().IsOk, _tree.Problem);
        string longest = begin.PadRight(255 - ".service".Length, 'x') + ".service";
        Assert.That(
            _tree.Open("system.slice", longest, 1).Error, Is.EqualTo(Errno.ENAMETOOLONG));
        using var next = Next(new FileDescriptor(_tree.Watcher!.Fd).Duplicate().Require());
        Assert.That(next.Watcher is { IsTakenOver: true } && next.Prepare().IsOk, next.Problem);
        Assert.That(
            next.TakeOver("system.slice", longest, 1).Error, Is.EqualTo(Errno.ENAMETOOLONG));
        Assert.That(next.TakeOver("system.slice", longest[1..], 2).IsOk);
    }

    [Test]
    public void A_cgroup_root_that_cannot_be_written_any_more_gives_no_tree()
    {
        Assert.That(_tree.Prepare().IsOk, _tree.Problem);
        string point = Directory.CreateTempSubdirectory("inittx-cgroup.").FullName;
        PrivateNamespace.Run(PrivateNamespace.Mounts, () =>
        {
            foreach (string[] command in (string[][])
                [
                    ["mount", "--bind", _mount + _subtree, point],
                    ["mount", "-o", "remount,bind,ro", point],
                ])
            {
                (int code, string output) = TestChild.Run(command);
                Assert.That(code, Is.Zero, output);
            }

            using var bound = CgroupTree.Create(new(CgroupMode.Unified, point, "/", ""));
            Assert.That(bound.Prepare().Error, Is.EqualTo(Errno.EROFS));
            Assert.That(bound.IsAvailable, Is.False);
            Assert.That(bound.Problem, Does.Contain("system.slice: EROFS"));
        });
        Directory.Delete(point);
    }

    /// <summary>CVE-2026-15059: a path as a name, and every process below it was killed.</summary>
    [TestCase("system.slice", "..")]
    [TestCase("system.slice", "../init.scope")]
    [TestCase("system.slice", "a/../../init.scope")]
    [TestCase("system.slice", "/init.scope")]
    [TestCase("system.slice", "init.scope/x")]
    [TestCase("system.slice", "")]
    [TestCase("..", "x.service")]
    [TestCase("../init.scope", "x.service")]
    [TestCase("a/b.slice", "x.service")]
    [TestCase("..-...slice", "x.service")]
    public void CVE_2026_15059_no_name_leads_to_the_cgroup_of_others(string slice, string name)
    {
        Assert.That(_tree.Prepare().IsOk, _tree.Problem);
        _tree.Settle();
        SysResult<UnitCgroup> opened = _tree.Open(slice, name, 1);
        if (opened.IsOk)
        {
            string path = opened.Require().Path;
            Assert.That(Path.GetFullPath(path, "/"), Is.EqualTo("/" + path));
            Assert.That(path.Split('/')[0], Does.EndWith(".slice"));
            Assert.That(opened.Require().Kill().IsOk, "and this process lives");
        }

        Assert.That(name.Contains('/'), Is.False.Or.EqualTo(opened.IsError));
    }

    /// <summary>
    /// CVE-2026-40223 and CVE-2021-3997: a service that may make cgroups of its own makes them ever
    /// deeper. It costs no stack, and what is below ends with the unit.
    /// </summary>
    [Test]
    public void CVE_2026_40223_what_a_service_makes_below_its_cgroup_hides_no_process()
    {
        var cgroup = _tree.Open("system.slice", "x.service", 3).Require();
        string below = $"{_tree.RootPath}/{cgroup.Path}" + string.Concat(
            Enumerable.Repeat("/d", 200));
        Directory.CreateDirectory(below);
        int pid = Child("exec sleep 1000");
        File.WriteAllText($"{below}/cgroup.procs", $"{pid}");
        var pids = new List<int>();
        Assert.That(
            SmallStack.Run(() => CgroupProcesses.List(cgroup, pids)).Error,
            Is.EqualTo(Errno.E2BIG), "not as if that were all");
        Assert.That(SmallStack.Run(() => _tree.Remove(cgroup)).Error, Is.EqualTo(Errno.EBUSY));
        Assert.That(cgroup.IsPopulated().Value, Is.EqualTo(1));
        Assert.That(cgroup.Kill().IsOk);
        AwaitExits(1);
        Assert.That(cgroup.IsPopulated().Value, Is.Zero);
    }
}
