namespace InitTx.Units.Parsing;

/// <summary>Booleans of systemd.syntax(7), in any case.</summary>
public static class BooleanParser
{
    /// <summary>Reads one of the twelve words; false when it is none of them.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out bool value)
    {
        value = Is(text, "1") || Is(text, "yes") || Is(text, "y") || Is(text, "true")
            || Is(text, "t") || Is(text, "on");
        return value || Is(text, "0") || Is(text, "no") || Is(text, "n") || Is(text, "false")
            || Is(text, "f") || Is(text, "off");
    }

    private static bool Is(ReadOnlySpan<char> text, string word) =>
        text.Equals(word, StringComparison.OrdinalIgnoreCase);
}
