namespace InitTx.Protocol;

/// <summary>
/// Shell patterns over unit names, as systemctl takes them: <c>*</c>, <c>?</c>, <c>[abc]</c>,
/// <c>[a-z]</c>, <c>[!a]</c>. Time is bounded by pattern times name; a broken bracket is itself.
/// </summary>
public static class GlobPattern
{
    /// <summary>True when the text has a character that makes it a pattern.</summary>
    public static bool IsPattern(string text) => text.AsSpan().IndexOfAny('*', '?', '[') >= 0;

    /// <summary>True when the whole name matches; ordinal.</summary>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        int p = 0;
        int n = 0;
        int starPattern = -1;
        int starName = 0;
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                starPattern = ++p;
                starName = n;
            }
            else if (p < pattern.Length && MatchesOne(pattern, p, name[n], out int next))
            {
                p = next;
                n++;
            }
            else if (starPattern >= 0)
            {
                // Only the last star has to give way: an earlier one can match no better.
                p = starPattern;
                n = ++starName;
            }
            else
            {
                return false;
            }
        }

        while (p < pattern.Length && pattern[p] == '*')
            p++;
        return p == pattern.Length;
    }

    private static bool MatchesOne(ReadOnlySpan<char> pattern, int at, char c, out int next)
    {
        next = at + 1;
        if (pattern[at] == '?')
            return true;
        if (pattern[at] != '[')
            return pattern[at] == c;
        int close = pattern[at..].IndexOf(']');
        if (close < 2)
            return c == '[';
        next = at + close + 1;
        ReadOnlySpan<char> set = pattern.Slice(at + 1, close - 1);
        bool negated = set[0] is '!' or '^';
        return IsIn(negated ? set[1..] : set, c) != negated;
    }

    private static bool IsIn(ReadOnlySpan<char> set, char c)
    {
        for (int i = 0; i < set.Length; i++)
        {
            if (i + 2 < set.Length && set[i + 1] == '-')
            {
                if (c >= set[i] && c <= set[i + 2])
                    return true;
                i += 2;
            }
            else if (set[i] == c)
            {
                return true;
            }
        }

        return false;
    }
}
