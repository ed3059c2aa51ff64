using System.Text;
using InitTx.Units.Model;
using InitTx.Units.Tests.Oracle;

namespace InitTx.Units.Tests.Loading;

/// <summary>
/// The conformance table against the loader, and against systemd where it is installed.
/// </summary>
public sealed class ConformanceTests
{
    [TestCaseSource(typeof(Conformance))]
    public void A_unit_text_means_what_systemd_takes_it_to_mean(ConformanceCase c)
    {
        UnitDefinition unit = new TextTree().File("s.service", c.Text).Load("s.service");
        string expected = c.Expected.Replace("@HOST", "host.example.org", StringComparison.Ordinal)
            .Replace("@KERNEL", "6.1.0-test", StringComparison.Ordinal);
        if (expected.StartsWith('!'))
            Assert.That(Fact(unit, "state"), Is.EqualTo(expected[1..]), unit.LoadError);
        else
            Assert.That(Fact(unit, c.Fact), Is.EqualTo(expected), unit.LoadError);
    }

    [Test]
    [Category("oracle")]
    public void The_table_says_what_systemd_itself_does()
    {
        SystemdOracle.Require();
        using var work = new OracleDirectory();
        var differences = new StringBuilder();
        var loaderTree = new TextTree();
        string[] texts = [.. Conformance.Cases.Select(c => c.Text).Distinct()];

        // Each text stands alone: units of one name cannot share a directory.
        for (int i = 0; i < texts.Length; i++)
        {
            string text = texts[i];
            Directory.CreateDirectory($"{work.Path}/{i}");
            work.Write($"{i}/s.service", text);
            work.Write($"{i}/all.target", "[Unit]\nDefaultDependencies=no\nWants=s.service\n");
            (Dictionary<string, OracleUnit> theirs, string messages) =
                SystemdOracle.Run($"{work.Path}/{i}", "all.target");
            Assert.That(theirs.ContainsKey("s.service"), Is.True, messages);
            var loader = new Units.Loading.UnitLoader(
                Units.Loading.DirectoryUnitSource.Read([$"{work.Path}/{i}"],
                    Units.Loading.LoadLimits.Default),
                OracleDirectory.Facts(), Units.Loading.LoadLimits.Default);
            int before = differences.Length;
            SystemdCompareTests.CompareUnit(loader.Load(UnitName.Parse("s.service")),
                theirs["s.service"], differences);
            if (differences.Length > before)
                differences.AppendLine($"--- "
                    + $"of\n{(text.Length > 400 ? text[..400] : text)}\n{messages}");
        }

        Assert.That(differences.ToString(), Is.Empty);
    }

    private static string Fact(UnitDefinition u, string fact) => fact switch
    {
        "state" => u.LoadState switch
        {
            UnitLoadState.BadSetting => "bad-setting",
            _ => u.LoadState.ToString().ToLowerInvariant(),
        },
        "argv" => string.Join(" ; ", u.Service!.ExecStart.Select(c =>
            string.Join('|', c.Arguments))),
        "flags" => u.Service!.ExecStart[0].Flags.ToString(),
        "env" => string.Join('|', u.Exec!.Environment.Select(e => $"{e.Key}={e.Value}")),
        "files" =>
            string.Join('|', u.Exec!.EnvironmentFiles.Select(f =>
            (f.Optional ? "-" : "") + f.Path)),
        "user" => u.Exec!.User ?? "",
        "description" => u.Description,
        "type" => u.Service!.Type.ToString().ToLowerInvariant(),
        "remain" => u.Service!.RemainAfterExit.ToString(),
        "restart" => u.Service!.Restart.ToString(),
        "killmode" => u.Kill!.Mode.ToString(),
        "signals" => $"{u.Kill!.KillSignal}/{u.Kill.FinalKillSignal}/{u.Kill.RestartKillSignal}",
        "stop" => Time(u.Service!.TimeoutStopUs),
        "start" => Time(u.Service!.TimeoutStartUs),
        "startlimit" => $"{u.StartLimitIntervalUs}/{u.StartLimitBurst}",
        "conditions" =>
            string.Join('|', u.Conditions.Select(c =>
            (c.Triggering ? "|" : "") + (c.Negated ? "!" : "") + c.Argument))
            .TrimStart('|') is var t && u.Conditions.Any(c => c.Triggering) ? "|" + t
            : string.Join('|', u.Conditions.Select(c => (c.Negated ? "!" : "") + c.Argument)),
        "mounts" => string.Join(' ', u.RequiresMountsFor),
        "limits" =>
            string.Join(' ', u.Exec!.Limits.OrderBy(l => l.Resource).Select(l =>
            $"{l.Resource}={Limit(l.Soft)}:{Limit(l.Hard)}")),
        "umask" => Convert.ToString(u.Exec!.UMask, 8).PadLeft(4, '0'),
        "nice" => $"{u.Exec!.Nice}",
        "success" =>
            $"{string.Join(',', u.Service!.SuccessExitStatus.Codes)}/"
            + string.Join(',', u.Service.SuccessExitStatus.Signals),
        "directories" =>
            string.Join(' ', u.Exec!.Directories.Select(d =>
            d.Name + (d.Link is null ? "" : ":" + d.Link))),
        "output" => $"{u.Exec!.StandardOutput.Kind} {u.Exec.StandardOutput.Path}".TrimEnd(),
        "pidfile" => u.Service!.PidFile ?? "",
        "workdir" => (u.Exec!.WorkingDirectoryOptional ? "-" : "") + u.Exec.WorkingDirectory,
        "notify" => u.Service!.NotifyAccess.ToString(),
        _ => string.Join(' ', u.Dependencies.Where(d => d.Kind == Enum.Parse<DependencyKind>(fact))
            .Select(d => d.Target.Value)
            .Where(t => t is not ("system.slice" or "sysinit.target" or "basic.target"
                or "shutdown.target"
                or "tmp.mount" or "systemd-journald.socket")
                    || (t == "systemd-journald.socket" && fact == "After"
                    && u.Exec!.StandardError.Kind == StandardStream.Socket))),
    };

    private static string Time(long us) => us == ServiceSettings.Infinity ? "infinity"
        : us.ToString();

    private static string Limit(ulong value) => value == ulong.MaxValue ? "infinity"
        : value.ToString();
}
