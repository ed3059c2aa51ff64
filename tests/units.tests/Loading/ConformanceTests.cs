using InitTx.Units.Model;

namespace InitTx.Units.Tests.Loading;

/// <summary>
/// The conformance table against the loader; the oracle layer gives it to systemd as well.
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
