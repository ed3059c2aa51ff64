using System.Globalization;
using InitTx.Units.Parsing;

namespace InitTx.Units.Loading.Sections;

/// <summary>systemd.exec(5): capabilities, secure bits and the filters of system calls.</summary>
internal static class ExecSandbox
{
    private const int MostFilterWords = 2048;

    private static readonly string[] SecureWords =
    [
        "noroot", "noroot-locked", "no-setuid-fixup", "no-setuid-fixup-locked", "keep-caps",
        "keep-caps-locked",
    ];

    private static readonly string[] NamespaceWords =
        ["cgroup", "ipc", "net", "mnt", "pid", "user", "uts"];

    // CLONE_NEW* of <linux/sched.h>, in the order of the words.
    private static readonly ulong[] NamespaceFlags =
    [
        0x02000000, 0x08000000, 0x40000000, 0x00020000, 0x20000000, 0x10000000, 0x04000000,
    ];

    private const ulong AllNamespaces = 0x7E020000;

    private static readonly string[] Architectures =
    [
        "native", "x86", "x86-64", "x32", "arm", "arm64", "mips", "mips64", "mips64-n32",
        "mips-le", "mips64-le", "mips64-le-n32", "parisc", "parisc64", "ppc", "ppc64", "ppc64-le",
        "riscv64", "s390", "s390x", "loongarch64",
    ];

    /// <summary>Applies one assignment; false when the key is not handled here.</summary>
    public static bool Apply(in Setting s)
    {
        switch (s.Key)
        {
            case "CapabilityBoundingSet":
                Capabilities(s, CapabilityNames.All);
                return true;
            case "AmbientCapabilities":
                Capabilities(s, 0);
                return true;
            case "SecureBits":
                SecureBits(s);
                return true;
            case "RestrictNamespaces":
                Namespaces(s);
                return true;
            case "SystemCallFilter" or "SystemCallLog":
                Filter(s, IsFilterWord);
                return true;
            case "RestrictAddressFamilies":
                Filter(s, IsFamily);
                return true;
            case "SystemCallArchitectures":
                ArchitectureWords(s);
                return true;
            case "SystemCallErrorNumber":
                if (s.IsReset || s.Value == "kill")
                    ExecSetup.Set(s, s.Key, null);
                else if (IsErrorNumber(s.Value))
                    ExecSetup.Set(s, s.Key, s.Value);
                else
                    s.Warn($"'{s.Shown}' is no error number, ignored; write for example EPERM");
                return true;
            default:
                return false;
        }
    }

    // systemd merges sets: what is empty or still at its beginning is replaced, else a list is
    // added and one after "~" taken away.
    private static void Capabilities(in Setting s, ulong beginning)
    {
        ulong now = Hex(ExecSetup.Find(s, s.Key)) ?? beginning;
        bool invert = s.Value.StartsWith('~');
        ulong sum = 0;
        foreach ((string word, int offset) in s.Words(WordRules.Unquote))
        {
            string name = invert && offset == 0 ? word[1..] : word;
            int number = CapabilityNames.Parse(name);
            if (number >= 0)
                sum |= 1ul << number;
            else if (name.Length > 0)
                s.Warn($"'{name}' is no capability, ignored", offset);
        }

        if (sum == 0 || now == beginning)
            now = invert ? CapabilityNames.All & ~sum : sum;
        else
            now = invert ? now & ~sum : now | sum;
        ExecSetup.Set(s, s.Key, now == beginning ? null : Hex(now));
    }

    private static void SecureBits(in Setting s)
    {
        if (s.IsReset)
        {
            ExecSetup.Set(s, s.Key, null);
            return;
        }

        ulong bits = Hex(ExecSetup.Find(s, s.Key)) ?? 0;
        foreach ((string word, int offset) in s.Words(WordRules.Unquote))
        {
            int at = Array.IndexOf(SecureWords, word);
            if (at < 0)
                s.Warn($"'{word}' is no secure bit, ignored", offset);
            else
                bits |= 1ul << at;
        }

        ExecSetup.Set(s, s.Key, Hex(bits));
    }

    // The value kept is the mask of namespace types that stay allowed; all of them is no setting.
    private static void Namespaces(in Setting s)
    {
        if (s.IsReset)
        {
            ExecSetup.Set(s, s.Key, null);
            return;
        }

        if (BooleanParser.TryParse(s.Value, out bool on))
        {
            ExecSetup.Set(s, s.Key, on ? Hex(0) : null);
            return;
        }

        bool invert = s.Value.StartsWith('~');
        ulong flags = 0;
        foreach ((string word, int offset) in s.Words(WordRules.Unquote))
        {
            string name = invert && offset == 0 ? word[1..] : word;
            int at = Array.IndexOf(NamespaceWords, name);
            if (at < 0 && name.Length > 0)
            {
                s.Warn($"'{name}' is no type of namespace, the line is ignored", offset);
                return;
            }

            flags |= at < 0 ? 0 : NamespaceFlags[at];
        }

        ulong? before = Hex(ExecSetup.Find(s, s.Key));
        ulong allowed = before is { } now
            ? invert ? now & ~flags : now | flags
            : invert ? AllNamespaces & ~flags : flags;
        ExecSetup.Set(s, s.Key, allowed == AllNamespaces ? null : Hex(allowed));
    }

    private delegate bool WordTest(string word, bool inverted);

    // Folding the lists needs the groups, which only initx-exec knows: lines are kept in order.
    private static void Filter(in Setting s, WordTest isValid)
    {
        if (s.IsReset)
        {
            ExecSetup.Set(s, s.Key, null);
            return;
        }

        bool invert = s.Value.StartsWith('~');
        var words = new List<string>();
        foreach ((string word, int offset) in s.Words(WordRules.Unquote))
        {
            string name = invert && offset == 0 ? word[1..] : word;
            if (name.Length == 0)
                continue;
            if (!isValid(name, invert))
                s.Warn($"'{name}' cannot stand here, ignored", offset);
            else if (words.Count < MostFilterWords)
                words.Add(name);
        }

        ExecSetup.Add(s, s.Key, (invert ? "~" : "") + string.Join(' ', words));
    }

    private static bool IsFilterWord(string word, bool inverted)
    {
        int colon = word.IndexOf(':', StringComparison.Ordinal);
        string name = colon < 0 ? word : word[..colon];
        if (colon >= 0 && (!inverted
            || (word[(colon + 1)..] != "kill" && !IsErrorNumber(word[(colon + 1)..]))))
            return false;
        if (name.StartsWith('@'))
            return SystemCallGroups.Find(name) is not null;
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_')
                return false;
        }

        return name.Length is > 0 and <= 64;
    }

    private static bool IsFamily(string word, bool inverted)
    {
        if (word == "none")
            return !inverted;
        if (!word.StartsWith("AF_", StringComparison.Ordinal) || word.Length is < 4 or > 32)
            return false;
        foreach (char c in word)
        {
            if (!char.IsAsciiLetterUpper(c) && !char.IsAsciiDigit(c) && c != '_')
                return false;
        }

        return true;
    }

    private static bool IsErrorNumber(string text) =>
        (Numbers.TryUnsigned(text, out ulong number) && number is > 0 and <= 4095)
        || ErrorNames.Parse(text) is not null;

    private static void ArchitectureWords(in Setting s)
    {
        if (s.IsReset)
        {
            ExecSetup.Set(s, s.Key, null);
            return;
        }

        string now = ExecSetup.Find(s, s.Key) ?? "";
        foreach ((string word, int offset) in s.Words(WordRules.Unquote))
        {
            if (Array.IndexOf(Architectures, word) < 0)
                s.Warn($"'{word}' is no architecture, ignored", offset);
            else
                now += (now.Length == 0 ? "" : " ") + word;
        }

        ExecSetup.Set(s, s.Key, now.Length == 0 ? null : now);
    }

    private static string Hex(ulong mask) => mask.ToString("x", CultureInfo.InvariantCulture);

    private static ulong? Hex(string? text) => text is null
        ? null
        : ulong.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
