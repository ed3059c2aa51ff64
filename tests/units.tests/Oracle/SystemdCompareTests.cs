using System.Text;
using InitTx.Units.Loading;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Tests.Oracle;

/// <summary>
/// The loader against systemd 252 itself, unit by unit: load state, edges of every kind, commands,
/// and the settings that decide a service's life.
/// </summary>
[Category("oracle")]
public sealed class SystemdCompareTests
{
    private static readonly (DependencyKind Kind, string Name)[] Edges =
    [
        (DependencyKind.Requires, "Requires"), (DependencyKind.Requisite, "Requisite"),
        (DependencyKind.Wants, "Wants"), (DependencyKind.BindsTo, "BindsTo"),
        (DependencyKind.PartOf, "PartOf"), (DependencyKind.Upholds, "Upholds"),
        (DependencyKind.Conflicts, "Conflicts"), (DependencyKind.Before, "Before"),
        (DependencyKind.After, "After"), (DependencyKind.OnFailure, "OnFailure"),
        (DependencyKind.OnSuccess, "OnSuccess"), (DependencyKind.Triggers, "Triggers"),
        (DependencyKind.PropagatesReloadTo, "PropagatesReloadTo"),
        (DependencyKind.ReloadPropagatedFrom, "ReloadPropagatedFrom"),
        (DependencyKind.Slice, "InSlice"),
    ];

    /// <summary>The root is always mounted; we have no unit for it, and no edges to it.</summary>
    private const string RootMount = "-.mount";

    /// <summary>
    /// Units of this machine's own systemd package, and whatever $INITTX_ORACLE_UNITS names.
    /// </summary>
    [Test]
    public void Every_unit_of_a_directory_loads_as_systemd_loads_it()
    {
        SystemdOracle.Require();
        string source = Environment.GetEnvironmentVariable(
            "INITTX_ORACLE_UNITS") ?? "/lib/systemd/system";
        using var work = new OracleDirectory();
        work.CopyFrom(source);
        Compare(work);
    }

    private static void Compare(OracleDirectory work)
    {
        List<UnitName> names = work.UnitNames();
        work.Write("oracle-all.target", "[Unit]\nDefaultDependencies=no\nWants="
            + string.Join("\nWants=", names) + "\n");
        (Dictionary<string, OracleUnit> theirs, string messages) =
            SystemdOracle.Run(work.Path, "oracle-all.target");
        Assert.That(theirs, Is.Not.Empty, messages);
        UnitFileTree tree = DirectoryUnitSource.Read([work.Path], LoadLimits.Default);
        var loader = new UnitLoader(tree, OracleDirectory.Facts(), LoadLimits.Default);
        var differences = new StringBuilder();
        int compared = 0;
        foreach (UnitName name in names)
        {
            UnitDefinition ours = loader.Load(name);
            if (ours.Name != name || !theirs.TryGetValue(name.Value, out OracleUnit? unit))
                continue;
            compared++;
            CompareUnit(ours, unit, differences);
        }

        TestContext.Out.WriteLine($"{compared} units compared with systemd");
        Assert.That(compared, Is.GreaterThan(0), work.Path);
        Assert.That(differences.ToString(), Is.Empty, $"{work.Path}\n{messages}");
    }

    internal static void CompareUnit(UnitDefinition ours, OracleUnit theirs,
        StringBuilder differences)
    {
        string state = ours.LoadState switch
        {
            UnitLoadState.Loaded => "loaded",
            UnitLoadState.NotFound => "not-found",
            UnitLoadState.BadSetting => "bad-setting",
            UnitLoadState.Error => "error",
            UnitLoadState.Masked => "masked",
            _ => "merged",
        };
        Differ(differences, ours.Name, "load state", state, theirs.LoadState);
        if (ours.LoadState != UnitLoadState.Loaded || theirs.LoadState != "loaded")
            return;
        Differ(differences, ours.Name, "Description", ours.Description, theirs.One("Description"));
        foreach ((DependencyKind kind, string word) in Edges)
        {
            Differ(differences, ours.Name, word,
                Sorted(ours.Dependencies.Where(d => d.Kind == kind).Select(d => d.Target.Value)),
                Sorted(theirs.All(word).Where(l => l.Contains("origin-", StringComparison.Ordinal))
                    .Select(l => l.Split(' ')[0]).Where(t => t != RootMount)));
        }

        CompareUnitSection(ours, theirs, differences);
        if (ours.Service is { } s)
            CompareService(ours, s, theirs, differences);
    }

    private static void CompareService(
        UnitDefinition unit, ServiceSettings s, OracleUnit theirs, StringBuilder differences)
    {
        foreach ((string key, IReadOnlyList<ExecCommand> commands) in new[]
        {
            ("ExecCondition", s.ExecCondition), ("ExecStartPre", s.ExecStartPre),
            ("ExecStart", s.ExecStart), ("ExecStartPost", s.ExecStartPost),
            ("ExecReload", s.ExecReload), ("ExecStop", s.ExecStop),
                ("ExecStopPost", s.ExecStopPost),
        })
        {
            Differ(differences, unit.Name, key,
                string.Join(" ; ", commands.Select(c => string.Join('|', c.Arguments))),
                string.Join(" ; ", theirs.Commands.GetValueOrDefault(key, []).Select(c =>
                    string.Join('|', c))));
        }

        UnitName n = unit.Name;
        Differ(differences, n, "Type", Word(s.Type.ToString()), theirs.One("Type"));
        Differ(differences, n, "Restart", Word(s.Restart.ToString()), theirs.One("Restart"));
        Differ(differences, n, "RemainAfterExit", YesNo(s.RemainAfterExit),
            theirs.One("RemainAfterExit"));
        Differ(differences, n, "PIDFile", s.PidFile ?? "", theirs.One("PIDFile"));
        Differ(differences, n, "BusName", s.BusName ?? "", theirs.One("BusName"));
        Differ(differences, n, "TimeoutStartSec", s.TimeoutStartUs, theirs.One("TimeoutStartSec"));
        Differ(differences, n, "TimeoutStopSec", s.TimeoutStopUs, theirs.One("TimeoutStopSec"));
        if (theirs.Fields.ContainsKey("TimeoutAbortSec"))
            Differ(differences, n, "TimeoutAbortSec", s.TimeoutAbortUs,
                theirs.One("TimeoutAbortSec"));
        Differ(differences, n, "RestartSec", s.RestartUs, theirs.One("RestartSec"));
        Differ(differences, n, "RuntimeMaxSec", s.RuntimeMaxUs, theirs.One("RuntimeMaxSec"));
        Differ(differences, n, "WatchdogSec", s.WatchdogUs, theirs.One("WatchdogSec"));
        Differ(differences, n, "NotifyAccess", Word(s.NotifyAccess.ToString()),
            theirs.One("NotifyAccess"));
        CompareExec(unit, unit.Exec!, theirs, differences);
        CompareKill(unit, unit.Kill!, theirs, differences);
    }

    private static void CompareExec(
        UnitDefinition unit, ExecSettings x, OracleUnit theirs, StringBuilder differences)
    {
        UnitName n = unit.Name;
        if (!x.DynamicUser)
        {
            Differ(differences, n, "User", x.User ?? "", theirs.One("User"));
            Differ(differences, n, "Group", x.Group ?? "", theirs.One("Group"));
        }

        Differ(differences, n, "SupplementaryGroups", string.Join(' ', x.SupplementaryGroups),
            theirs.One("SupplementaryGroups").TrimEnd());
        Differ(differences, n, "WorkingDirectory", x.WorkingDirectory == "~" ? "~"
            : x.WorkingDirectory ?? "/",
            x.WorkingDirectory == "~" ? "~" : theirs.One("WorkingDirectory"));
        Differ(differences, n, "Environment",
            Sorted(x.Environment.Select(e => $"{e.Key}={e.Value}")),
                Sorted(theirs.All("Environment")));
        Differ(differences, n, "EnvironmentFile",
            string.Join(' ', x.EnvironmentFiles.Select(f => (f.Optional ? "-" : "") + f.Path)),
                string.Join(' ', theirs.All("EnvironmentFile")));
        Differ(differences, n, "PassEnvironment", string.Join(' ', x.PassEnvironment),
            string.Join(' ', theirs.All("PassEnvironment")));
        Differ(differences, n, "UnsetEnvironment", string.Join(' ', x.UnsetEnvironment),
            string.Join(' ', theirs.All("UnsetEnvironment")));
        foreach ((string root, string key) in new[]
        {
            ("RUNTIME", "RuntimeDirectory"), ("STATE", "StateDirectory"),
                ("CACHE", "CacheDirectory"),
            ("LOGS", "LogsDirectory"), ("CONFIGURATION", "ConfigurationDirectory"),
        })
        {
            Differ(differences, n, key,
                Sorted(x.Directories.Where(d => d.Base == root).Select(d => d.Name)),
                Sorted(theirs.All(key)));
        }

        Differ(differences, n, "UMask", Convert.ToString(x.UMask, 8).PadLeft(4, '0'),
            theirs.One("UMask"));
        Differ(differences, n, "Nice", $"{x.Nice}", theirs.One("Nice"));
        Differ(differences, n, "IgnoreSIGPIPE", YesNo(x.IgnoreSigpipe),
            theirs.One("IgnoreSIGPIPE"));
        Differ(differences, n, "NonBlocking", YesNo(x.NonBlocking), theirs.One("NonBlocking"));
        Differ(differences, n, "StandardInput", Stream(x.StandardInput),
            theirs.One("StandardInput"));
        Differ(differences, n, "StandardOutput", Stream(x.StandardOutput),
            theirs.One("StandardOutput"));
        Differ(differences, n, "StandardError", Stream(x.StandardError),
            theirs.One("StandardError"));
        foreach (ResourceLimit limit in x.Limits)
        {
            string[] names = ["CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "NPROC", "NOFILE",
                "MEMLOCK", "AS",
                "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO", "RTTIME"];
            string key = "Limit" + names[limit.Resource];
            Differ(differences, n, key, $"{limit.Soft}:{limit.Hard}",
                $"{theirs.One(key + "Soft")}:{theirs.One(key)}");
        }
    }

    private static void CompareKill(
        UnitDefinition unit, KillSettings k, OracleUnit theirs, StringBuilder differences)
    {
        UnitName n = unit.Name;
        Differ(differences, n, "KillMode", Word(k.Mode.ToString()), theirs.One("KillMode"));
        Differ(differences, n, "KillSignal", $"{k.KillSignal}",
            $"{SignalNames.Parse(theirs.One("KillSignal"))}");
        Differ(differences, n, "FinalKillSignal", $"{k.FinalKillSignal}",
            $"{SignalNames.Parse(theirs.One("FinalKillSignal"))}");
        Differ(differences, n, "RestartKillSignal", $"{k.RestartKillSignal ?? k.KillSignal}",
            $"{SignalNames.Parse(theirs.One("RestartKillSignal"))}");
        Differ(differences, n, "SendSIGKILL", YesNo(k.SendSigkill), theirs.One("SendSIGKILL"));
        Differ(differences, n, "SendSIGHUP", YesNo(k.SendSighup), theirs.One("SendSIGHUP"));
    }

    private static void CompareUnitSection(UnitDefinition unit, OracleUnit theirs,
        StringBuilder differences)
    {
        UnitName n = unit.Name;
        foreach ((string prefix, bool asserts) in new[] { ("Condition", false), ("Assert", true) })
        {
            Differ(differences, n, prefix,
                Sorted(unit.Conditions.Where(c => c.IsAssert == asserts).Select(c =>
                    $"{c.Type}={(c.Triggering ? "|" : "")}{(c.Negated ? "!" : "")}{c.Argument}")),
                Sorted(theirs.Fields.Where(f => f.Key.StartsWith(prefix, StringComparison.Ordinal)
                    && f.Key.Length > prefix.Length && char.IsUpper(f.Key[prefix.Length]))
                    .SelectMany(f =>
                        f.Value.Select(v =>
                        $"{f.Key[prefix.Length..]}={v[..v.LastIndexOf(' ')]}"))));
        }

        Differ(differences, n, "RequiresMountsFor",
            Sorted(unit.RequiresMountsFor.Where(p => p != "/")),
            Sorted(theirs.All("RequiresMountsFor").Select(l =>
                l[..l.LastIndexOf(" (", StringComparison.Ordinal)]).Where(p => p != "/")));
        Differ(differences, n, "StopWhenUnneeded", YesNo(unit.StopWhenUnneeded),
            theirs.One("StopWhenUnneeded"));
        Differ(differences, n, "RefuseManualStart", YesNo(unit.RefuseManualStart),
            theirs.One("RefuseManualStart"));
        Differ(differences, n, "RefuseManualStop", YesNo(unit.RefuseManualStop),
            theirs.One("RefuseManualStop"));
        Differ(differences, n, "DefaultDependencies", YesNo(unit.DefaultDependencies),
            theirs.One("DefaultDependencies"));
        Differ(differences, n, "OnFailureJobMode", unit.OnFailureJobMode,
            theirs.One("OnFailureJobMode"));
        Differ(differences, n, "OnSuccessJobMode", unit.OnSuccessJobMode,
            theirs.One("OnSuccessJobMode"));
        Differ(differences, n, "IgnoreOnIsolate", YesNo(unit.IgnoreOnIsolate),
            theirs.One("IgnoreOnIsolate"));
        foreach (string path in unit.DropInPaths)
        {
            if (!theirs.All("DropIn Path").Contains(path))
                differences.AppendLine($"{n} drop-in {path} is not systemd's");
        }

        // systemd counts links to /dev/null, from which it reads nothing.
        int read = theirs.All("DropIn Path").Count(p => new FileInfo(p).LinkTarget != "/dev/null");
        Differ(differences, n, "drop-ins", $"{unit.DropInPaths.Count}", $"{read}");
    }

    private static string YesNo(bool value) => value ? "yes" : "no";

    private static string Stream(StreamTarget target) => target.Kind switch
    {
        StandardStream.TtyForce => "tty-force",
        StandardStream.TtyFail => "tty-fail",
        StandardStream.JournalConsole => "journal+console",
        StandardStream.KmsgConsole => "kmsg+console",
        StandardStream.FdName => "fd",
        _ => target.Kind.ToString().ToLowerInvariant(),
    };

    private static void Differ(StringBuilder text, UnitName unit, string what, long us,
        string theirs)
    {
        // The dump drops what is below a second, unless nothing else is there.
        bool read = DurationParser.TryParse(theirs, out long microseconds);
        long shown = us < 1_000_000 || us == ServiceSettings.Infinity ? us
            : us / 1_000_000 * 1_000_000;
        if (!read || (microseconds != shown && microseconds != us))
            text.AppendLine($"{unit} {what}: ours {us} us, systemd's {theirs}");
    }

    private static void Differ(
        StringBuilder text, UnitName unit, string what, string ours, string theirs,
            string? unknown = null)
    {
        if (ours != theirs && theirs != unknown)
            text.AppendLine($"{unit} {what}:\n  ours    {ours}\n  systemd {theirs}");
    }

    private static string Sorted(IEnumerable<string> names) =>
        string.Join(' ', names.Distinct().Order(StringComparer.Ordinal));

    // OnFailure -> on-failure
    private static string Word(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) && i > 0
            ? $"-{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));
}
