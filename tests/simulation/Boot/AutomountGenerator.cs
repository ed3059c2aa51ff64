using InitTx.Simulation.Randomness;
using InitTx.Units.Model;

namespace InitTx.Simulation.Boot;

/// <summary>Draws the automount of a mount.</summary>
internal static class AutomountGenerator
{
    private static readonly UnitName Umount = UnitName.Parse("umount.target");

    /// <summary>The unit without its dependencies; those that follow from it are added.</summary>
    public static UnitDefinition Draw(Prng p, UnitName name, EdgeSet edges)
    {
        UnitName mount = name.WithKind(UnitKind.Mount);
        edges.Add(DependencyKind.Before, mount);
        edges.Add(DependencyKind.Triggers, mount);
        edges.Add(DependencyKind.Before, Umount);
        edges.Add(DependencyKind.Conflicts, Umount);
        return new UnitDefinition
        {
            Name = name,
            LoadState = UnitLoadState.Loaded,
            Description = name.Value,
            FragmentPath = "/usr/lib/systemd/system/" + name.Value,
            ContentDigest = "a",
            Automount = new AutomountSettings
            {
                Where = "/" + name.WithoutSuffix,
                TimeoutIdleUs = p.Pick([0L, 2_000_000, 30_000_000]),
            },
        };
    }
}
