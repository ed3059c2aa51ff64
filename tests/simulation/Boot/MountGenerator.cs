using InitTx.Simulation.Randomness;
using InitTx.Units.Model;

namespace InitTx.Simulation.Boot;

/// <summary>Draws mount units, and who stands on them.</summary>
internal static class MountGenerator
{
    private static readonly UnitName Umount = UnitName.Parse("umount.target");

    /// <summary>The name of a boot's n-th mount.</summary>
    public static UnitName Name(int n) => UnitName.Parse($"m{n}.mount");

    /// <summary>The unit without its dependencies; those that follow from it are added.</summary>
    public static UnitDefinition Draw(Prng p, BootOptions options, UnitName name, EdgeSet edges)
    {
        edges.Add(DependencyKind.Before, Umount);
        edges.Add(DependencyKind.Conflicts, Umount);
        return new UnitDefinition
        {
            Name = name,
            LoadState = UnitLoadState.Loaded,
            Description = name.Value,
            FragmentPath = "/usr/lib/systemd/system/" + name.Value,
            ContentDigest = "m",
            StartLimitBurst = p.Pick([3, 5, 0]),
            Mount = new MountSettings
            {
                What = "tmpfs",
                Where = "/" + name.WithoutSuffix,
                FileSystemType = "tmpfs",
                TimeoutUs = options.ShortTimeouts ? p.Pick([1_000_000, 5_000_000]) : 90_000_000,
            },
            Exec = new ExecSettings(),
            Kill = new KillSettings
            {
                Mode = options.OddKillModes
                    ? p.Pick([KillMode.ControlGroup, KillMode.Mixed, KillMode.Process])
                    : KillMode.ControlGroup,
                SendSigkill = !options.OddKillModes || p.Percent(80),
            },
        };
    }

    /// <summary>RequiresMountsFor= of a service.</summary>
    public static void AddNeed(Seed seed, BootOptions options, int unit, EdgeSet edges)
    {
        if (options.Mounts == 0)
            return;
        Prng p = seed.Stream(Purpose.Unit, 10_000 + unit);
        if (!p.OneIn(4))
            return;
        UnitName mount = Name(p.Below(options.Mounts));
        edges.Add(p.Percent(80) ? DependencyKind.Requires : DependencyKind.BindsTo, mount);
        edges.Add(DependencyKind.After, mount);
    }
}
