using InitTx.Simulation.Randomness;
using InitTx.Units.Model;

namespace InitTx.Simulation.Boot;

/// <summary>Draws a path unit that starts the service of the same name.</summary>
internal static class PathGenerator
{
    /// <summary>The unit without its dependencies; those that follow from it are added.</summary>
    public static UnitDefinition Draw(Prng p, UnitName name, EdgeSet edges)
    {
        UnitName service = name.WithKind(UnitKind.Service);
        edges.Add(DependencyKind.Before, service);
        edges.Add(DependencyKind.Triggers, service);
        var source = new SourceLocation("/usr/lib/systemd/system/" + name.Value, 4);
        PathWatchKind kind = p.Pick([PathWatchKind.Exists, PathWatchKind.Changed]);
        return new UnitDefinition
        {
            Name = name,
            LoadState = UnitLoadState.Loaded,
            Description = name.Value,
            FragmentPath = source.Path,
            ContentDigest = "p",
            Path = new PathSettings
            {
                Watches = [new PathWatch(kind, "/srv/" + name.WithoutSuffix, source)],
                Unit = service,
                TriggerLimitBurst = p.Pick([3, 200]),
            },
        };
    }
}
