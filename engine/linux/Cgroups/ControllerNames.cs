using InitTx.Units.Model;

namespace InitTx.Linux.Cgroups;

/// <summary>The controllers of version 2 by the kernel's names.</summary>
internal static class ControllerNames
{
    /// <summary>In the order in which they are turned on.</summary>
    public static readonly (string Name, CgroupControllers Controller)[] All =
    [
        ("cpuset", CgroupControllers.Cpuset), ("cpu", CgroupControllers.Cpu),
        ("io", CgroupControllers.Io), ("memory", CgroupControllers.Memory),
        ("pids", CgroupControllers.Pids),
    ];

    /// <summary>None for another name.</summary>
    public static CgroupControllers Of(string name)
    {
        foreach ((string known, CgroupControllers controller) in All)
        {
            if (known == name)
                return controller;
        }

        return CgroupControllers.None;
    }

    /// <summary>The first of several.</summary>
    public static string Of(CgroupControllers controllers)
    {
        foreach ((string name, CgroupControllers controller) in All)
        {
            if ((controllers & controller) != 0)
                return name;
        }

        return "such a";
    }
}
