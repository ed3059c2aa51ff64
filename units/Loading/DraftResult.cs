using InitTx.Units.Model;

namespace InitTx.Units.Loading;

/// <summary>Turns a finished draft into the definition that others see.</summary>
internal static class DraftResult
{
    public static UnitDefinition Make(UnitDraft draft)
    {
        bool service = draft.Name.Kind == UnitKind.Service;
        bool socket = draft.Name.Kind == UnitKind.Socket;
        UnitDefinition unit = draft.Unit;
        return unit with
        {
            Description = unit.Description.Length > 0 ? unit.Description : draft.Name.Value,
            Dependencies = draft.Dependencies.ToSortedList(),
            Conditions = draft.Conditions,
            Settings = Effective(draft),
            Unhonoured = draft.Unhonoured,
            Diagnostics = draft.Findings.ToList(),
            RequiresMountsFor = Paths(draft),
            Install = draft.Install,
            Service = service ? draft.Service : null,
            Socket = socket ? draft.Socket : null,
            Exec = service || socket ? draft.Exec : null,
            Kill = service || socket ? draft.Kill : null,
        };
    }

    // An empty value takes back what the same key said before, but edges only add up.
    private static List<EffectiveSetting> Effective(UnitDraft draft)
    {
        Dictionary<(string, string), int> resets = [];
        for (int i = 0; i < draft.Settings.Count; i++)
        {
            EffectiveSetting s = draft.Settings[i];
            if (s.Value.Length == 0)
                resets[(s.Section, s.Key)] = i;
        }

        List<EffectiveSetting> list = new(draft.Settings.Count);
        for (int i = 0; i < draft.Settings.Count; i++)
        {
            EffectiveSetting s = draft.Settings[i];
            bool undone = resets.TryGetValue((s.Section, s.Key), out int reset) && i < reset
                && !IsAdditive(s);
            if (!undone && s.Value.Length > 0)
                list.Add(s);
        }

        return list;
    }

    private static bool IsAdditive(EffectiveSetting s) => s.Section == "Unit"
        && s.Key is "Requires" or "Requisite" or "Wants" or "BindsTo" or "PartOf" or "Upholds"
            or "Conflicts" or "Before" or "After" or "OnFailure" or "OnSuccess"
            or "PropagatesReloadTo" or "ReloadPropagatedFrom" or "PropagatesStopTo"
            or "StopPropagatedFrom" or "JoinsNamespaceOf" or "RequiresMountsFor";

    private static List<string> Paths(UnitDraft draft)
    {
        var paths = new SortedSet<string>(StringComparer.Ordinal);
        foreach ((string path, _) in draft.MountPaths)
            paths.Add(path);
        return [.. paths];
    }
}
