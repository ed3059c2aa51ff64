namespace InitTx.Cli.Rendering;

/// <summary>
/// Text that others wrote (a STATUS= line, a process name, a unit's description) on its way to a
/// terminal: a control sequence in it must not reach it.
/// </summary>
internal static class SafeText
{
    /// <summary>The text with each control character but tab replaced by U+FFFD.</summary>
    public static string Clean(string? text)
    {
        if (text is null)
            return "";
        int bad = 0;
        while (bad < text.Length && !IsBad(text[bad]))
            bad++;
        return bad == text.Length
            ? text
            : string.Create(text.Length, text, static (span, from) =>
            {
                for (int i = 0; i < span.Length; i++)
                    span[i] = IsBad(from[i]) ? '\uFFFD' : from[i];
            });
    }

    /// <summary>The same for text of several lines, which stay lines.</summary>
    public static string CleanLines(string text) =>
        text.Contains('\n') ? string.Join('\n', text.Split('\n').Select(Clean)) : Clean(text);

    // The bidirectional overrides can show a name that is not the one that is meant.
    private static bool IsBad(char c) =>
        (char.IsControl(c) && c != '\t') || c is >= '\u202A' and <= '\u202E'
            or >= '\u2066' and <= '\u2069';
}
