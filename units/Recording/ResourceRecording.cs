using InitTx.Units.Model;

namespace InitTx.Units.Recording;

/// <summary>The settings of systemd.resource-control(5).</summary>
internal static class ResourceRecording
{
    // Most units say nothing about it: they share one object.
    public static void Write(Packer to, ResourceSettings r)
    {
        bool none = r == ResourceSettings.None;
        to.Bool(none);
        if (none)
            return;
        to.BoolOrNull(r.CpuAccounting);
        to.BoolOrNull(r.MemoryAccounting);
        to.BoolOrNull(r.IoAccounting);
        to.BoolOrNull(r.BlockIoAccounting);
        to.BoolOrNull(r.TasksAccounting);
        WriteNumber(to, r.CpuWeight);
        WriteNumber(to, r.StartupCpuWeight);
        WriteNumber(to, r.CpuShares);
        WriteNumber(to, r.StartupCpuShares);
        WriteNumber(to, r.CpuQuotaUs);
        to.Number(r.CpuQuotaPeriodUs);
        to.Text(r.AllowedCpus);
        to.Text(r.StartupAllowedCpus);
        to.Text(r.AllowedMemoryNodes);
        to.Text(r.StartupAllowedMemoryNodes);
        WriteAmount(to, r.MemoryMin);
        WriteAmount(to, r.MemoryLow);
        WriteAmount(to, r.DefaultMemoryMin);
        WriteAmount(to, r.DefaultMemoryLow);
        WriteAmount(to, r.MemoryHigh);
        WriteAmount(to, r.MemoryMax);
        WriteAmount(to, r.MemorySwapMax);
        WriteAmount(to, r.MemoryLimit);
        WriteNumber(to, r.IoWeight);
        WriteNumber(to, r.StartupIoWeight);
        WriteNumber(to, r.BlockIoWeight);
        WriteNumber(to, r.StartupBlockIoWeight);
        to.List(r.IoDeviceWeights, WriteDevice);
        to.List(r.BlockIoDeviceWeights, WriteDevice);
        to.List(r.IoLatencies, WriteDevice);
        to.List(r.IoLimits, WriteLimit);
        to.List(r.BlockIoLimits, WriteLimit);
        WriteAmount(to, r.TasksMax);
        to.Number((long)r.Disabled);
        to.Number((long)r.Delegated);
        to.List(r.Filters, static (t, option) =>
        {
            t.Text(option.Key);
            t.Text(option.Value);
        });
    }

    public static ResourceSettings Read(Unpacker from) => from.Bool()
        ? ResourceSettings.None
        : new ResourceSettings
        {
            CpuAccounting = from.BoolOrNull(),
            MemoryAccounting = from.BoolOrNull(),
            IoAccounting = from.BoolOrNull(),
            BlockIoAccounting = from.BoolOrNull(),
            TasksAccounting = from.BoolOrNull(),
            CpuWeight = ReadNumber(from),
            StartupCpuWeight = ReadNumber(from),
            CpuShares = ReadNumber(from),
            StartupCpuShares = ReadNumber(from),
            CpuQuotaUs = ReadNumber(from),
            CpuQuotaPeriodUs = from.Number(),
            AllowedCpus = from.Text(),
            StartupAllowedCpus = from.Text(),
            AllowedMemoryNodes = from.Text(),
            StartupAllowedMemoryNodes = from.Text(),
            MemoryMin = ReadAmount(from),
            MemoryLow = ReadAmount(from),
            DefaultMemoryMin = ReadAmount(from),
            DefaultMemoryLow = ReadAmount(from),
            MemoryHigh = ReadAmount(from),
            MemoryMax = ReadAmount(from),
            MemorySwapMax = ReadAmount(from),
            MemoryLimit = ReadAmount(from),
            IoWeight = ReadNumber(from),
            StartupIoWeight = ReadNumber(from),
            BlockIoWeight = ReadNumber(from),
            StartupBlockIoWeight = ReadNumber(from),
            IoDeviceWeights = from.Array(ReadDevice),
            BlockIoDeviceWeights = from.Array(ReadDevice),
            IoLatencies = from.Array(ReadDevice),
            IoLimits = from.Array(ReadLimit),
            BlockIoLimits = from.Array(ReadLimit),
            TasksMax = ReadAmount(from),
            Disabled = ReadControllers(from),
            Delegated = ReadControllers(from),
            Filters = from.Array(static f => new SetupOption(f.Text(), f.Text())),
        };

    private static void WriteNumber(Packer to, ulong? value)
    {
        to.Bool(value is not null);
        if (value is { } number)
            to.Unsigned(number);
    }

    private static ulong? ReadNumber(Unpacker from) => from.Bool() ? from.Unsigned() : null;

    private static void WriteAmount(Packer to, ResourceAmount? value)
    {
        to.Bool(value is not null);
        if (value is not { } amount)
            return;
        to.Unsigned(amount.Value);
        to.Bool(amount.IsShare);
    }

    private static ResourceAmount? ReadAmount(Unpacker from) =>
        from.Bool() ? new ResourceAmount(from.Unsigned(), from.Bool()) : null;

    private static void WriteDevice(Packer to, DeviceSetting setting)
    {
        to.Text(setting.Path);
        to.Unsigned(setting.Value);
    }

    private static DeviceSetting ReadDevice(Unpacker from) => new(from.Text(), from.Unsigned());

    private static void WriteLimit(Packer to, DeviceLimit limit)
    {
        to.Text(limit.Path);
        to.Unsigned(limit.ReadBytes);
        to.Unsigned(limit.WriteBytes);
        to.Unsigned(limit.ReadOperations);
        to.Unsigned(limit.WriteOperations);
    }

    private static DeviceLimit ReadLimit(Unpacker from) => new(
        from.Text(), from.Unsigned(), from.Unsigned(), from.Unsigned(), from.Unsigned());

    private static CgroupControllers ReadControllers(Unpacker from)
    {
        int value = from.Int();
        if ((value & ~(int)CgroupControllers.All) != 0)
            from.Fail();
        return (CgroupControllers)value;
    }
}
