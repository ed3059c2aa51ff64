using FsCheck;
using FsCheck.Fluent;
using InitTx.Core.Resources;
using InitTx.Tests;
using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Resources;

/// <summary>Which attributes of a control group get which text.</summary>
public sealed class ResourcePlanTests
{
    private static readonly ManagerDefaults Quiet = ManagerDefaults.Standard with
    {
        MemoryAccounting = false,
        TasksAccounting = false,
        TasksMax = ResourceAmount.Infinity,
    };

    private static readonly ResourceFacts Facts = new()
    {
        MemoryBytes = 1UL << 30,
        Tasks = 10_000,
        Defaults = Quiet,
        Device = static path => path switch
        {
            "/dev/sda" or "/var" => "8:0",
            "/dev/sdb" => "8:16",
            _ => null,
        },
    };

    private static readonly (string Name, ResourceSettings Settings, string Expected)[] Cases =
    [
        ("nothing", ResourceSettings.None, "None"),
        ("weight", new() { CpuWeight = 7 }, "Cpu cpu.weight:7"),
        ("idle", new() { CpuWeight = ResourceSettings.IdleWeight }, "Cpu cpu.idle:1"),
        ("startup only", new() { StartupCpuWeight = 7 }, "Cpu"),
        ("shares", new() { CpuShares = 2048 }, "Cpu cpu.weight:200"),
        ("few shares", new() { CpuShares = 2 }, "Cpu cpu.weight:1"),
        ("many shares", new() { CpuShares = 262_144 }, "Cpu cpu.weight:10000"),
        ("weight before shares", new() { CpuShares = 9, CpuWeight = 5 }, "Cpu cpu.weight:5"),
        ("quota", new() { CpuQuotaUs = 200_000 }, "Cpu cpu.max:20000 100000"),
        ("two processors", new() { CpuQuotaUs = 2_000_000 }, "Cpu cpu.max:200000 100000"),
        ("short period", new() { CpuQuotaUs = 200_000, CpuQuotaPeriodUs = 10_000 },
            "Cpu cpu.max:2000 10000"),
        ("quota below 1 ms", new() { CpuQuotaUs = 1000, CpuQuotaPeriodUs = 10_000 },
            "Cpu cpu.max:1000 1000000"),
        ("period below 1 ms", new() { CpuQuotaUs = 1_000_000, CpuQuotaPeriodUs = 0 },
            "Cpu cpu.max:1000 1000"),
        ("period above 1 s", new() { CpuQuotaUs = 500_000, CpuQuotaPeriodUs = 9_000_000 },
            "Cpu cpu.max:500000 1000000"),
        ("sets", new() { AllowedCpus = "0-1", AllowedMemoryNodes = "0" },
            "Cpuset cpuset.cpus:0-1 cpuset.mems:0"),
        ("memory", new()
        {
            MemoryMin = Bytes(1), MemoryLow = Bytes(2), MemoryHigh = Bytes(3), MemoryMax = Bytes(4),
            MemorySwapMax = Bytes(0),
        }, "Memory memory.min:1 memory.low:2 memory.high:3 memory.max:4 memory.swap.max:0"),
        ("no guarantee", new() { MemoryLow = Bytes(0) }, "None"),
        ("part of memory", new() { MemoryMax = Share(2000) }, "Memory memory.max:214745088"),
        ("old limit", new() { MemoryLimit = Bytes(9) }, "Memory memory.max:9"),
        ("new limit first", new() { MemoryLimit = Bytes(9), MemoryHigh = Bytes(5) },
            "Memory memory.high:5"),
        ("tasks", new() { TasksMax = new(512, false) }, "Pids pids.max:512"),
        ("part of tasks", new() { TasksMax = Share(1000) }, "Pids pids.max:1000"),
        ("accounting", new() { MemoryAccounting = true, TasksAccounting = true,
            IoAccounting = true, CpuAccounting = true }, "Io, Memory, Pids"),
        ("io weight", new() { IoWeight = 500 },
            "Io io.bfq.weight:136 io.weight:default 500"),
        ("low io weight", new() { IoWeight = 40 }, "Io io.bfq.weight:40 io.weight:default 40"),
        ("old io weight", new() { BlockIoWeight = 1000 },
            "Io io.bfq.weight:109 io.weight:default 200"),
        ("old io beside new", new() { BlockIoWeight = 1000, IoWeight = 100 },
            "Io io.bfq.weight:100 io.weight:default 100"),
        ("devices", new()
        {
            IoDeviceWeights = [new("/dev/sda", 5), new("/var", 6), new("/dev/sdb", 7)],
            IoLatencies = [new("/dev/sdb", 25_000)],
        }, "Io io.weight:8:0 6 io.weight:8:16 7 io.latency:8:16 target=25000"),
        ("rates", new()
        {
            IoLimits =
            [
                DeviceLimit.None("/dev/sda") with { ReadBytes = 5, WriteOperations = 9 },
                DeviceLimit.None("/var") with { ReadBytes = 4 }, DeviceLimit.None("/dev/sdb"),
            ],
        }, "Io io.max:8:0 rbps=4 wbps=max riops=max wiops=9"),
        ("no device", new() { IoDeviceWeights = [new("/nfs", 5)] },
            "Io lost IODeviceWeight=/nfs: no block device is known for it"),
    ];

    [Test]
    public void Settings_come_to_attributes()
    {
        Assert.Multiple(() =>
        {
            foreach ((string name, ResourceSettings settings, string expected) in Cases)
            {
                Assert.That(
                    Text(ResourcePlan.Make(Service(settings), [], Facts)),
                    Is.EqualTo(expected), name);
            }
        });
    }

    [Test]
    public void Until_the_boot_is_over_the_startup_values_count()
    {
        var settings = new ResourceSettings
        {
            CpuWeight = 5,
            StartupCpuWeight = 9,
            StartupIoWeight = 8,
            AllowedCpus = "1",
            StartupAllowedCpus = "0-1",
        };
        string early = Text(
            ResourcePlan.Make(Service(settings), [], Facts with { IsStarting = true }));
        string later = Text(ResourcePlan.Make(Service(settings), [], Facts));
        Assert.That((early, later), Is.EqualTo((
            "Cpu, Cpuset, Io cpu.weight:9 cpuset.cpus:0-1 io.bfq.weight:8 io.weight:default 8",
            "Cpu, Cpuset, Io cpu.weight:5 cpuset.cpus:1")));
    }

    [Test]
    public void A_guarantee_comes_from_the_nearest_slice_that_has_a_default()
    {
        UnitDefinition near = Slice("a-b.slice", new() { DefaultMemoryLow = Bytes(7) });
        UnitDefinition far = Slice(
            "a.slice", new() { DefaultMemoryLow = Bytes(8), DefaultMemoryMin = Bytes(9) });
        Assert.That(
            Text(ResourcePlan.Make(Service(ResourceSettings.None), [near, far], Facts)),
            Is.EqualTo("Memory memory.min:9 memory.low:7"));
        Assert.That(
            Text(ResourcePlan.Make(
                Service(new() { MemoryLow = Bytes(0), MemoryMin = Bytes(1) }), [near, far], Facts)),
            Is.EqualTo("Memory memory.min:1"));
    }

    [Test]
    public void A_slice_above_can_take_controllers_away()
    {
        UnitDefinition slice = Slice("a.slice", new() { Disabled = CgroupControllers.Cpu });
        Assert.That(
            Text(ResourcePlan.Make(
                Service(new() { CpuWeight = 5, MemoryMax = Bytes(6) }), [slice], Facts)),
            Is.EqualTo("Memory memory.max:6 lost CPUWeight=: a slice above has "
                + "DisableControllers="));
        Assert.That(
            Text(ResourcePlan.Make(Slice("a.slice", slice.Resources with { CpuWeight = 5 }), [],
                Facts)),
            Is.EqualTo("Cpu cpu.weight:5"), "not from itself");
    }

    [Test]
    public void Defaults_of_the_manager_are_written_and_nobody_is_told_of_them()
    {
        ResourceFacts facts = Facts with { Defaults = ManagerDefaults.Standard };
        ResourcePlan plan = ResourcePlan.Make(Service(ResourceSettings.None), [], facts);
        Assert.That(Text(plan), Is.EqualTo("Memory, Pids pids.max:1500"));
        Assert.That((plan.Files[0].Directive, plan.IsExplicit), Is.EqualTo(("", false)));
        Assert.That(
            Text(ResourcePlan.Make(Slice("a.slice", ResourceSettings.None), [], facts)),
            Is.EqualTo("Memory, Pids"), "a slice has no default of its own");
    }

    [Test]
    public void Delegated_controllers_are_needed_and_a_kill_for_memory_takes_all()
    {
        UnitDefinition unit = Service(new() { Delegated = CgroupControllers.Version2 }) with
        {
            Delegate = true,
            Service = new() { OomPolicy = OomPolicy.Kill },
        };
        Assert.That(Text(ResourcePlan.Make(unit, [], Facts)),
            Is.EqualTo("Version2 memory.oom.group:1"));
    }

    [Test]
    public void What_is_no_longer_asked_for_is_taken_back_and_what_is_the_same_is_left_alone()
    {
        ResourcePlan before = ResourcePlan.Make(
            Service(new()
            {
                CpuWeight = 5, MemoryMax = Bytes(6), IoDeviceWeights = [new("/dev/sda", 7)],
                AllowedCpus = "1",
            }),
            [], Facts);
        ResourcePlan after = ResourcePlan.Make(
            Service(new() { CpuWeight = 5, MemoryMax = Bytes(8) }), [], Facts);
        Assert.That(
            string.Join('|', after.Since(before).Select(f => $"{f.Name}:{f.Text}")),
            Is.EqualTo("cpuset.cpus:\n|io.weight:8:0 default|memory.max:8"));
        Assert.That(before.Since(before), Is.Empty);
        Assert.That(after.Since(ResourcePlan.Empty), Has.Count.EqualTo(2));
    }

    [Test]
    public void A_part_is_never_more_than_the_whole_whatever_the_numbers()
    {
        Prop.ForAll(
            Gen.Choose(0, 10_000).ToArbitrary(),
            Gen.Choose(0, int.MaxValue).Select(n => (ulong)n << (n % 34)).ToArbitrary(),
            (part, whole) =>
            {
                var facts = new ResourceFacts { MemoryBytes = whole, Tasks = whole };
                ulong memory = facts.Memory(Share((ulong)part));
                ulong tasks = facts.TasksOf(Share((ulong)part));
                Assert.That(memory, Is.LessThanOrEqualTo(whole));
                Assert.That(memory % ResourceFacts.PageBytes, Is.Zero);
                Assert.That(tasks, Is.EqualTo((ulong)((UInt128)whole * (ulong)part / 10_000)));
            }).Check(Properties.Of(200));
    }

    [Test]
    public void A_quota_is_one_that_the_kernel_takes_whatever_the_numbers()
    {
        Prop.ForAll(
            Gen.Choose(1, int.MaxValue).ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(),
            (permyriad, period) =>
            {
                ResourcePlan plan = ResourcePlan.Make(
                    Service(new()
                    {
                        CpuQuotaUs = (ulong)permyriad * 100,
                        CpuQuotaPeriodUs = period,
                    }),
                    [], Facts);
                string[] parts = plan.Files[0].Text.Split(' ');
                Assert.That(ulong.Parse(parts[0]), Is.GreaterThanOrEqualTo(1000));
                Assert.That(ulong.Parse(parts[1]), Is.InRange(1000, 1_000_000));
            }).Check(Properties.Of(200));
    }

    private static ResourceAmount Bytes(ulong bytes) => new(bytes, false);

    private static ResourceAmount Share(ulong permyriad) => new(permyriad, true);

    private static UnitDefinition Service(ResourceSettings settings) => new()
    {
        Name = UnitName.Parse("a.service"),
        LoadState = UnitLoadState.Loaded,
        Resources = settings,
    };

    private static UnitDefinition Slice(string name, ResourceSettings settings) =>
        Service(settings) with { Name = UnitName.Parse(name) };

    private static string Text(ResourcePlan plan) => string.Join(' ',
    [
        plan.Needs.ToString(), .. plan.Files.Select(f => $"{f.Name}:{f.Text}"),
        .. plan.Lost.Select(l => $"lost {l}"),
    ]);
}
