namespace InitTx.Namespaces.Tests.Packages;

/// <summary>
/// One line of services.txt: a package, the unit that serves, and how it is asked.
/// </summary>
/// <param name="Unit">Null when the package is left out.</param>
/// <param name="Ask">A bash command; null when the unit serves nobody.</param>
/// <param name="CanReload">False when its program ends by the reload of its own unit.</param>
/// <param name="MayEndFailed">True when its program may call a stop a failure.</param>
/// <param name="Reason">Why it is left out; null when it is not.</param>
public sealed record ServedUnit(
    string Package, string? Unit, string? Ask, bool CanReload, bool MayEndFailed, string? Reason)
{
    /// <summary>
    /// Sockets that start it again at once when it is stopped alone, under another name of it.
    /// </summary>
    public IReadOnlyList<string> Sockets { get; init; } = [];

    /// <summary>The units that the root of ./run carries too.</summary>
    private static readonly string[] EveryDay =
    [
        "ssh.service", "rsyslog.service", "dbus.service", "nginx.service", "redis-server.service",
        "postgresql@15-main.service",
    ];

    /// <summary>Every line that is not a comment nor a package installed beside another.</summary>
    public static IReadOnlyList<ServedUnit> All { get; } =
    [
        .. File.ReadLines(Path.Combine(Folder, "services.txt"))
            .Where(line => line.Length > 0 && line[0] is not '#' and not '+')
            .Select(Read),
    ];

    public static string Folder => Path.Combine(
        Harness.Repository.Root, "tests", "namespaces", "Packages");

    /// <summary>The nightly tier tries all of them, on a root of their own.</summary>
    public static bool IsNightly => Environment.GetEnvironmentVariable("INITX_PACKAGES") == "all";

    /// <summary>What this run tries.</summary>
    public static IEnumerable<ServedUnit> Tried => All
        .Where(served => served.Unit is not null && (IsNightly || EveryDay.Contains(served.Unit)))
        .Where(served => Chosen is null || Chosen.Contains(served.Package));

    public override string ToString() => Unit ?? Package;

    // INITX_PACKAGES_ONLY=a,b: while one of them is looked at.
    private static string[]? Chosen =>
        Environment.GetEnvironmentVariable("INITX_PACKAGES_ONLY")?.Split(',');

    private static ServedUnit Read(string line)
    {
        string[] fields = line.Split(';', 3, StringSplitOptions.TrimEntries);
        if (fields.Length != 3)
            throw new FormatException($"services.txt: `{line}` has no three fields");
        if (fields[1] == "-")
            return new ServedUnit(fields[0], null, null, false, false, fields[2]);
        string[] words = fields[1].Split(' ');
        string[] sockets =
            [.. words[1..].Where(word => word.EndsWith(".socket", StringComparison.Ordinal))];
        string[] marks = ["no-reload", "may-end-failed", .. sockets];
        if (words[1..].Except(marks).FirstOrDefault() is { } unknown)
            throw new FormatException($"services.txt: `{unknown}` is no mark");
        return new ServedUnit(
            fields[0], words[0], fields[2] == "-" ? null : fields[2],
            !words.Contains("no-reload"), words.Contains("may-end-failed"), null)
        {
            Sockets = sockets,
        };
    }
}
