namespace InitTx.Units.Parsing;

/// <summary>Levels and facilities of syslog(3), by the names that systemd.exec(5) takes.</summary>
public static class SyslogWords
{
    private static readonly string[] Levels =
        ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

    private static readonly string[] Facilities =
    [
        "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron",
        "authpriv", "ftp", "12", "13", "14", "15", "local0", "local1", "local2", "local3", "local4",
        "local5", "local6", "local7",
    ];

    /// <summary>The names of the levels, in order.</summary>
    public static IReadOnlyList<string> LevelNames => Levels;

    /// <summary>A level by name or number; null for none.</summary>
    public static int? Level(string text) => Find(Levels, text);

    /// <summary>A facility by name or number; null for none.</summary>
    public static int? Facility(string text) => Find(Facilities, text);

    private static int? Find(string[] names, string text)
    {
        int index = Array.IndexOf(names, text);
        if (index >= 0)
            return index;
        return Numbers.TrySigned(text, 0, names.Length - 1, out long number) ? (int)number : null;
    }
}
