using InitTx.Units.Model;

namespace InitTx.Units.Loading.Sections;

/// <summary>systemd.resource-control(5): the unit's place, and what holds there.</summary>
internal static class ResourceSection
{
    /// <summary>Applies one assignment; false when the key is not handled here.</summary>
    public static bool Apply(in Setting s)
    {
        switch (s.Key)
        {
            case "Slice":
                Slice(s);
                return true;
            default:
                return ResourceControl.Apply(s);
        }
    }

    private static void Slice(in Setting s)
    {
        if (s.IsReset)
        {
            s.Draft.Slice = null;
            return;
        }

        if (DependencySection.Name(s, s.Value, 0) is not { } slice)
            return;
        if (slice.Kind == UnitKind.Slice)
            s.Draft.Slice = slice;
        else
            s.Warn($"'{slice}' is no slice, ignored; write for example system-web.slice");
    }
}

/// <summary>Names of slices, which spell their place in the tree (systemd.slice(5)).</summary>
internal static class SliceNames
{
    public static readonly UnitName Root = UnitName.Parse("-.slice");

    /// <summary>No dash at either end and no two in a row, unless it is the root.</summary>
    public static bool IsValid(UnitName slice)
    {
        string stem = slice.WithoutSuffix;
        return stem == "-" || !(slice.Instance is not null || stem.StartsWith('-')
            || stem.EndsWith('-')
            || stem.Contains("--", StringComparison.Ordinal));
    }

    /// <summary>The slice above; null for the root.</summary>
    public static UnitName? Parent(UnitName slice)
    {
        string stem = slice.WithoutSuffix;
        if (stem == "-")
            return null;
        int dash = stem.LastIndexOf('-');
        return dash < 0 ? Root : UnitName.Parse($"{stem[..dash]}.slice");
    }
}
