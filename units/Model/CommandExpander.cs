namespace InitTx.Units.Model;

/// <summary>
/// Expands variables in a command's words when a process is about to start (systemd.service(5),
/// "Command lines"): <c>${X}</c> anywhere within one word, <c>$X</c> only as a whole word and then
/// split at blanks, <c>$$</c> a dollar, unset variables empty. Pure.
/// </summary>
public static class CommandExpander
{
    /// <summary>The most words that one command may have after expansion.</summary>
    public const int MaxWords = 4096;

    /// <summary>The words of argv, or null when <see cref="MaxWords"/> is exceeded.</summary>
    /// <param name="command">The command, its specifiers already expanded.</param>
    /// <param name="lookup">The value of a variable, or null when it is unset.</param>
    public static List<string>? Expand(ExecCommand command, Func<string, string?> lookup)
    {
        var argv = new List<string>(command.Arguments.Count);
        bool literal = (command.Flags & ExecCommandFlags.NoEnvironmentExpansion) != 0;
        for (int i = 0; i < command.Arguments.Count; i++)
        {
            string word = command.Arguments[i];

            // argv[0] names the program and is never a variable.
            if (literal || i == 0 || !word.Contains('$', StringComparison.Ordinal))
                argv.Add(word);
            else if (WholeVariable(word) is { } name)
                AddSplit(argv, lookup(name) ?? "");
            else
                argv.Add(ExpandInside(word, lookup));
            if (argv.Count > MaxWords)
                return null;
        }

        return argv;
    }

    private static string? WholeVariable(string word)
    {
        if (word.Length < 2 || word[0] != '$' || word[1] is '{' or '$')
            return null;
        for (int i = 1; i < word.Length; i++)
        {
            if (!IsVariableCharacter(word[i], i == 1))
                return null;
        }

        return word[1..];
    }

    private static bool IsVariableCharacter(char c, bool first) =>
        char.IsAsciiLetter(c) || c == '_' || (!first && char.IsAsciiDigit(c));

    private static string ExpandInside(string word, Func<string, string?> lookup)
    {
        var text = new System.Text.StringBuilder(word.Length);
        for (int i = 0; i < word.Length; i++)
        {
            char c = word[i];
            char next = i + 1 < word.Length ? word[i + 1] : '\0';
            if (c == '$' && next == '$')
            {
                text.Append('$');
                i++;
            }
            else if (c == '$' && next == '{' && word.IndexOf('}', i) is var end and > 0)
            {
                text.Append(lookup(word[(i + 2)..end]) ?? "");
                i = end;
            }
            else
            {
                text.Append(c);
            }
        }

        return text.ToString();
    }

    // The value of a split variable may itself be quoted: OPTS="-x 'a b'" gives two words.
    private static void AddSplit(List<string> argv, string value)
    {
        var word = new System.Text.StringBuilder();
        char quote = '\0';
        bool open = false;
        foreach (char c in value)
        {
            if (quote != '\0' && c == quote)
                quote = '\0';
            else if (quote == '\0' && c is '\'' or '"' && quote == '\0')
                (quote, open) = (c, true);
            else if (quote == '\0' && c is ' ' or '\t' or '\n' or '\r' && quote == '\0')
                Close(argv, word, ref open);
            else
                (open, _) = (true, word.Append(c));
        }

        Close(argv, word, ref open);
    }

    private static void Close(List<string> argv, System.Text.StringBuilder word, ref bool open)
    {
        if (open)
            argv.Add(word.ToString());
        word.Clear();
        open = false;
    }
}
