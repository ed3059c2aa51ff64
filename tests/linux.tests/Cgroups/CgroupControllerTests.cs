using InitTx.Core.Resources;
using InitTx.Linux.Cgroups;
using InitTx.Units.Model;

namespace InitTx.Linux.Tests.Cgroups;

/// <summary>
/// Controllers and attributes on a directory that only looks like cgroupfs: most machines that
/// build have version 1. What the kernel does with what is written is the vm layer's to show.
/// </summary>
[TestFixture]
public sealed class CgroupControllerTests
{
    private string _root = "";
    private CgroupTree _tree = null!;

    [SetUp]
    public void Create()
    {
        _root = Directory.CreateTempSubdirectory("initx-cgroup").FullName;
        foreach (string directory in (string[])["", "system.slice", "user.slice", "a.slice",
            "a.slice/a-b.slice", "init.scope"])
        {
            Directory.CreateDirectory($"{_root}/{directory}");
            File.WriteAllText($"{_root}/{directory}/cgroup.subtree_control", "");
            File.WriteAllText($"{_root}/{directory}/cgroup.procs", "");
        }

        File.WriteAllText($"{_root}/cgroup.controllers", "cpu io memory pids\n");
        _tree = CgroupTree.Create(new CgroupLayout(CgroupMode.Unified, _root, "/", ""));
        Assert.That(_tree.Prepare("cpu", "io", "memory", "pids").IsOk, _tree.Problem);
    }

    [TearDown]
    public void Remove()
    {
        _tree.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Test]
    public void A_controller_is_on_from_the_root_to_the_slice_that_needs_it_and_nowhere_else()
    {
        _tree.Settle();
        _tree.Enable("a-b.slice", CgroupControllers.Memory);
        Assert.That(Controls(), Is.EqualTo("/:+memory a.slice:+memory a.slice/a-b.slice:+memory"));
        Assert.That(_tree.Problem, Is.Empty);
    }

    [Test]
    public void Where_no_directory_can_be_made_there_is_no_tree_and_it_says_why()
    {
        Directory.Delete($"{_root}/init.scope", recursive: true);
        File.WriteAllText($"{_root}/init.scope", "");
        using CgroupTree tree = CgroupTree.Create(
            new CgroupLayout(CgroupMode.Unified, _root, "/", ""));
        Assert.That(tree.Prepare("memory").IsError);
        tree.Settle();
        Assert.That((tree.IsAvailable, tree.RootPath), Is.EqualTo((false, "")));
        Assert.That(tree.Problem, Does.Contain("init.scope").And.Contain("ENOTDIR"));
        Assert.That(tree.Why(CgroupControllers.Memory, default), Is.EqualTo(tree.Problem));
        Assert.That(tree.Open("system.slice", "x.service", 1).IsError);
    }

    [Test]
    public void Before_the_manager_has_moved_it_is_put_off()
    {
        _tree.Enable("system.slice", CgroupControllers.Pids | CgroupControllers.Cpuset);
        Assert.That((Controls(), _tree.IsSettled), Is.EqualTo(("", false)));
        _tree.Settle();
        Assert.That(Controls(), Is.EqualTo("/:+pids system.slice:+pids"));
        Assert.That(
            _tree.Why(CgroupControllers.Cpuset, default), Is.EqualTo("no cpuset controller here"));
    }

    [Test]
    public void It_is_taken_away_from_the_deepest_slice_first_and_given_again()
    {
        _tree.Settle();
        _tree.Enable("a-b.slice", CgroupControllers.Cpu);
        _tree.TurnOff("a.slice", CgroupControllers.Cpu);
        Assert.That(Controls(), Is.EqualTo("/:+cpu a.slice:-cpu a.slice/a-b.slice:-cpu"));
        _tree.Enable("a.slice", CgroupControllers.Cpu);
        Assert.That(Controls(), Is.EqualTo("/:+cpu a.slice:+cpu a.slice/a-b.slice:-cpu"));
    }

    [Test]
    public void Attributes_of_slices_and_units_are_written_and_what_is_missing_is_an_error()
    {
        File.WriteAllText($"{_root}/a.slice/cpu.weight", "100");
        Directory.CreateDirectory($"{_root}/system.slice/x.service");
        File.WriteAllText($"{_root}/system.slice/x.service/pids.max", "max");
        UnitCgroup unit = _tree.Open("system.slice", "x.service", 1).Require();
        Assert.Multiple(() =>
        {
            Assert.That(_tree.WriteSlice("a.slice", "cpu.weight", "250").IsOk);
            Assert.That(File.ReadAllText($"{_root}/a.slice/cpu.weight"), Is.EqualTo("250"));
            Assert.That(unit.WriteAttribute("pids.max", "777").IsOk);
            Assert.That(unit.TaskCount(), Is.Null);
            Assert.That(unit.WriteAttribute("memory.max", "5").Error, Is.EqualTo(Errno.ENOENT));
            Assert.That(unit.Applied, Is.Null);
        });
        unit.Applied = ResourcePlan.Empty;
        Assert.That(
            _tree.Open("system.slice", "x.service", 1).Require().Applied,
            Is.SameAs(ResourcePlan.Empty));
    }

    [Test]
    public void What_the_whole_container_may_use_is_read_where_it_is_limited()
    {
        File.WriteAllText($"{_root}/memory.max", "1048576\n");
        File.WriteAllText($"{_root}/pids.max", "max\n");
        Assert.That(_tree.RootLimit("memory.max"), Is.EqualTo(1_048_576));
        Assert.That(_tree.RootLimit("pids.max"), Is.EqualTo(ulong.MaxValue));
        Assert.That(_tree.RootLimit("none"), Is.EqualTo(ulong.MaxValue));
    }

    [Test]
    public void The_files_that_count_are_read_whatever_is_in_them()
    {
        Assert.Multiple(() =>
        {
            Assert.That(
                CgroupStatistics.Value("low 0\noom 2\noom_kill 3\n"u8, "oom_kill"u8),
                Is.EqualTo(3));
            Assert.That(CgroupStatistics.Value("xoom_kill 3\n"u8, "oom_kill"u8), Is.Null);
            Assert.That(CgroupStatistics.Value("oom_kill x"u8, "oom_kill"u8), Is.Null);
            Assert.That(CgroupStatistics.Value(""u8, "oom_kill"u8), Is.Null);
            Assert.That(CgroupStatistics.CpuNs("usage_usec 15\nuser_usec 1\n"u8),
                Is.EqualTo(15_000));
            Assert.That(CgroupStatistics.CpuNs("usage_usec 9223372036854775807\n"u8),
                Is.EqualTo(long.MaxValue));
            Assert.That(
                CgroupStatistics.IoBytes(
                    "8:0 rbytes=5 wbytes=6 rios=1\n8:16 rbytes=7 wbytes=9223372036854775807\n"u8),
                Is.EqualTo((12L, long.MaxValue)));
            Assert.That(CgroupStatistics.IoBytes(""u8), Is.EqualTo((0L, 0L)));
        });
    }

    // Each word overwrites the one before it: "+pids" or the like is what came last.
    private string Controls() => string.Join(' ', ((string[])["", "a.slice", "a.slice/a-b.slice",
        "init.scope", "system.slice", "user.slice"])
        .Select(d => (Name: d.Length == 0 ? "/" : d,
            Text: File.ReadAllText($"{_root}/{d}/cgroup.subtree_control")))
        .Where(d => d.Text.Length > 0).Select(d => $"{d.Name}:{d.Text}"));
}
