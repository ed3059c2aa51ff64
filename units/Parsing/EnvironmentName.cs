namespace InitTx.Units.Parsing;

/// <summary>
/// What counts as a variable's name and value (environ(7) as systemd narrows it).
/// </summary>
public static class EnvironmentName
{
    /// <summary>Letters, digits and <c>_</c>, no digit first.</summary>
    public static bool IsValid(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || char.IsAsciiDigit(name[0]))
            return false;
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_')
                return false;
        }

        return true;
    }

    /// <summary>UTF-8 without control characters other than tab and newline.</summary>
    public static bool IsValidValue(ReadOnlySpan<char> value)
    {
        for (int i = 0; i < value.Length; i++)
        {
            char c = value[i];
            if ((c < ' ' && c is not ('\t' or '\n')) || c == '\x7f')
                return false;
            if (char.IsHighSurrogate(c) && i + 1 < value.Length
                && char.IsLowSurrogate(value[i + 1]))
                i++;
            else if (char.IsSurrogate(c))
                return false;
        }

        return true;
    }

    /// <summary>Splits <c>NAME=value</c>; false when it is no valid assignment.</summary>
    public static bool TrySplit(string text, out KeyValuePair<string, string> variable)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        variable = default;
        if (equals <= 0 || !IsValid(text.AsSpan(0, equals))
            || !IsValidValue(text.AsSpan(equals + 1)))
            return false;
        variable = new(text[..equals], text[(equals + 1)..]);
        return true;
    }
}
