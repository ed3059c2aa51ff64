namespace InitTx.Exec.Matching;

/// <summary>Braces of a pattern as GLOB_BRACE of glob(3) has them: <c>/a/{b,c}</c>.</summary>
internal static class BracePattern
{
    /// <summary>The most patterns that one may stand for.</summary>
    public const int MaxPatterns = 256;

    /// <summary>The patterns without braces; those beyond the limit keep theirs.</summary>
    public static List<string> Expand(string pattern)
    {
        List<string> done = [];
        var work = new Queue<string>();
        work.Enqueue(pattern);
        while (work.TryDequeue(out string? next))
        {
            if (done.Count + work.Count >= MaxPatterns
                || !TrySplit(next, out int open, out int close, out List<int> commas))
            {
                done.Add(next);
                continue;
            }

            int from = open + 1;
            foreach (int comma in (ReadOnlySpan<int>)[.. commas, close])
            {
                work.Enqueue($"{next[..open]}{next[from..comma]}{next[(close + 1)..]}");
                from = comma + 1;
            }
        }

        return done;
    }

    // The first pair of braces and the commas that are its own; "{}" is plain text.
    private static bool TrySplit(string text, out int open, out int close, out List<int> commas)
    {
        commas = [];
        close = -1;
        open = text.IndexOf('{', StringComparison.Ordinal);
        while (open >= 0 && open + 1 < text.Length && text[open + 1] == '}')
            open = text.IndexOf('{', open + 2);
        if (open < 0)
            return false;
        int depth = 0;
        for (int i = open; i < text.Length; i++)
        {
            if (text[i] == '{')
                depth++;
            else if (text[i] == ',' && depth == 1)
                commas.Add(i);
            else if (text[i] == '}' && --depth == 0)
            {
                close = i;
                return true;
            }
        }

        return false;
    }
}
