using InitTx.Units.Model;

namespace InitTx.Cli.Hosting;

/// <summary>Unit names as people type them.</summary>
internal static class UnitArguments
{
    /// <summary>
    /// The full name: <c>.service</c> is added where no type is written, <c>/srv</c> becomes
    /// <c>srv.mount</c> and <c>/dev/sda</c> <c>dev-sda.device</c>, as systemctl does.
    /// </summary>
    public static bool TryComplete(string text, out string name)
    {
        name = text.StartsWith('/') ? FromPath(text) : text;
        if (!HasType(name))
            name += ".service";
        return UnitName.TryParse(name, out _);
    }

    /// <summary>
    /// The same for a pattern, which is not checked: a type is added where none is written.
    /// </summary>
    public static string CompletePattern(string text) =>
        HasType(text) || text.EndsWith('*') ? text : text + ".service";

    private static bool HasType(string text)
    {
        int dot = text.LastIndexOf('.');
        if (dot < 0)
            return false;
        ReadOnlySpan<char> suffix = text.AsSpan(dot + 1);
        foreach (UnitKind kind in Enum.GetValues<UnitKind>())
        {
            if (suffix.SequenceEqual(UnitName.SuffixOf(kind)))
                return true;
        }

        return false;
    }

    private static string FromPath(string path)
    {
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        string type = path.StartsWith("/dev/", StringComparison.Ordinal) ? ".device" : ".mount";
        if (parts.Length == 0)
            return "-" + type;
        var name = new System.Text.StringBuilder(path.Length + 8);
        for (int i = 0; i < parts.Length; i++)
        {
            if (i > 0)
                name.Append('-');
            foreach (byte b in System.Text.Encoding.UTF8.GetBytes(parts[i]))
            {
                char c = (char)b;
                bool plain = char.IsAsciiLetterOrDigit(c) || c is ':' or '_'
                    || (c == '.' && name.Length > 0);
                if (plain)
                    name.Append(c);
                else
                    name.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\x{b:x2}");
            }
        }

        return name.Append(type).ToString();
    }
}
