using InitTx.Oracle.Tests.Judge;
using InitTx.Units.Model;
using static InitTx.Oracle.Tests.Compare.UnitField;

namespace InitTx.Oracle.Tests.Compare;

/// <summary>systemd.exec(5).</summary>
internal static class ExecFields
{
    private static readonly string[] Limits =
    [
        "CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "NPROC", "NOFILE", "MEMLOCK", "AS",
        "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO", "RTTIME",
    ];

    public static readonly UnitField[] All =
    [
        Plain("User", u => u.Exec is { DynamicUser: false } x ? x.User ?? "" : null),
        Plain("Group", u => u.Exec is { DynamicUser: false } x ? x.Group ?? "" : null),
        YesNo("DynamicUser", u => u.Exec?.DynamicUser),
        new("SupplementaryGroups",
            u => u.Exec is { } x ? string.Join(' ', x.SupplementaryGroups) : null,
            u => (u.One("SupplementaryGroups") ?? "").TrimEnd()),
        Plain("WorkingDirectory", u => u.Exec is { WorkingDirectory: not "~" } x
            ? x.WorkingDirectory ?? "/" : null),
        Set("Environment", u => u.Exec?.Environment.Select(e => $"{e.Key}={e.Value}")),
        new("EnvironmentFile",
            u => u.Exec is { } x ? string.Join(
                '\n', x.EnvironmentFiles.Select(f => (f.Optional ? "-" : "") + f.Path)) : null,
            u => string.Join('\n', u.All("EnvironmentFile"))),
        new("PassEnvironment", u => u.Exec is { } x ? string.Join('\n', x.PassEnvironment) : null,
            u => string.Join('\n', u.All("PassEnvironment"))),
        new("UnsetEnvironment", u => u.Exec is { } x ? string.Join('\n', x.UnsetEnvironment) : null,
            u => string.Join('\n', u.All("UnsetEnvironment"))),
        .. Directories("RUNTIME", "RuntimeDirectory", x => x.RuntimeDirectoryMode),
        .. Directories("STATE", "StateDirectory", x => x.StateDirectoryMode),
        .. Directories("CACHE", "CacheDirectory", x => x.CacheDirectoryMode),
        .. Directories("LOGS", "LogsDirectory", x => x.LogsDirectoryMode),
        .. Directories("CONFIGURATION", "ConfigurationDirectory",
            x => x.ConfigurationDirectoryMode),
        Plain("RuntimeDirectoryPreserve", u =>
            u.Exec is { } x ? ServiceFields.Word(x.RuntimeDirectoryPreserve.ToString()) : null),
        Mode("UMask", u => u.Exec?.UMask),
        Plain("Nice", u => u.Exec is { } x ? $"{x.Nice}" : null),
        new("OOMScoreAdjust", u => u.Exec?.OomScoreAdjust is { } adjust ? $"{adjust}" : null,
            u => u.One("OOMScoreAdjust")),
        YesNo("IgnoreSIGPIPE", u => u.Exec?.IgnoreSigpipe),
        YesNo("NonBlocking", u => u.Exec?.NonBlocking),

        Plain("StandardInput", u => u.Exec is { } x ? Stream(x.StandardInput) : null),
        Plain("StandardOutput", u => u.Exec is { } x ? Stream(x.StandardOutput) : null),
        Plain("StandardError", u => u.Exec is { } x ? Stream(x.StandardError) : null),
        Plain("TTYPath", u => u.Exec?.TtyPath is { } path ? path : null),
        .. Limits.Select((name, index) => new UnitField(
            "Limit" + name,
            u => u.Exec?.Limits.Where(l => l.Resource == index)
                .Select(l => $"{l.Soft}:{l.Hard}").FirstOrDefault(),
            u => $"{u.One($"Limit{name}Soft")}:{u.One($"Limit{name}")}")),
    ];

    private static UnitField[] Directories(
        string root, string name, Func<ExecSettings, int> mode) =>
    [
        Set(name, u => u.Exec?.Directories.Where(d => d.Base == root)
            .Select(d => d.Link is null ? d.Name : $"{d.Name}:{d.Link}")) with
        {
            // Links are printed on lines of their own.
            Theirs = u => Sorted(Names(u, name)),
        },
        Mode(name + "Mode", u => u.Exec is { } x ? mode(x) : null),
    ];

    private static IEnumerable<string> Names(DumpUnit unit, string name)
    {
        string[] links = [.. unit.All(name + "Symlink")];
        foreach (string directory in unit.All(name))
        {
            string? link = links.FirstOrDefault(l =>
                l.StartsWith(directory + ":", StringComparison.Ordinal));
            yield return link ?? directory;
        }
    }

    private static string Stream(StreamTarget target) => target.Kind switch
    {
        StandardStream.TtyForce => "tty-force",
        StandardStream.TtyFail => "tty-fail",
        StandardStream.JournalConsole => "journal+console",
        StandardStream.KmsgConsole => "kmsg+console",
        StandardStream.FdName => "fd",
        _ => target.Kind.ToString().ToLowerInvariant(),
    };
}
