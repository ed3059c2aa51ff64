using InitTx.Core;
using InitTx.Simulation.Boot;
using InitTx.Simulation.Randomness;
using InitTx.Units.Model;

namespace InitTx.Simulation.World;

/// <summary>Somebody edited unit files and asks for daemon-reload.</summary>
internal static class CatalogReload
{
    /// <summary>The answer to one reload: changed files, or an error and the old ones.</summary>
    public static Input Next(SimulatedWorld world, RequestId request, int nth)
    {
        Prng p = world.Seed.Stream(Purpose.Reload, nth);
        if (p.OneIn(6))
            return new ReloadedInput(world.Catalog, request, "the unit path cannot be read");
        world.Catalog = world.Catalog.With(unit => p.OneIn(5) ? Edit(p, unit) : unit);
        return new ReloadedInput(world.Catalog, request, null);
    }

    private static UnitDefinition Edit(Prng p, UnitDefinition unit)
    {
        if (unit.Service is not { } service)
            return unit;
        if (unit.LoadState != UnitLoadState.Loaded)
            return unit with { LoadState = UnitLoadState.Loaded, LoadError = null };
        return p.Below(5) switch
        {
            0 => unit with
            {
                Service =
                service with { TimeoutStopUs = 1_000_000L * p.Between(1, 20) }
            },
            1 => unit with
            {
                Service =
                service with { Restart = p.Pick([RestartMode.No, RestartMode.OnFailure]) }
            },
            2 => unit with { Description = unit.Description + "'" },
            3 => unit with
            {
                LoadState = UnitLoadState.BadSetting,
                LoadError = "edited: no such setting"
            },
            _ => unit with { Service = service with { RestartUs = 200_000 } },
        };
    }

    private sealed class ReloadedInput(GeneratedCatalog catalog, RequestId request, string? error)
        : Input
    {
        // A new image reads the files when it starts: a reload under way is not lost.
        public override bool ShowsAgain => true;

        public override EngineEvent Read(Engine engine) =>
            new EngineEvent.CatalogReplaced(catalog, request, error);
    }
}
