using System.Text;
using InitTx.Units.Parsing;

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
            else if (IsWholeVariable(word))
                AddSplit(argv, lookup(word[1..]) ?? "");
            else
                argv.Add(ExpandInside(word, lookup));
            if (argv.Count > MaxWords)
                return null;
        }

        return argv;
    }

    // Whatever follows the dollar is taken as a name, "$1" and "$A-b" too: such words vanish.
    private static bool IsWholeVariable(string word) =>
        word[0] == '$' && (word.Length == 1 || word[1] is not ('{' or '$'));

    private static string ExpandInside(string word, Func<string, string?> lookup)
    {
        var text = new StringBuilder(word.Length);
        for (int i = 0; i < word.Length; i++)
        {
            char next = i + 1 < word.Length ? word[i + 1] : '\0';
            if (word[i] == '$' && next == '$')
            {
                text.Append('$');
                i++;
            }
            else if (word[i] == '$' && next == '{' && NameEnd(word, i + 2) is var end and > 0)
            {
                text.Append(lookup(word[(i + 2)..end]) ?? "");
                i = end;
            }
            else
            {
                text.Append(word[i]);
            }
        }

        return text.ToString();
    }

    // "${X:-y}" is a shell's affair and stays as it is.
    private static int NameEnd(string word, int from)
    {
        int end = word.AsSpan(from).IndexOfAny('}', ':');
        return end >= 0 && word[from + end] == '}' ? from + end : -1;
    }

    // The value of a split variable may itself be quoted: OPTS="-x 'a b'" gives two words.
    private static void AddSplit(List<string> argv, string value)
    {
        var words = new WordSplitter(value, WordRules.Unquote | WordRules.Relaxed);
        while (argv.Count <= MaxWords && words.Next() != WordResult.End)
            argv.Add(words.Word);
    }
}
