using InitTx.Units.Model;

namespace InitTx.Core.Transaction;

/// <summary>The sentences of refusals and dropped jobs: unit, setting, file:line.</summary>
internal static class PlanText
{
    /// <summary><c>Requires=b.service (/etc/…/a.service:3)</c>.</summary>
    public static string Edge(UnitDependency edge) => $"{edge.Kind}={edge.Target} ({edge.Source})";

    /// <summary>Who wants this: the chain from the wish back to the goal.</summary>
    public static string Chain(DraftUnit unit, Wish wish)
    {
        var text = new System.Text.StringBuilder(unit.Unit.Name.Value);
        Wish? at = wish;
        for (int i = 0; i < 8 && at is { PulledBy: { } by, Edge: { } edge }; i++, at = at.By)
            text.Append(" ← ").Append(by.Unit.Name.Value).Append(' ').Append(Edge(edge));
        return text.ToString();
    }

    /// <summary><c>Rollback=no (/etc/…/a.service:9)</c>.</summary>
    public static string NoRollback(UnitDefinition definition)
    {
        string source = "";
        foreach (EffectiveSetting setting in definition.Settings)
        {
            if (setting is { Section: "X-InitTx", Key: "Rollback" })
                source = $" ({setting.Source})";
        }

        return $"Rollback=no{source}";
    }

    /// <summary>Why a definition cannot be used.</summary>
    public static string LoadProblem(UnitDefinition definition) => definition.LoadState switch
    {
        UnitLoadState.Loaded or UnitLoadState.Merged => "loaded",
        UnitLoadState.NotFound => $"{definition.Name}: no such unit file",
        UnitLoadState.Masked => $"{definition.Name} is masked"
            + (definition.FragmentPath is { } path ? $" ({path})" : ""),
        UnitLoadState.BadSetting or UnitLoadState.Error =>
            $"{definition.Name}: {definition.LoadError ?? "its file cannot be used"}",
        _ => throw Invariant.Unreachable("load state"),
    };
}
