using System.Globalization;
using InitTx.Cli.Client;
using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;
using InitTx.Core.Ports;
using InitTx.Protocol;
using InitTx.Protocol.Calls;

namespace InitTx.Cli.Compatibility;

/// <summary>
/// poweroff(8), reboot(8), halt(8), shutdown(8), telinit(8) and runlevel(8), as far as they become
/// requests to the manager. What would go past it (--force) or needs a clock (a time) is refused.
/// </summary>
internal static class PowerNames
{
    private static readonly string[] Ignored =
        ["--no-wall", "--no-wtmp", "-d", "-w", "--wtmp-only", "-q", "--quiet"];

    public static int Run(string name, IReadOnlyList<string> args, CliHost host)
    {
        var session = new Session(host, new GlobalOptions(), name);
        return name switch
        {
            "shutdown" => Shutdown(session, args),
            "telinit" => Telinit(session, args),
            "runlevel" => session.Fail(
                ExitCode.Failed, "runlevels are not kept", "see: initx list --type=target"),
            _ => Power(session, name, args),
        };
    }

    private static int Power(Session session, string name, IReadOnlyList<string> args)
    {
        ManagerMethod method = MethodOf(name);
        foreach (string arg in args)
        {
            switch (arg)
            {
                case "--halt":
                    method = ManagerMethod.Halt;
                    break;
                case "-p" or "--poweroff":
                    method = ManagerMethod.Poweroff;
                    break;
                case "--reboot":
                    method = ManagerMethod.Reboot;
                    break;
                case "-f" or "--force" or "-ff":
                    return session.Fail(
                        ExitCode.Usage,
                        "--force is not built yet in this version",
                        $"{name} without it stops everything in order");
                case "--help":
                    session.Out.WriteLine($"Usage: {name} [--halt|--poweroff|--reboot]");
                    return 0;
                default:
                    if (Array.IndexOf(Ignored, arg) < 0)
                        return session.Fail(
                            ExitCode.Usage, $"unknown argument {arg}", $"see: {name} --help");
                    break;
            }
        }

        return Request(session, method);
    }

    private static int Shutdown(Session session, IReadOnlyList<string> args)
    {
        ManagerMethod method = ManagerMethod.Poweroff;
        string? time = null;
        string? reason = null;
        foreach (string arg in args)
        {
            switch (arg)
            {
                case "-h" or "-P" or "--poweroff":
                    method = ManagerMethod.Poweroff;
                    break;
                case "-r" or "--reboot":
                    method = ManagerMethod.Reboot;
                    break;
                case "-H" or "--halt":
                    method = ManagerMethod.Halt;
                    break;
                case "-c" or "-k" or "--show":
                    return session.Fail(ExitCode.Usage, $"{arg} is not built yet in this version");
                default:
                    if (arg.StartsWith('-'))
                    {
                        if (Array.IndexOf(Ignored, arg) < 0)
                            return session.Fail(ExitCode.Usage, $"unknown option {arg}");
                    }
                    else if (time is null)
                    {
                        time = arg;
                    }
                    else
                    {
                        reason = reason is null ? arg : $"{reason} {arg}";
                    }

                    break;
            }
        }

        return time is "now" or "+0"
            ? Request(session, method, reason)
            : session.Fail(
                ExitCode.Usage,
                "a time is not built yet in this version",
                "shutdown now, with -r, -P or -H, is done at once");
    }

    private static int Telinit(Session session, IReadOnlyList<string> args)
    {
        string level = args.Count > 0 ? args[^1] : "";
        string? target = level switch
        {
            "1" or "s" or "S" => "rescue.target",
            "2" or "3" or "4" => "multi-user.target",
            "5" => "graphical.target",
            _ => null,
        };
        return level switch
        {
            "0" => Request(session, ManagerMethod.Poweroff),
            "6" => Request(session, ManagerMethod.Reboot),
            "q" or "Q" => Systemctl.CodeOfChange(Change.Follow(
                session, Calls.Of(ManagerMethod.DaemonReload, new CallParameters(), more: true))),
            "u" or "U" => Systemctl.CodeOfChange(Change.Follow(
                session, Calls.Of(ManagerMethod.Reexec, new CallParameters(), more: true))),
            _ when target is not null => Systemctl.CodeOfChange(Change.Follow(
                session,
                Calls.Of(
                    ManagerMethod.Isolate,
                    new CallParameters { Present = ParameterKeys.Units, Units = [target] },
                    more: true))),
            _ => session.Fail(
                ExitCode.Usage,
                string.Create(CultureInfo.InvariantCulture, $"'{level}' is no runlevel"),
                "0 to 6, s, q or u"),
        };
    }

    private static ManagerMethod MethodOf(string name) => name switch
    {
        "reboot" => ManagerMethod.Reboot,
        "halt" => ManagerMethod.Halt,
        _ => ManagerMethod.Poweroff,
    };

    private static int Request(Session session, ManagerMethod method, string? reason = null)
    {
        var parameters = new CallParameters();
        if (reason is not null)
            parameters = parameters with { Reason = reason, Present = ParameterKeys.Reason };
        return Systemctl.CodeOfChange(
            Change.Follow(session, Calls.Of(method, parameters, more: true)));
    }
}
