using System.Text;
using InitTx.Fuzz.Running;

namespace InitTx.Fuzz.Targets;

/// <summary>
/// A small parser with a planted bug: a run that does not find it would not have found a real one
/// of the same kind either. It reads past the end when the last assignment's value is one lone
/// backslash.
/// </summary>
internal static class Canary
{
    public static readonly FuzzTarget Target =
        new("canary", input => Parse(Encoding.UTF8.GetString(input)), Grammar.UnitText,
            Grammar.Words, IsCanary: true);

    private static void Parse(string text)
    {
        foreach (string line in text.Split('\n'))
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            for (int i = equals + 1; equals > 0 && i < line.Length; i++)
            {
                // The bug: nobody looked whether anything follows.
                if (line[i] == '\\' && line[i + 1] == 'x')
                    i++;
            }
        }
    }
}
