using System.Text;
using InitTx.Fuzz.Running;
using InitTx.Units.Directives;

namespace InitTx.Fuzz.Targets;

/// <summary>Makes text that looks like unit files.</summary>
internal static class Grammar
{
    private static readonly string[] Values =
    [
        "", "yes", "no", "0", "1", "infinity", "5min 20s", "1.5", "-5", "64K", "1024:infinity",
        "/bin/sh -c 'echo $X ${Y} %i; exit 3'", "-@:+/bin/echo a \"b c\" 'd' \\; ; /bin/true",
        "/run/x", "../x", "/a//b/./c", "%n %N %p %i %I %j %f %t %H %% %z %", "A=1 \"B=2 3\" 'C=4'",
        "b.service c@.target d.socket x", "~", "tty", "append:/var/log/x", "fd:name", "SIGTERM",
        "RTMIN+3", "oneshot", "simple", "notify", "always", "on-failure", "|!/etc/x", "[::]:80",
        "80", "/run/s.sock", "@abstract", "vsock::1", "a:b c/d", "é\u0416\U0001F600",
            "\\x41\\101\\u00e9\\q",
        "system-x.slice", "a--b.slice", "root", "65535", "1:2", "0755", "9999", "man:x(1) http://y",
        "10.0.0.0/8 ::1 any localhost", "ipv4:tcp:80-90", "~eth0 lo",
    ];

    private static readonly DirectiveRow[] Rows = [.. DirectiveTable.All];

    /// <summary>Words that mutations of unit files insert.</summary>
    public static readonly IReadOnlyList<string> Words =
    [
        .. Values, "[Unit]\n", "[Service]\n", "[Install]\n", "[Socket]\n", "\\\n", "\n", "=", "#",
        ";", "\uFEFF", "\0", "\r\n", "ExecStart=", "ExecStart=\n", "Type=", "Wants=", "Requires=",
        "Environment=", "\"", "'", "%", "\\", "ListenStream=",
    ];

    /// <summary>A file with a few sections and assignments.</summary>
    public static byte[] UnitText(Prng random)
    {
        var text = new StringBuilder();
        string section = "";
        for (int lines = random.Below(20); lines > 0; lines--)
        {
            DirectiveRow row = random.Pick(Rows);
            if (row.Section != section && random.OneIn(3))
                text.Append('[').Append(section = row.Section).Append("]\n");
            string key = random.OneIn(4) ? Pick(random, section).Key : row.Key;
            text.Append(key).Append(random.OneIn(9) ? " = " : "=");
            for (int words = 1 + random.Below(3); words > 0; words--)
                text.Append(random.Pick(Values)).Append(random.OneIn(12) ? " \\\n" : " ");
            text.Append(random.OneIn(30) ? "\\" : "").Append('\n');
            if (random.OneIn(12))
                text.Append("# comment \\\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>A service that would start, with random lines around it.</summary>
    public static byte[] ServiceText(Prng random)
    {
        byte[] lines = UnitText(random);
        string head = "[Service]\nExecStart=/bin/sleep " + random.Pick(Values) + "\n";
        return [.. Encoding.UTF8.GetBytes(head), .. lines];
    }

    /// <summary>A line of words from a list, separated by blanks.</summary>
    public static byte[] Line(Prng random, IReadOnlyList<string> words)
    {
        var text = new StringBuilder();
        for (int n = random.Below(12); n > 0; n--)
            text.Append(random.Pick(words)).Append(random.OneIn(5) ? "" : " ");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static DirectiveRow Pick(Prng random, string section)
    {
        DirectiveRow row = random.Pick(Rows);
        for (int i = 0; i < 20 && row.Section != section; i++)
            row = random.Pick(Rows);
        return row;
    }
}
