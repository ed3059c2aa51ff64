using System.Text;

namespace InitTx.Linux.Cgroups;

/// <summary>
/// Names of units as names of cgroups, escaped as systemd does it, so that its tools find them. A
/// name that the kernel or a controller could claim for a file gets a leading "_". Pure.
/// </summary>
public static class CgroupName
{
    private const int SliceDepthMax = 32;

    private static readonly string[] Claimed =
    [
        "cgroup", "cpu", "cpuacct", "cpuset", "io", "blkio", "memory", "devices", "freezer",
        "hugetlb", "misc", "net_cls", "net_prio", "perf_event", "pids", "rdma", "dmem", "irq",
        "debug",
    ];

    /// <summary>The directory's name for a unit.</summary>
    public static string Escape(string name)
    {
        if (name.Length == 0 || name[0] is '_' or '.'
            || name is "notify_on_release" or "release_agent" or "tasks")
        {
            return "_" + name;
        }

        int dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && Array.IndexOf(Claimed, name[..dot]) >= 0 ? "_" + name : name;
    }

    /// <summary>
    /// Why an escaped name is no directory's: EINVAL, ENAMETOOLONG, or None when it is one. The
    /// escape makes the longest names of units longer than NAME_MAX; cgroupfs takes them all the
    /// same (6.18), but what lists it need not.
    /// </summary>
    public static Errno RefusalOf(string name) =>
        name.Contains('/', StringComparison.Ordinal) ? Errno.EINVAL
        : Encoding.UTF8.GetByteCount(name) > UnitCgroup.NameMax ? Errno.ENAMETOOLONG
        : Errno.None;

    /// <summary>The unit's name for a directory.</summary>
    public static string Unescape(string name) => name.StartsWith('_') ? name[1..] : name;

    /// <summary>
    /// The path of a slice: "a-b.slice" lies in "a.slice". Empty for "-.slice"; null when it is no
    /// slice's name.
    /// </summary>
    public static string? SlicePath(string slice)
    {
        const string Suffix = ".slice";
        if (slice == "-.slice")
            return "";
        if (!slice.EndsWith(Suffix, StringComparison.Ordinal)
            || slice.Contains('/', StringComparison.Ordinal))
        {
            return null;
        }

        string stem = slice[..^Suffix.Length];
        var path = new List<string>();
        int start = 0;
        while (true)
        {
            int dash = stem.IndexOf('-', start);
            if (dash == start || start == stem.Length || path.Count == SliceDepthMax)
                return null;
            string part = dash < 0 ? stem : stem[..dash];
            path.Add(Escape(part + Suffix));
            if (dash < 0)
                return string.Join('/', path);
            start = dash + 1;
        }
    }
}
