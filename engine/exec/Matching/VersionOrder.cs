namespace InitTx.Exec.Matching;

/// <summary>
/// The order of version strings by the UAPI group's version format specification
/// (https://uapi-group.org/specifications/specs/version_format_specification/): <c>~</c> is older
/// than the end, the end older than <c>-</c>, then <c>^</c>, then <c>.</c>; numbers by value and
/// newer than letters, letters by character. All else is skipped.
/// </summary>
internal static class VersionOrder
{
    private const string Signs = "~-^.";

    /// <summary>Negative, zero or positive, as any comparison.</summary>
    public static int Compare(string a, string b)
    {
        int i = 0;
        int j = 0;
        while (true)
        {
            Skip(a, ref i);
            Skip(b, ref j);
            int result = Sign('~', a, b, ref i, ref j);
            if (result != 0)
                return result;
            if (i == a.Length || j == b.Length)
                return (i < a.Length ? 1 : 0) - (j < b.Length ? 1 : 0);
            foreach (char sign in "-^.")
            {
                result = Sign(sign, a, b, ref i, ref j);
                if (result != 0)
                    return result;
            }

            result = IsDigit(a, i) || IsDigit(b, j)
                ? Numbers(a, b, ref i, ref j)
                : Letters(a, b, ref i, ref j);
            if (result != 0)
                return result;
        }
    }

    // The one that has the sign here is older; when both have it, both go on.
    private static int Sign(char sign, string a, string b, ref int i, ref int j)
    {
        bool x = i < a.Length && a[i] == sign;
        bool y = j < b.Length && b[j] == sign;
        if (x != y)
            return x ? -1 : 1;
        if (x)
        {
            i++;
            j++;
        }

        return 0;
    }

    private static int Numbers(string a, string b, ref int i, ref int j)
    {
        ReadOnlySpan<char> x = Take(a, ref i, digits: true);
        ReadOnlySpan<char> y = Take(b, ref j, digits: true);
        if (x.IsEmpty != y.IsEmpty)
            return x.IsEmpty ? -1 : 1;
        x = x.TrimStart('0');
        y = y.TrimStart('0');
        return x.Length != y.Length ? x.Length.CompareTo(y.Length) : x.SequenceCompareTo(y);
    }

    private static int Letters(string a, string b, ref int i, ref int j) =>
        Take(a, ref i, digits: false).SequenceCompareTo(Take(b, ref j, digits: false));

    private static ReadOnlySpan<char> Take(string s, ref int at, bool digits)
    {
        int start = at;
        while (at < s.Length && (digits ? char.IsAsciiDigit(s[at]) : char.IsAsciiLetter(s[at])))
            at++;
        return s.AsSpan(start, at - start);
    }

    private static bool IsDigit(string s, int at) => at < s.Length && char.IsAsciiDigit(s[at]);

    private static void Skip(string s, ref int at)
    {
        while (at < s.Length && !char.IsAsciiLetterOrDigit(s[at])
            && !Signs.Contains(s[at], StringComparison.Ordinal))
            at++;
    }
}
