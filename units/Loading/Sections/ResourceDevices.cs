using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Loading.Sections;

/// <summary>The settings of systemd.resource-control(5) that name a device first.</summary>
internal static class ResourceDevices
{
    /// <summary>Applies one assignment; false when the key is not handled here.</summary>
    public static bool Apply(in Setting s)
    {
        ResourceSettings r = s.Draft.Resources;
        switch (s.Key)
        {
            case "IODeviceWeight":
                r = r with { IoDeviceWeights = Weights(s, r.IoDeviceWeights, 1, 10_000) };
                break;
            case "BlockIODeviceWeight":
                s.Warn("is old; please use IODeviceWeight=");
                r = r with { BlockIoDeviceWeights = Weights(s, r.BlockIoDeviceWeights, 10, 1000) };
                break;
            case "IODeviceLatencyTargetSec":
                r = r with { IoLatencies = Latencies(s, r.IoLatencies) };
                break;
            case "IOReadBandwidthMax" or "IOWriteBandwidthMax" or "IOReadIOPSMax"
                or "IOWriteIOPSMax":
                r = r with { IoLimits = Limits(s, r.IoLimits) };
                break;
            case "BlockIOReadBandwidth" or "BlockIOWriteBandwidth":
                s.Warn("is old; please use IOReadBandwidthMax= and IOWriteBandwidthMax=");
                r = r with { BlockIoLimits = Limits(s, r.BlockIoLimits) };
                break;
            default:
                return false;
        }

        s.Draft.Resources = r;
        return true;
    }

    private static IReadOnlyList<DeviceSetting> Weights(
        in Setting s, IReadOnlyList<DeviceSetting> current, ulong lowest, ulong highest)
    {
        if (s.IsReset)
            return [];
        if (!TrySplit(s, out string path, out string rest))
            return current;
        if (Numbers.TryUnsigned(rest, out ulong weight) && weight >= lowest && weight <= highest)
            return Added(s, current, new DeviceSetting(path, weight));
        s.Warn($"'{rest}' is no number from {lowest} to {highest}, ignored");
        return current;
    }

    private static IReadOnlyList<DeviceSetting> Latencies(
        in Setting s, IReadOnlyList<DeviceSetting> current)
    {
        if (s.IsReset)
            return [];
        if (!TrySplit(s, out string path, out string rest))
            return current;
        if (DurationParser.TryParse(rest, out long us))
        {
            ulong target = us == ServiceSettings.Infinity ? ulong.MaxValue : (ulong)us;
            return Added(s, current, new DeviceSetting(path, target));
        }

        s.Warn($"'{rest}' is no time span, ignored; write for example 25ms");
        return current;
    }

    private static IReadOnlyList<DeviceLimit> Limits(
        in Setting s, IReadOnlyList<DeviceLimit> current)
    {
        if (s.IsReset)
        {
            // Empties its own column; what the others say of the device stays.
            var cleared = new List<DeviceLimit>(current.Count);
            foreach (DeviceLimit limit in current)
                cleared.Add(With(limit, s.Key, ulong.MaxValue));
            return cleared;
        }

        if (!TrySplit(s, out string path, out string rest))
            return current;
        ulong most = ulong.MaxValue;
        if (rest != "infinity" && !(ByteSizeParser.TryParseDecimal(rest, out most) && most > 0))
        {
            s.Warn($"'{rest}' is no rate, ignored; write for example 5M or infinity");
            return current;
        }

        List<DeviceLimit> list = Setting.Own(current);
        int at = list.FindIndex(l => l.Path == path);
        if (at >= 0)
            list[at] = With(list[at], s.Key, most);
        else
            return Added(s, list, With(DeviceLimit.None(path), s.Key, most));
        return list;
    }

    private static DeviceLimit With(DeviceLimit limit, string key, ulong value) => key switch
    {
        "IOReadBandwidthMax" or "BlockIOReadBandwidth" => limit with { ReadBytes = value },
        "IOWriteBandwidthMax" or "BlockIOWriteBandwidth" => limit with { WriteBytes = value },
        "IOReadIOPSMax" => limit with { ReadOperations = value },
        _ => limit with { WriteOperations = value },
    };

    private static IReadOnlyList<T> Added<T>(in Setting s, IReadOnlyList<T> current, T item)
    {
        List<T> list = Setting.Own(current);
        if (list.Count < s.Draft.Limits.MaxListItems)
            list.Add(item);
        else
            s.Warn($"more than {s.Draft.Limits.MaxListItems} devices, ignored");
        return list;
    }

    private static bool TrySplit(in Setting s, out string path, out string rest)
    {
        (path, rest) = ("", "");
        var words = new WordSplitter(s.Value, WordRules.Unquote);
        if (words.Next() is WordResult.Word or WordResult.WordWithUnknownEscape)
            (path, rest) = (words.Word, words.Rest.ToString());
        if (path.Length > 0 && rest.Length > 0)
            return s.TryPath(path, words.Start, absolute: true, out path);
        s.Warn($"'{s.Shown}' is not a device and a value, ignored; write for example /dev/sda 100");
        return false;
    }
}
