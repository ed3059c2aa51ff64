using InitTx.Cli.Client;
using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;
using InitTx.Core.Ports;
using InitTx.Protocol;
using InitTx.Protocol.Calls;

namespace InitTx.Cli.Compatibility;

/// <summary>
/// The part of systemctl(1) that packages' scripts and administrators' fingers use, with its words
/// and its exit status. What is not here is refused with systemctl's status for an unknown verb.
/// </summary>
internal static class Systemctl
{
    /// <summary>What systemctl exits with when it does not know a verb or an option.</summary>
    private const int Refusal = 1;

    /// <summary>
    /// The version that scripts are told: what this version follows (systemd 252).
    /// </summary>
    private const string ClaimedVersion = "systemd 252";

    public static int Run(IReadOnlyList<string> args, CliHost host)
    {
        SystemctlArguments given = SystemctlArguments.Parse(args);
        var session = new Session(host, given.Global, "systemctl") { Verb = given.Verb };
        if (given.Problem is { } problem)
            return Refuse(session, problem);
        if (given.Global.Version)
        {
            session.Out.WriteLine($"{ClaimedVersion} (InitTx {Invocation.Version})");
            session.Out.WriteLine("answered by initx");
            return 0;
        }

        if (given.Force && given.Verb is "poweroff" or "reboot" or "halt")
            return Refuse(session, "--force is not built yet in this version");
        return given.Verb switch
        {
            "start" => Change(session, given, ManagerMethod.Start),
            "stop" => Change(session, given, ManagerMethod.Stop),
            "restart" => Change(session, given, ManagerMethod.Restart),
            "try-restart" or "condrestart" => Change(session, given, ManagerMethod.TryRestart),
            "reload" => Change(session, given, ManagerMethod.Reload),
            "reload-or-restart" or "force-reload" =>
                Change(session, given, ManagerMethod.ReloadOrRestart),
            "isolate" => Change(session, given, ManagerMethod.Isolate),
            "kill" => Kill(session, given),
            "freeze" or "thaw" => Freezer(session, given),
            "reset-failed" => Via(session, "reset-failed", ["--", .. given.Units]),
            "daemon-reload" => Via(session, "daemon-reload", []),
            "daemon-reexec" => Via(session, "reexec", []),
            "is-active" => Via(session, "is-active", ["--", .. given.Units]),
            "is-failed" => Via(session, "is-failed", ["--", .. given.Units]),
            "enable" or "disable" or "mask" or "unmask" or "preset" or "preset-all"
                or "is-enabled" or "list-unit-files" or "edit" =>
                SystemctlInstall.Run(session, given),
            "is-system-running" => Via(session, "is-system-running", []),
            "status" => Via(session, "status", ["--", .. given.Units]),
            "cat" => Via(session, "cat", ["--", .. given.Units]),
            "show" => Show(session, given),
            "" or "list-units" => Via(session, "list", ListOptions(given)),
            "list-dependencies" => Via(session, "tree", ["--", .. given.Units]),
            "list-jobs" => Via(session, "jobs", []),
            "list-timers" => Via(session, "list-timers", TimerOptions(given)),
            "poweroff" or "reboot" or "halt" =>
                Via(session, given.Verb, given.NoBlock ? ["--no-block"] : []),
            "default" => Isolate(session, given, "default.target"),
            "rescue" or "emergency" => Isolate(session, given, given.Verb + ".target"),
            _ => Refuse(session, $"unknown or unsupported verb {given.Verb}"),
        };
    }

    /// <summary>
    /// systemctl's own codes: what is no code of its own becomes 1; "no such unit" of a change is 5
    /// (LSB: not installed), of is-* and status 3 and 4 as there.
    /// </summary>
    internal static int CodeOfChange(int code) => code switch
    {
        0 => 0,
        (int)ExitCode.NoSuchUnit => 5,
        (int)ExitCode.NotPermitted => 4,
        _ => Refusal,
    };

    private static int Change(Session session, SystemctlArguments given, ManagerMethod method)
    {
        if (given.Units.Count == 0)
            return Refuse(session, "too few arguments");
        if (UnitExpander.Expand(
            session, given.Units, out IReadOnlyList<string> units) is { } failed)
            return CodeOfChange(failed);
        var parameters = new CallParameters
        {
            Present = ParameterKeys.Units | ParameterKeys.Mode | ParameterKeys.NoBlock
                | ParameterKeys.NoRollback,
            Units = units,
            Mode = given.JobMode ?? "replace",
            NoBlock = given.NoBlock,

            // Scripts that call systemctl count on what it does: what started stays up.
            NoRollback = true,
        };
        int code = Commands.Change.Follow(
            session, Calls.Of(method, parameters, more: !given.NoBlock));
        return code is (int)ExitCode.Refused or (int)ExitCode.NotActive
            ? RefusalStatus.Of(session, method, units)
            : CodeOfChange(code);
    }

    private static int Isolate(Session session, SystemctlArguments given, string target) =>
        Change(session, given with { Units = [target] }, ManagerMethod.Isolate);

    private static int Show(Session session, SystemctlArguments given)
    {
        if (given.Units.Count == 0)
            return Refuse(session, "show without units is not built yet in this version");
        if (UnitExpander.Expand(
            session, given.Units, out IReadOnlyList<string> units) is { } failed)
            return CodeOfChange(failed);
        string[] keys = [.. given.Properties.SelectMany(
            p => p.Split(',', StringSplitOptions.RemoveEmptyEntries))];
        return CodeOfChange(ShowVerb.Show(session, units, keys, given.ValueOnly));
    }

    private static int Via(Session session, string verb, IReadOnlyList<string> args)
    {
        int code = VerbTable.Find(verb)!.Create!().Invoke(args, session);
        return verb switch
        {
            // These speak systemctl's codes already, but for ours of a manager that is away.
            "status" or "is-active" or "is-failed" or "is-system-running" =>
                code == (int)ExitCode.NotReachable ? Refusal : code,
            _ => CodeOfChange(code),
        };
    }

    // Without any process there is nobody to signal and nothing wrong; without the one that was
    // asked for there is.
    private static int Kill(Session session, SystemctlArguments given)
    {
        int code = VerbTable.Find("kill")!.Create!().Invoke(
            [.. KillOptions(given), "--", .. given.Units], session);
        return code == (int)ExitCode.NotActive && given.KillWhom is null or "all"
            ? 0
            : CodeOfChange(code);
    }

    // Whatever is wrong, systemctl says 1.
    private static int Freezer(Session session, SystemctlArguments given)
    {
        if (given.Units.Count == 0)
            return Refuse(session, "too few arguments");
        return Via(session, given.Verb, ["--", .. given.Units]) == 0 ? 0 : Refusal;
    }

    private static IReadOnlyList<string> KillOptions(SystemctlArguments given)
    {
        var options = new List<string>();
        if (given.Signal is { } signal)
            options.Add("--signal=" + signal);
        if (given.KillWhom is { } whom)
            options.Add("--kill-whom=" + whom);
        return options;
    }

    private static IReadOnlyList<string> ListOptions(SystemctlArguments given)
    {
        var options = new List<string>();
        if (given.States is { } states)
            options.Add("--state=" + states);
        if (given.Types is { } types)
            options.Add("--type=" + types);
        if (given.All)
            options.Add("--all");
        if (given.Failed)
            options.Add("--failed");
        if (given.NoLegend)
            options.Add("--no-legend");
        options.Add("--");
        options.AddRange(given.Units);
        return options;
    }

    private static IReadOnlyList<string> TimerOptions(SystemctlArguments given) =>
    [
        .. given.All ? (string[])["--all"] : [],
        .. given.NoLegend ? (string[])["--no-legend"] : [],
        "--", .. given.Units,
    ];

    private static int Refuse(Session session, string what)
    {
        session.Fail((ExitCode)Refusal, what, "answered by InitTx: see initx --help");
        return Refusal;
    }
}
