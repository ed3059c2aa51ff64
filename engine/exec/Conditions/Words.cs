using InitTx.Units.Parsing;

namespace InitTx.Exec.Conditions;

/// <summary>Small syntax that several conditions share.</summary>
internal static class Words
{
    public static ConditionResult Of(bool holds) =>
        holds ? ConditionResult.Yes : ConditionResult.No;

    /// <summary>systemd.syntax(7), "boolean"; null for anything else.</summary>
    public static bool? Boolean(string text) =>
        BooleanParser.TryParse(text, out bool value) ? value : null;

    /// <summary>Splits at blanks; quotes hold words together and are removed.</summary>
    public static List<string> Split(string text)
    {
        var words = new List<string>();
        var word = new System.Text.StringBuilder();
        char quote = '\0';
        bool inside = false;
        foreach (char c in text)
        {
            if (quote != '\0')
            {
                if (c == quote)
                    quote = '\0';
                else
                    word.Append(c);
            }
            else if (c is '"' or '\'')
            {
                quote = c;
                inside = true;
            }
            else if (char.IsWhiteSpace(c))
            {
                Flush();
            }
            else
            {
                word.Append(c);
                inside = true;
            }
        }

        Flush();
        return words;

        void Flush()
        {
            if (inside)
                words.Add(word.ToString());
            word.Clear();
            inside = false;
        }
    }
}
