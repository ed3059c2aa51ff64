using InitTx.Units.Model;

namespace InitTx.Core.Resources;

/// <summary>
/// IO*= and, where none of them is set, BlockIO*=: io.weight, io.latency, io.max.
/// </summary>
internal static class DevicePlan
{
    private const CgroupControllers Io = CgroupControllers.Io;
    private const ulong Default = 100;
    private const string NoDevice = "no block device is known for it";

    public static void Add(ResourceDraft draft, ResourceSettings r)
    {
        bool counts = r.IoAccounting ?? draft.Facts.Defaults.IoAccounting;
        bool isNew = counts || r.IoWeight is not null || r.StartupIoWeight is not null
            || r.IoDeviceWeights.Count + r.IoLatencies.Count + r.IoLimits.Count > 0;
        if (counts || r.BlockIoAccounting is true)
            draft.Need(Io);
        bool starting = draft.Facts.IsStarting;
        if (isNew)
        {
            draft.Need(Io);
            bool early = starting && r.StartupIoWeight is not null;
            AddWeight(draft, early ? "StartupIOWeight" : "IOWeight",
                early ? r.StartupIoWeight : r.IoWeight);
            AddWeights(draft, "IODeviceWeight", r.IoDeviceWeights, static w => w);
            AddLatencies(draft, r.IoLatencies);
            AddLimits(draft, r.IoLimits);
            return;
        }

        if (r.BlockIoWeight is not null || r.StartupBlockIoWeight is not null)
            draft.Need(Io);
        bool first = starting && r.StartupBlockIoWeight is not null;
        AddWeight(draft, first ? "StartupBlockIOWeight" : "BlockIOWeight",
            (first ? r.StartupBlockIoWeight : r.BlockIoWeight) is { } old ? OfOld(old) : null);
        AddWeights(draft, "BlockIODeviceWeight", r.BlockIoDeviceWeights, OfOld);
        AddLimits(draft, r.BlockIoLimits);
    }

    // blkio's 10 to 1000 around 500 as 1 to 10000 around 100.
    private static ulong OfOld(ulong weight) => Math.Clamp(weight * 100 / 500, 1, 10_000);

    // The BFQ scheduler has a file of its own, with 1 to 1000 around 100; often one of the two is
    // missing, and one is enough.
    private static void AddWeight(ResourceDraft draft, string directive, ulong? weight)
    {
        if (weight is not { } number)
            return;
        draft.Add(directive, Io, "io.bfq.weight", ResourceDraft.Text(OfBfq(number)), "100");
        draft.Add(
            directive, Io, "io.weight", "default " + ResourceDraft.Text(number), "default 100");
    }

    private static ulong OfBfq(ulong weight) => weight <= Default
        ? weight
        : Default + ((weight - Default) * (1000 - Default) / (10_000 - Default));

    private static void AddWeights(
        ResourceDraft draft, string directive, IReadOnlyList<DeviceSetting> settings,
        Func<ulong, ulong> turn)
    {
        foreach ((string device, DeviceSetting setting) in Found(draft, directive, settings))
        {
            draft.Add($"{directive}={setting.Path}", Io, "io.weight",
                $"{device} {ResourceDraft.Text(turn(setting.Value))}", $"{device} default");
        }
    }

    private static void AddLatencies(ResourceDraft draft, IReadOnlyList<DeviceSetting> settings)
    {
        const string Directive = "IODeviceLatencyTargetSec";
        foreach ((string device, DeviceSetting setting) in Found(draft, Directive, settings))
        {
            draft.Add($"{Directive}={setting.Path}", Io, "io.latency",
                $"{device} target={ResourceDraft.Text(setting.Value)}", $"{device} target=max");
        }
    }

    // Several paths can lie on one device: the last of each counts.
    private static List<(string Device, DeviceSetting Setting)> Found(
        ResourceDraft draft, string directive, IReadOnlyList<DeviceSetting> settings)
    {
        var found = new List<(string Device, DeviceSetting Setting)>(settings.Count);
        foreach (DeviceSetting setting in settings)
        {
            draft.Need(Io);
            if (draft.Facts.Device(setting.Path) is not { } device)
            {
                draft.Lose($"{directive}={setting.Path}", NoDevice);
                continue;
            }

            found.RemoveAll(f => f.Device == device);
            found.Add((device, setting));
        }

        return found;
    }

    private static void AddLimits(ResourceDraft draft, IReadOnlyList<DeviceLimit> limits)
    {
        var found = new List<(string Device, DeviceLimit Limit)>(limits.Count);
        foreach (DeviceLimit limit in limits)
        {
            if (limit == DeviceLimit.None(limit.Path))
                continue;
            draft.Need(Io);
            if (draft.Facts.Device(limit.Path) is not { } device)
            {
                draft.Lose($"IO limits of {limit.Path}", NoDevice);
                continue;
            }

            int at = found.FindIndex(f => f.Device == device);
            if (at < 0)
                found.Add((device, limit));
            else
                found[at] = (device, Lower(found[at].Limit, limit));
        }

        foreach ((string device, DeviceLimit limit) in found)
        {
            draft.Add(
                $"IO limits of {limit.Path}", Io, "io.max",
                $"{device} rbps={Text(limit.ReadBytes)} wbps={Text(limit.WriteBytes)} "
                    + $"riops={Text(limit.ReadOperations)} wiops={Text(limit.WriteOperations)}",
                $"{device} rbps=max wbps=max riops=max wiops=max");
        }
    }

    private static DeviceLimit Lower(DeviceLimit a, DeviceLimit b) => new(
        a.Path, Math.Min(a.ReadBytes, b.ReadBytes), Math.Min(a.WriteBytes, b.WriteBytes),
        Math.Min(a.ReadOperations, b.ReadOperations),
        Math.Min(a.WriteOperations, b.WriteOperations));

    private static string Text(ulong value) => ResourceDraft.Text(value);
}
