using System.Globalization;
using InitTx.Units.Parsing;

namespace InitTx.Units.Loading.Sections;

/// <summary>
/// systemd.exec(5): whose session the process is in, what records of it are made, the labels of
/// security modules, dumps and memory nodes.
/// </summary>
internal static class ExecSession
{
    // core(5), by bit.
    private static readonly string[] Mappings =
    [
        "private-anonymous", "shared-anonymous", "private-file-backed", "shared-file-backed",
        "elf-headers", "private-huge", "shared-huge", "private-dax", "shared-dax",
    ];

    private const ulong AllMappings = uint.MaxValue;
    private const ulong StandardMappings = 0b110011;
    private const int MostTerminalCells = ushort.MaxValue;

    /// <summary>Applies one assignment; false when the key is not handled here.</summary>
    public static bool Apply(in Setting s)
    {
        switch (s.Key)
        {
            case "PAMName" or "UtmpIdentifier" or "AppArmorProfile" or "SELinuxContext"
                or "SmackProcessLabel":
                Text(s);
                return true;
            case "UtmpMode":
                Choice(s, "init", "login", "user");
                return true;
            case "NUMAPolicy":
                Choice(s, "default", "preferred", "bind", "interleave", "local");
                return true;
            case "NUMAMask":
                Nodes(s);
                return true;
            case "CoredumpFilter":
                Dumps(s);
                return true;
            case "TTYRows" or "TTYColumns":
                if (s.IsReset)
                    ExecSetup.Set(s, s.Key, null);
                else if (s.Integer(-1, 0, MostTerminalCells) is >= 0 and int cells)
                    ExecSetup.Set(s, s.Key, cells.ToString(CultureInfo.InvariantCulture));
                return true;
            default:
                return false;
        }
    }

    // "-" before a label forgives that it cannot be set.
    private static void Text(in Setting s)
    {
        if (s.IsReset)
            ExecSetup.Set(s, s.Key, null);
        else if (s.TryExpand(out string text))
            ExecSetup.Set(s, s.Key, text is "" or "-" ? null : text);
    }

    private static void Choice(in Setting s, params ReadOnlySpan<string> words)
    {
        if (s.IsReset)
            ExecSetup.Set(s, s.Key, null);
        else if (s.Choice(words) is >= 0 and int choice)
            ExecSetup.Set(s, s.Key, words[choice]);
    }

    private static void Nodes(in Setting s)
    {
        string list = ExecSetup.Find(s, s.Key) ?? "";
        if (s.IsReset)
            list = "";
        else if (s.Value == "all" || list == "all")
            list = "all";
        else if (!ResourceAmountParser.TryProcessors(s.Value, ref list, out string? reversed))
            s.Warn($"'{s.Shown}' is no list of memory nodes, ignored; write for example 0-3");
        else if (reversed is not null)
            s.Warn($"'{reversed}' ends before it begins, ignored");
        ExecSetup.Set(s, s.Key, list.Length == 0 ? null : list);
    }

    // Lines add up, as in systemd.
    private static void Dumps(in Setting s)
    {
        if (s.IsReset)
        {
            ExecSetup.Set(s, s.Key, null);
            return;
        }

        ulong mask = 0;
        bool valid = true;
        foreach ((string word, int offset) in s.Words(WordRules.Unquote))
        {
            int bit = Array.IndexOf(Mappings, word);
            if (bit >= 0)
                mask |= 1ul << bit;
            else if (word == "all")
                mask |= AllMappings;
            else if (word == "default")
                mask |= StandardMappings;
            else if (TryHex(word, out ulong number))
                mask |= number;
            else
            {
                valid = false;
                s.Warn($"'{word}' is no kind of memory, the line is ignored", offset);
            }
        }

        if (!valid)
            return;
        if (TryHex(ExecSetup.Find(s, s.Key) ?? "", out ulong before))
            mask |= before;
        ExecSetup.Set(s, s.Key, mask.ToString("x", CultureInfo.InvariantCulture));
    }

    private static bool TryHex(string text, out ulong value)
    {
        ReadOnlySpan<char> digits = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? text.AsSpan(2) : text;
        return ulong.TryParse(
            digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}
