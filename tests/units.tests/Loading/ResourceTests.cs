using InitTx.Units.Model;

namespace InitTx.Units.Tests.Loading;

/// <summary>
/// systemd.resource-control(5) as units say it. What systemd makes of the same texts is the oracle
/// layer's (ResourceTable).
/// </summary>
public sealed class ResourceTests
{
    private static readonly ResourceAmount Zero = new(0, false);

    [Test]
    public void Limits_and_weights_are_read()
    {
        ResourceSettings r = Of(
            "CPUWeight=idle\nStartupCPUWeight=300\nCPUQuota=12.5%\nCPUQuotaPeriodSec=10ms\n"
            + "AllowedCPUs=0-1,4 3\nMemoryMax=20%\nMemoryHigh=1.5G\nMemorySwapMax=0\n"
            + "TasksMax=10%\nIOWeight=7\nDisableControllers=cpu io\nBlockIOWeight=10");
        Assert.Multiple(() =>
        {
            Assert.That(r.CpuWeight, Is.EqualTo(ResourceSettings.IdleWeight));
            Assert.That(r.StartupCpuWeight, Is.EqualTo(300));
            Assert.That(r.CpuQuotaUs, Is.EqualTo(125_000));
            Assert.That(r.CpuQuotaPeriodUs, Is.EqualTo(10_000));
            Assert.That(r.AllowedCpus, Is.EqualTo("0-1,3-4"));
            Assert.That(r.MemoryMax, Is.EqualTo(new ResourceAmount(2000, true)));
            Assert.That(r.MemoryHigh, Is.EqualTo(new ResourceAmount(1_610_612_736, false)));
            Assert.That(r.MemorySwapMax, Is.EqualTo(Zero));
            Assert.That(r.TasksMax, Is.EqualTo(new ResourceAmount(1000, true)));
            Assert.That(r.IoWeight, Is.EqualTo(7));
            Assert.That(r.BlockIoWeight, Is.EqualTo(10));
            Assert.That(r.Disabled, Is.EqualTo(CgroupControllers.Cpu | CgroupControllers.Io));
        });
    }

    [Test]
    public void Devices_keep_their_order_and_columns()
    {
        ResourceSettings r = Of(
            "IODeviceWeight=/dev/sda 20\nIODeviceWeight=/dev/sdb 30\n"
            + "IODeviceLatencyTargetSec=/dev/sda 25ms\nIOReadBandwidthMax=/dev/sda 5M\n"
            + "IOWriteIOPSMax=/dev/sda 100\nIOReadIOPSMax=/var 7");
        Assert.Multiple(() =>
        {
            Assert.That(r.IoDeviceWeights, Is.EqualTo(
                new[] { new DeviceSetting("/dev/sda", 20), new DeviceSetting("/dev/sdb", 30) }));
            Assert.That(r.IoLatencies, Is.EqualTo(new[] { new DeviceSetting("/dev/sda", 25_000) }));
            Assert.That(r.IoLimits, Is.EqualTo(new[]
            {
                DeviceLimit.None("/dev/sda") with { ReadBytes = 5_000_000, WriteOperations = 100 },
                DeviceLimit.None("/var") with { ReadOperations = 7 },
            }));
        });
    }

    [TestCase("CPUWeight=0")]
    [TestCase("CPUWeight=10001")]
    [TestCase("CPUQuota=0%")]
    [TestCase("CPUQuota=20")]
    [TestCase("CPUQuota=99999999999%")]
    [TestCase("AllowedCPUs=8192")]
    [TestCase("AllowedCPUs=1 x")]
    [TestCase("MemoryMax=0")]
    [TestCase("MemoryMax=101%")]
    [TestCase("MemoryMax=16E")]
    [TestCase("TasksMax=0%")]
    [TestCase("TasksMax=99999999999999999999")]
    [TestCase("BlockIOWeight=9")]
    [TestCase("IOReadBandwidthMax=/dev/sda 0")]
    [TestCase("IODeviceWeight=/dev/sda")]
    [TestCase("DisableControllers=nothing")]
    public void What_cannot_be_read_is_said_and_changes_nothing(string line)
    {
        UnitDefinition unit = Unit(line);
        Assert.That(unit.Resources, Is.EqualTo(ResourceSettings.None));
        Assert.That(unit.Diagnostics.Select(d => d.Directive),
            Is.EqualTo(new[] { line[..line.IndexOf('=', StringComparison.Ordinal)] }));
    }

    [Test]
    public void An_empty_guarantee_is_none_of_its_own_and_an_empty_limit_is_none()
    {
        ResourceSettings r = Of("MemoryLow=\nMemoryMax=1M\nMemoryMax=\nCPUQuota=5%\nCPUQuota=");
        Assert.That((r.MemoryLow, r.MemoryMax, r.CpuQuotaUs),
            Is.EqualTo(((ResourceAmount?)Zero, (ResourceAmount?)null, (ulong?)null)));
    }

    [TestCase("", "False None Stop")]
    [TestCase("Delegate=yes", "True Version2 Continue")]
    [TestCase("Delegate=cpu memory", "True Cpu, Memory Continue")]
    [TestCase("Delegate=cpu\nDelegate=", "True None Continue")]
    [TestCase("Delegate=no\nOOMPolicy=kill", "False None Kill")]
    [TestCase("Delegate=yes\nOOMPolicy=stop", "True Version2 Stop")]
    public void Delegation_gives_controllers_and_decides_what_a_kill_for_memory_means(
        string lines, string expected)
    {
        UnitDefinition u = Unit(lines);
        Assert.That($"{u.Delegate} {u.Resources.Delegated} {u.Service!.OomPolicy}",
            Is.EqualTo(expected));
    }

    [Test]
    public void Only_services_and_scopes_are_delegated_to()
    {
        UnitDefinition u =
            new TextTree().File("a.slice", "[Slice]\nDelegate=yes\n").Load("a.slice");
        Assert.That(u.Delegate, Is.False);
        Assert.That(u.Diagnostics, Has.Count.EqualTo(1));
    }

    private static ResourceSettings Of(string lines)
    {
        UnitDefinition unit = Unit(lines);
        Assert.That(unit.Diagnostics.Select(d => d.ToString()), Is.Empty);
        return unit.Resources;
    }

    private static UnitDefinition Unit(string lines) =>
        TextTree.Service($"ExecStart=/bin/true\n{lines}\n");
}
