using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Loading.Sections;

/// <summary>[Unit]: the dependency settings, which only add up and are never reset.</summary>
internal static class DependencySection
{
    /// <summary>Applies one assignment; false when the key is not handled here.</summary>
    public static bool Apply(in Setting s)
    {
        if (KindOf(s.Key) is { } kind)
        {
            List<UnitName> targets = Names(s);
            s.Draft.Asked.EnsureCapacity(s.Draft.Asked.Count + targets.Count);
            foreach (UnitName target in targets)
                s.Draft.Asked.Add((kind, target, s.Source));
            return true;
        }

        if (s.Key != "RequiresMountsFor")
            return false;
        foreach ((string word, int offset) in s.Words(WordRules.Unquote))
        {
            if (s.TryPath(word, offset, absolute: true, out string path))
                s.Draft.MountPaths.Add((path, s.Locate(offset), DependencyOrigin.File));
        }

        return true;
    }

    /// <summary>The unit names of a list; a template takes the unit's instance or prefix.</summary>
    internal static List<UnitName> Names(in Setting s)
    {
        // Quotes mean nothing here and end up in a name that is none.
        List<(string Text, int Offset)> words = s.Words(WordRules.KeepBackslash);
        var names = new List<UnitName>(words.Count);
        foreach ((string word, int offset) in words)
        {
            if (Name(s, word, offset) is { } name)
                names.Add(name);
        }

        return names;
    }

    /// <summary>One unit name, or null after a warning.</summary>
    internal static UnitName? Name(in Setting s, string word, int offset)
    {
        UnitDraft d = s.Draft;
        if (!d.Specifiers.TryExpand(word, SpecifierSet.UnitName, out string text, out string error))
        {
            s.Warn($"{error}; ignored", offset);
            return null;
        }

        if (!UnitName.TryParse(text, out UnitName name))
        {
            s.Warn($"'{text}' is no unit name, ignored; write name.type, several separated by "
                + "blanks", offset);
            return null;
        }

        if (!name.IsTemplate)
            return name;
        UnitName? instance = name.WithInstance(d.Name.Instance is { Length: > 0 } i ? i
            : d.Name.Prefix);
        if (instance is null)
            s.Warn($"'{text}' with this unit's instance is no unit name, ignored", offset);
        return instance;
    }

    private static DependencyKind? KindOf(string key) => key switch
    {
        "Requires" => DependencyKind.Requires,
        "Requisite" => DependencyKind.Requisite,
        "Wants" => DependencyKind.Wants,
        "BindsTo" or "BindTo" => DependencyKind.BindsTo,
        "PartOf" => DependencyKind.PartOf,
        "Upholds" => DependencyKind.Upholds,
        "Conflicts" => DependencyKind.Conflicts,
        "Before" => DependencyKind.Before,
        "After" => DependencyKind.After,
        "OnFailure" => DependencyKind.OnFailure,
        "OnSuccess" => DependencyKind.OnSuccess,
        "PropagatesReloadTo" or "PropagateReloadTo" => DependencyKind.PropagatesReloadTo,
        "ReloadPropagatedFrom" or "PropagateReloadFrom" => DependencyKind.ReloadPropagatedFrom,
        "PropagatesStopTo" => DependencyKind.PropagatesStopTo,
        "StopPropagatedFrom" => DependencyKind.StopPropagatedFrom,
        "JoinsNamespaceOf" => DependencyKind.JoinsNamespaceOf,
        _ => null,
    };
}
