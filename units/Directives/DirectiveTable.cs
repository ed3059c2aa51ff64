using InitTx.Units.Model;

namespace InitTx.Units.Directives;

/// <summary>
/// Every directive that systemd 252 knows, with what this version does with it: the one place that
/// says so. Loading warns about what is not here, lists on each unit what is here and not
/// honoured, and docs/generated/directives.md is written from it. Immutable, made at first use.
/// </summary>
public static class DirectiveTable
{
    // Wanted while units are loaded and then not for days: the collector may have it back.
    private static readonly WeakReference<Dictionary<(string, string), DirectiveRow>> Kept =
        new(null!);

    // More than there are rows: growing would hash each one again and again.
    private const int RoomFor = 2048;

    private static Dictionary<(string, string), DirectiveRow> Rows
    {
        get
        {
            if (!Kept.TryGetTarget(out Dictionary<(string, string), DirectiveRow>? rows))
                Kept.SetTarget(rows = Build());
            return rows;
        }
    }

    /// <summary>The row of a key, or null when no version of systemd up to 252 knows it.</summary>
    public static DirectiveRow? Find(string section, string key) =>
        Rows.GetValueOrDefault((section, key));

    /// <summary>All rows, sorted by section and key.</summary>
    public static IReadOnlyList<DirectiveRow> All
    {
        get
        {
            List<DirectiveRow> list = [.. Rows.Values];
            list.Sort(static (a, b) =>
                string.CompareOrdinal(a.Section, b.Section) is var c and not 0
                ? c : string.CompareOrdinal(a.Key, b.Key));
            return list;
        }
    }

    /// <summary>The sections that a unit of one type may have.</summary>
    public static IReadOnlyList<string> SectionsOf(UnitKind kind) => kind switch
    {
        UnitKind.Service => ["Unit", "Service", "Install", "X-InitTx"],
        UnitKind.Socket => ["Unit", "Socket", "Install", "X-InitTx"],
        UnitKind.Target or UnitKind.Device => ["Unit", "Install", "X-InitTx"],
        UnitKind.Mount => ["Unit", "Mount", "Install", "X-InitTx"],
        UnitKind.Automount => ["Unit", "Automount", "Install", "X-InitTx"],
        UnitKind.Swap => ["Unit", "Swap", "Install", "X-InitTx"],
        UnitKind.Path => ["Unit", "Path", "Install", "X-InitTx"],
        UnitKind.Timer => ["Unit", "Timer", "Install", "X-InitTx"],
        UnitKind.Slice => ["Unit", "Slice", "Install", "X-InitTx"],
        UnitKind.Scope => ["Unit", "Scope", "Install", "X-InitTx"],
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>A known key that differs in case or by one letter, for "did you mean".</summary>
    public static string? Nearest(string section, string key)
    {
        string? best = null;
        int bestDistance = 3;
        foreach (((string s, string k) place, _) in Rows)
        {
            if (place.s != section || Math.Abs(place.k.Length - key.Length) >= bestDistance)
                continue;
            int distance = Distance(place.k, key, bestDistance);
            if (distance < bestDistance
                || (distance == bestDistance && best is not null
                    && string.CompareOrdinal(place.k, best) < 0))
                (best, bestDistance) = (place.k, distance);
        }

        return best;
    }

    private static Dictionary<(string, string), DirectiveRow> Build()
    {
        var rows = new Dictionary<(string, string), DirectiveRow>(RoomFor);
        foreach (DirectiveGroup group in DirectiveGroups.All)
        {
            string[] keys =
                group.Keys.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
            foreach (string section in group.Sections.Split(' '))
            {
                foreach (string key in keys)
                {
                    // The first group that names a key decides: special cases stand before
                    // families.
                    rows.TryAdd((section, key), new DirectiveRow(
                        section, key, group.Class, group.Treatment, group.Reason));
                }
            }
        }

        return rows;
    }

    // Edit distance, letters compared without case, given up beyond a limit.
    private static int Distance(string a, string b, int limit)
    {
        if (b.Length > 64)
            return limit + 1;
        int[] row = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
            row[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                bool same = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]);
                int cost = Math.Min(diagonal + (same ? 0 : 1), 1 + Math.Min(row[j], row[j - 1]));
                diagonal = row[j];
                row[j] = cost;
            }
        }

        return row[^1];
    }
}
