using InitTx.Units.Model;

namespace InitTx.Core.Supervision;

/// <summary>
/// RuntimeMaxSec= and RuntimeRandomizedExtraSec= (systemd.service(5)). The core draws no numbers:
/// the extra follows from the unit's name and the moment at which it came up, so it differs between
/// units, machines and runs, and is the same when the manager comes back in the middle of a run.
/// </summary>
internal static class RuntimeLimit
{
    /// <summary>Microseconds that this run may last; infinity for no limit.</summary>
    public static long Of(UnitRuntime unit)
    {
        ServiceSettings service = unit.Service;
        long limit = service.RuntimeMaxUs;
        long extra = service.RuntimeRandomizedExtraUs;
        if (limit >= ServiceSettings.Infinity || extra <= 0)
            return limit;
        if (extra >= ServiceSettings.Infinity - limit)
            return ServiceSettings.Infinity;
        return limit + (long)(Mix(unit) % ((ulong)extra + 1));
    }

    private static ulong Mix(UnitRuntime unit)
    {
        // FNV-1a over the name, then the finisher of splitmix64 over name and time.
        ulong hash = 14_695_981_039_346_656_037;
        foreach (char c in unit.Name.Value)
            hash = (hash ^ c) * 1_099_511_628_211;
        hash ^= (ulong)unit.ActiveSince.RealtimeUs;
        hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9;
        hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EB;
        return hash ^ (hash >> 31);
    }
}
