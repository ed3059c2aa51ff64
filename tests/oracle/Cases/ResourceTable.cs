namespace InitTx.Oracle.Tests.Cases;

/// <summary>Values of systemd.resource-control(5), good and nearly so, a unit each.</summary>
internal static class ResourceTable
{
    private static readonly string[] Lines =
    [
        "CPUAccounting=yes\nIOAccounting=1\nMemoryAccounting=no\nTasksAccounting=off",
        "MemoryAccounting=\nIOAccounting=maybe", "BlockIOAccounting=yes",
        "CPUWeight=1", "CPUWeight=10000", "CPUWeight=0", "CPUWeight=10001", "CPUWeight=idle",
        "CPUWeight=IDLE", "CPUWeight=0x20", "CPUWeight=12\nCPUWeight=", "CPUWeight= 7",
        "CPUWeight=+7",
        "CPUWeight=-7", "StartupCPUWeight=400\nStartupCPUWeight=x", "CPUShares=2", "CPUShares=1",
        "CPUShares=262144\nStartupCPUShares=262145", "CPUShares=1024\nCPUShares=",
        "CPUQuota=20%", "CPUQuota=150%", "CPUQuota=0%", "CPUQuota=0.1%", "CPUQuota=12.34%",
        "CPUQuota=12.345%", "CPUQuota=20", "CPUQuota=5‰", "CPUQuota=5.5‰", "CPUQuota=7‱",
        "CPUQuota=7.1‱", "CPUQuota=.5%", "CPUQuota=-5%", "CPUQuota=%", "CPUQuota=10 %",
        "CPUQuota=20%\nCPUQuota=", "CPUQuota=infinity", "CPUQuota=1000000%",
        "CPUQuotaPeriodSec=10ms", "CPUQuotaPeriodSec=2", "CPUQuotaPeriodSec=0",
        "CPUQuotaPeriodSec=infinity", "CPUQuotaPeriodSec=x",
        "CPUQuotaPeriodSec=5ms\nCPUQuotaPeriodSec=",
        "AllowedCPUs=0-3", "AllowedCPUs=0,2 4-5", "AllowedCPUs=3-1", "AllowedCPUs=1 3-2 5",
        "AllowedCPUs=1\nAllowedCPUs=2", "AllowedCPUs=1\nAllowedCPUs=", "AllowedCPUs=x",
        "AllowedCPUs=1 x", "AllowedCPUs=8191", "AllowedCPUs=8192", "AllowedCPUs=1,,2",
        "AllowedCPUs=\"1 2\"", "AllowedCPUs=-1", "AllowedCPUs=1-", "AllowedCPUs=0x3",
        "AllowedMemoryNodes=0", "StartupAllowedCPUs=1-2\nStartupAllowedMemoryNodes=0,1",
        "MemoryMax=64M", "MemoryMax=20%", "MemoryMax=100%", "MemoryMax=101%", "MemoryMax=0",
        "MemoryMax=0%", "MemoryMax=1", "MemoryMax=infinity", "MemoryMax=1.5G", "MemoryMax=64m",
        "MemoryMax=18446744073709551615", "MemoryMax=16E", "MemoryMax=64M\nMemoryMax=",
        "MemoryMax=64M\nMemoryMax=x", "MemoryHigh=33.33%\nMemorySwapMax=0", "MemorySwapMax=0%",
        "MemorySwapMax=1G\nMemorySwapMax=infinity", "MemoryLimit=1G", "MemoryLimit=0",
        "MemoryMin=0\nMemoryLow=10M", "MemoryMin=\nMemoryLow=", "MemoryLow=infinity",
        "DefaultMemoryLow=1M\nDefaultMemoryMin=5%", "MemoryHigh=7‰", "MemoryHigh=1M 512K",
        "TasksMax=512", "TasksMax=0", "TasksMax=0%", "TasksMax=10%", "TasksMax=100%",
        "TasksMax=101%", "TasksMax=infinity", "TasksMax=x", "TasksMax=-1", "TasksMax=1K",
        "TasksMax=99999999999999999999", "TasksMax=12\nTasksMax=x",
        "IOWeight=1\nStartupIOWeight=10000", "IOWeight=0", "IOWeight=idle",
        "IOWeight=5\nIOWeight=", "BlockIOWeight=10\nStartupBlockIOWeight=1000",
        "BlockIOWeight=9", "BlockIOWeight=1001", "BlockIOWeight=500\nBlockIOWeight=",
        "IODeviceWeight=/dev/sda 200", "IODeviceWeight=/dev/sda", "IODeviceWeight=/dev/sda 0",
        "IODeviceWeight=/dev/%p 20\nIODeviceWeight=/dev//sdb 30",
        "IODeviceWeight=/dev/sda 200\nIODeviceWeight=", "IODeviceWeight=\"/a b\" 5",
        "BlockIODeviceWeight=/dev/sda 200\nBlockIODeviceWeight=/dev/sda 2",
        "IOReadBandwidthMax=/dev/sda 5M", "IOReadBandwidthMax=/dev/sda 0",
        "IOReadBandwidthMax=/dev/sda infinity", "IOReadBandwidthMax=/dev/sda x",
        "IOReadBandwidthMax=/dev/sda 5M\nIOWriteBandwidthMax=/dev/sda 1K\nIOReadBandwidthMax=",
        "IOReadIOPSMax=/dev/sda 100\nIOWriteIOPSMax=/x 200", "IOWriteIOPSMax=200",
        "BlockIOReadBandwidth=/dev/sda 5M\nBlockIOWriteBandwidth=/dev/sda x",
        "BlockIOReadBandwidth=/dev/sda 5M\nBlockIOReadBandwidth=", "MemoryLimit=",
        "CPUShares=", "StartupCPUShares=500\nStartupCPUWeight=", "BlockIODeviceWeight=",
        "IODeviceLatencyTargetSec=/dev/sda 25ms", "IODeviceLatencyTargetSec=/dev/sda x",
        "DisableControllers=cpu io", "DisableControllers=cpu\nDisableControllers=memory",
        "DisableControllers=cpu\nDisableControllers=", "DisableControllers=pids blkio devices",
        "Delegate=yes", "Delegate=no", "Delegate=", "Delegate=cpu memory",
        "Delegate=cpu\nDelegate=pids", "Delegate=cpu\nDelegate=no", "Delegate=yes\nDelegate=",
        "Delegate=cpu nothing",
    ];

    private static readonly string[] OfServices =
    [
        "OOMPolicy=stop", "OOMPolicy=continue", "OOMPolicy=kill", "OOMPolicy=x", "Delegate=yes",
        "Delegate=yes\nOOMPolicy=stop", "OOMPolicy=kill\nDelegate=cpu", "OOMPolicy=",
    ];

    public static IEnumerable<(string Type, string Name, string Text)> Cases()
    {
        foreach (string line in Lines.Concat(OfServices))
            yield return ("service", "", $"[Service]\nExecStart=/bin/true\n{line}\n");
        for (int i = 0; i < Lines.Length; i++)
            yield return ("slice", $"r{i}", $"[Slice]\n{Lines[i]}\n");
    }
}
