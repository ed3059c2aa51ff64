using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Loading.Sections;

/// <summary>[Service]: life cycle, commands and times (systemd.service(5)).</summary>
internal static class ServiceSection
{
    private static readonly string[] Types =
        ["simple", "forking", "oneshot", "dbus", "notify", "notify-reload", "idle", "exec"];

    private static readonly ServiceType[] TypeValues =
    [
        ServiceType.Simple, ServiceType.Forking, ServiceType.Oneshot, ServiceType.Dbus,
        ServiceType.Notify, ServiceType.NotifyReload, ServiceType.Idle, ServiceType.Exec,
    ];

    private static readonly string[] Restarts =
    [
        "no", "on-success", "on-failure", "on-abnormal", "on-watchdog", "on-abort", "always",
    ];

    private static readonly string[] FailureModes = ["terminate", "abort", "kill"];

    private static readonly string[] Accesses = ["none", "main", "exec", "all"];

    /// <summary>Applies one assignment; false when the key is not handled here.</summary>
    public static bool Apply(in Setting s) =>
        Life(s) || Names(s) || Statuses(s) || Commands(s) || Times(s)
            || UnitSection.ApplyFromService(s);

    private static bool Life(in Setting s)
    {
        UnitDraft d = s.Draft;
        int choice;
        switch (s.Key)
        {
            case "Type":
                if ((choice = s.Choice(Types)) >= 0)
                    d.Type = TypeValues[choice];
                return true;
            case "Restart":
                if ((choice = s.Choice(Restarts)) >= 0)
                    d.Service = d.Service with { Restart = (RestartMode)choice };
                return true;
            case "NotifyAccess":
                if ((choice = s.Choice(Accesses)) >= 0)
                    d.Service = d.Service with { NotifyAccess = (NotifyAccess)choice };
                return true;
            case "ExitType":
                if ((choice = s.Choice(["main", "cgroup"])) >= 0)
                    d.Service = d.Service with { ExitType = (ServiceExitType)choice };
                return true;
            case "OOMPolicy":
                if ((choice = s.Choice(["stop", "continue", "kill"])) >= 0)
                    d.OomPolicy = (OomPolicy)choice;
                return true;
            case "TimeoutStartFailureMode":
                if ((choice = s.Choice(FailureModes)) >= 0)
                {
                    d.Service = d.Service with
                    {
                        TimeoutStartFailureMode = (TimeoutFailureMode)choice,
                    };
                }

                return true;
            case "TimeoutStopFailureMode":
                if ((choice = s.Choice(FailureModes)) >= 0)
                {
                    d.Service = d.Service with
                    {
                        TimeoutStopFailureMode = (TimeoutFailureMode)choice,
                    };
                }

                return true;
            case "FileDescriptorStoreMax":
                d.Service = d.Service with
                {
                    FileDescriptorStoreMax =
                        s.Integer(d.Service.FileDescriptorStoreMax, 0, int.MaxValue),
                };
                return true;
            case "FileDescriptorStorePreserve":
                if ((choice = s.Choice(["restart", "no", "false", "yes", "true"])) >= 0)
                {
                    d.Service = d.Service with
                    {
                        StorePreserve = choice switch
                        {
                            0 => StorePreserve.Restart,
                            1 or 2 => StorePreserve.No,
                            _ => StorePreserve.Yes,
                        },
                    };
                }

                return true;
            case "RemainAfterExit":
                d.Service = d.Service with
                {
                    RemainAfterExit =
                    s.Boolean(d.Service.RemainAfterExit)
                };
                return true;
            case "GuessMainPID":
                d.Service = d.Service with { GuessMainPid = s.Boolean(d.Service.GuessMainPid) };
                return true;
            case "PermissionsStartOnly":
                d.PermissionsStartOnly = s.Boolean(d.PermissionsStartOnly);
                return true;
            case "NonBlocking":
                d.Exec = d.Exec with { NonBlocking = s.Boolean(d.Exec.NonBlocking) };
                return true;
            default:
                return false;
        }
    }

    private static bool Names(in Setting s)
    {
        UnitDraft d = s.Draft;
        switch (s.Key)
        {
            case "PIDFile":
                PidFile(s);
                return true;
            case "BusName":
                if (s.IsReset)
                    d.Service = d.Service with { BusName = null };
                else if (s.TryExpand(out string name) && IsBusName(name))
                    d.Service = d.Service with { BusName = name };
                else
                    s.Warn($"'{s.Shown}' is no D-Bus name, ignored; write for example "
                        + "org.example.Name");
                return true;
            case "Sockets":
                Sockets(s);
                return true;
            default:
                return false;
        }
    }

    // A relative path is below the runtime directory; /var/run is where it was in former times.
    private static void PidFile(in Setting s)
    {
        UnitDraft d = s.Draft;
        if (s.IsReset)
        {
            d.Service = d.Service with { PidFile = null };
            return;
        }

        if (!s.TryExpand(out string path))
            return;
        if (!path.StartsWith('/'))
            path = d.Specifiers.TryExpand("%t", out string runtime, out _) ? $"{runtime}/{path}"
                : path;
        if (PathText.Fault(path, absolute: true) is { } fault)
        {
            s.Warn($"{fault}, ignored");
            return;
        }

        path = PathText.Collapse(path);
        if (PathText.WithoutVarRun(path) is { } run)
        {
            s.Warn($"'{path}' is below /var/run; {run} is used, please update the unit file");
            path = run;
        }

        d.Service = d.Service with { PidFile = path };
    }

    private static void Sockets(in Setting s)
    {
        UnitDraft d = s.Draft;
        foreach ((string word, int offset) in s.Words(WordRules.KeepBackslash))
        {
            if (DependencySection.Name(s, word, offset) is not { } name)
                continue;
            if (name.Kind != UnitKind.Socket)
            {
                s.Warn($"'{name}' is not a socket unit, ignored", offset);
                continue;
            }

            SourceLocation source = s.Locate(offset);
            d.Asked.Add((DependencyKind.Wants, name, source));
            d.Asked.Add((DependencyKind.After, name, source));
            d.Asked.Add((DependencyKind.TriggeredBy, name, source));
        }
    }

    private static bool Statuses(in Setting s)
    {
        ServiceSettings v = s.Draft.Service;
        switch (s.Key)
        {
            case "SuccessExitStatus":
                v = v with { SuccessExitStatus = Statuses(s, v.SuccessExitStatus) };
                break;
            case "RestartPreventExitStatus":
                v = v with { RestartPreventExitStatus = Statuses(s, v.RestartPreventExitStatus) };
                break;
            case "RestartForceExitStatus":
                v = v with { RestartForceExitStatus = Statuses(s, v.RestartForceExitStatus) };
                break;
            default:
                return false;
        }

        s.Draft.Service = v;
        return true;
    }

    private static ExitStatusSet Statuses(in Setting s, ExitStatusSet current)
    {
        var codes = new SortedSet<int>(current.Codes);
        var signals = new SortedSet<int>(current.Signals);
        if (s.IsReset)
            return ExitStatusSet.Empty;
        foreach ((string word, int offset) in s.Words(WordRules.None))
        {
            if (ExitStatusParser.Parse(word) is { } code)
                codes.Add(code);
            else if (SignalNames.Parse(word) is { } signal)
                signals.Add(signal);
            else
                s.Warn($"'{word}' is neither an exit status nor a signal, ignored", offset);
        }

        return new ExitStatusSet([.. codes], [.. signals]);
    }

    private static bool Commands(in Setting s)
    {
        ServiceSettings v = s.Draft.Service;
        switch (s.Key)
        {
            case "ExecCondition":
                v = v with { ExecCondition = CommandList.Extend(s, v.ExecCondition) };
                break;
            case "ExecStartPre":
                v = v with { ExecStartPre = CommandList.Extend(s, v.ExecStartPre) };
                break;
            case "ExecStart":
                v = v with { ExecStart = CommandList.Extend(s, v.ExecStart) };
                break;
            case "ExecStartPost":
                v = v with { ExecStartPost = CommandList.Extend(s, v.ExecStartPost) };
                break;
            case "ExecReload":
                v = v with { ExecReload = CommandList.Extend(s, v.ExecReload) };
                break;
            case "ExecStop":
                v = v with { ExecStop = CommandList.Extend(s, v.ExecStop) };
                break;
            case "ExecStopPost":
                v = v with { ExecStopPost = CommandList.Extend(s, v.ExecStopPost) };
                break;
            default:
                return false;
        }

        s.Draft.Service = v;
        return true;
    }

    private static bool Times(in Setting s)
    {
        UnitDraft d = s.Draft;
        switch (s.Key)
        {
            case "RestartSec":
                d.Service = d.Service with { RestartUs = s.Duration(d.Service.RestartUs) };
                return true;
            case "RestartSteps":
                d.Service = d.Service with
                {
                    RestartSteps = s.Integer(d.Service.RestartSteps, 0, int.MaxValue),
                };
                return true;
            case "RestartMaxDelaySec":
                d.Service = d.Service with
                {
                    RestartMaxDelayUs = s.Duration(d.Service.RestartMaxDelayUs),
                };
                return true;
            case "RuntimeRandomizedExtraSec":
                d.Service = d.Service with
                {
                    RuntimeRandomizedExtraUs = s.Duration(d.Service.RuntimeRandomizedExtraUs),
                };
                return true;
            case "TimeoutSec" or "TimeoutStartSec":
                if (!s.TryTimeout(out long start))
                    return true;
                d.StartTimeoutWritten = true;
                d.Service = d.Service with { TimeoutStartUs = start };
                if (s.Key == "TimeoutSec")
                    d.Service = d.Service with { TimeoutStopUs = start };
                return true;
            case "TimeoutStopSec":
                if (s.TryTimeout(out long stop))
                    d.Service = d.Service with { TimeoutStopUs = stop };
                return true;
            case "TimeoutAbortSec":
                d.AbortTimeoutWritten = !s.IsReset;
                if (!s.IsReset)
                    d.Service = d.Service
                        with
                    { TimeoutAbortUs = s.Duration(d.Service.TimeoutAbortUs) };
                return true;
            case "RuntimeMaxSec":
                d.Service = d.Service with { RuntimeMaxUs = s.Duration(d.Service.RuntimeMaxUs) };
                return true;
            case "WatchdogSec":
                long watchdog = s.Duration(d.Service.WatchdogUs);
                d.Service = d.Service with
                {
                    WatchdogUs = watchdog == ServiceSettings.Infinity ? 0
                    : watchdog
                };
                return true;
            default:
                return false;
        }
    }

    private static bool IsBusName(string name)
    {
        if (name.Length > 255 || !name.Contains('.', StringComparison.Ordinal)
            || name.StartsWith(':'))
            return false;
        foreach (string element in name.Split('.'))
        {
            if (element.Length == 0 || char.IsAsciiDigit(element[0]))
                return false;
            foreach (char c in element)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-'))
                    return false;
            }
        }

        return true;
    }
}

/// <summary>Lists of commands, shared by services and sockets.</summary>
internal static class CommandList
{
    /// <summary>The list with the commands of one more line; an empty line clears it.</summary>
    public static IReadOnlyList<ExecCommand> Extend(in Setting s,
        IReadOnlyList<ExecCommand> current) => s.IsReset ? [] : Extend(s, current, 0);

    /// <summary>The same where the command begins behind other words of the value.</summary>
    /// <param name="from">Offset of the command in the value.</param>
    public static List<ExecCommand> Extend(
        Setting s, IReadOnlyList<ExecCommand> current, int from)
    {
        List<ExecCommand> commands = Setting.Own(current);
        List<ValueFault> faults = [];
        ExecLineParser.Parse(s.Value[from..], s.Draft.Specifiers,
            offset => s.Locate(from + offset), commands, faults);
        foreach (ValueFault fault in faults)
        {
            if (fault.IsFatal)
                s.Fatal(fault.Message, from + fault.Offset);
            else
                s.Warn(fault.Message, from + fault.Offset);
        }

        if (commands.Count > s.Draft.Limits.MaxListItems)
            s.Fatal($"more than {s.Draft.Limits.MaxListItems} commands");
        return commands;
    }
}
