using System.Globalization;
using InitTx.Units.Parsing;

namespace InitTx.Exec.Setup;

/// <summary>
/// The lists of SystemCallFilter= and SystemCallLog= folded as systemd folds them: the first line
/// decides whether the list allows or denies; a line of the other kind takes names out again; with
/// an error number a denied name stays in an allowing list, answered by that number.
/// </summary>
internal sealed class FilterWords
{
    /// <summary>In place of an error number: SystemCallErrorNumber= decides.</summary>
    public const int Default = -1;

    /// <summary>The number of "kill".</summary>
    public const int Kill = int.MaxValue;

    private const int DeepestGroup = 8;

    /// <summary>True: only what is named is allowed.</summary>
    public bool Allows { get; private set; }

    /// <summary>System calls by name, with the number that a denied one answers.</summary>
    public SortedDictionary<string, int> Calls { get; } = new(StringComparer.Ordinal);

    public static FilterWords Fold(IReadOnlyList<string> lines)
    {
        var filter = new FilterWords();
        for (int i = 0; i < lines.Count; i++)
        {
            bool inverted = lines[i].StartsWith('~');
            if (i == 0)
            {
                filter.Allows = !inverted;
                if (!inverted)
                    filter.Take("@default", Default, inverted: false, 0);
            }

            foreach (string word in lines[i][(inverted ? 1 : 0)..].Split(' '))
            {
                int colon = word.IndexOf(':', StringComparison.Ordinal);
                string name = colon < 0 ? word : word[..colon];
                if (name.Length > 0)
                {
                    int number = colon < 0 ? Default : Number(word[(colon + 1)..]);
                    filter.Take(name, number, inverted, 0);
                }
            }
        }

        return filter;
    }

    /// <summary>An error number from its name or digits; <see cref="Kill"/> for "kill".</summary>
    public static int Number(string text) => text == "kill"
        ? Kill
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : ErrorNames.Parse(text) ?? Kill;

    private void Take(string name, int number, bool inverted, int depth)
    {
        if (name.StartsWith('@'))
        {
            string? members = depth < DeepestGroup ? SystemCallGroups.Find(name) : null;
            foreach (string member in (members ?? "").Split(
                [' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries))
                Take(member, number, inverted, depth + 1);
        }
        else if (inverted != Allows || number != Default)
        {
            Calls[name] = number;
        }
        else
        {
            Calls.Remove(name);
        }
    }
}
