using InitTx.Units.Model;

namespace InitTx.Units.Loading;

/// <summary>
/// Completes the settings of a service or socket once all files are read, and finds combinations
/// that cannot work (systemd.service(5), systemd.socket(5)).
/// </summary>
internal static class ServiceVerifier
{
    /// <summary>
    /// Fills in what follows from other settings; the text is what makes the unit bad, or null.
    /// </summary>
    public static string? Complete(UnitDraft draft, ManagerDefaults defaults)
    {
        FixStreams(draft, defaults);
        if (draft.Name.Kind == UnitKind.Socket)
            return Socket(draft);
        return draft.Name.Kind == UnitKind.Service ? Service(draft, defaults) : null;
    }

    // "inherit" is what nothing was written for: it means the manager's default, unless the input
    // is one that can carry output as well.
    private static void FixStreams(UnitDraft draft, ManagerDefaults defaults)
    {
        ExecSettings x = draft.Exec;
        if (x.StandardInput.Kind is StandardStream.Tty or StandardStream.TtyForce
            or StandardStream.TtyFail or StandardStream.Socket or StandardStream.FdName)
            return;
        if (x.StandardError.Kind == StandardStream.Inherit
            && x.StandardOutput.Kind == StandardStream.Inherit)
            x = x with { StandardError = defaults.StandardError };
        if (x.StandardOutput.Kind == StandardStream.Inherit)
            x = x with { StandardOutput = defaults.StandardOutput };
        draft.Exec = x;
    }

    private static string? Service(UnitDraft draft, ManagerDefaults defaults)
    {
        ServiceSettings v = draft.Service;
        ServiceType type = draft.Type ?? (v.BusName is not null ? ServiceType.Dbus
            : v.ExecStart.Count > 0 ? ServiceType.Simple : ServiceType.Oneshot);
        v = v with { Type = type };
        if (type == ServiceType.Oneshot && !draft.StartTimeoutWritten)
            v = v with { TimeoutStartUs = ServiceSettings.Infinity };
        if (!draft.AbortTimeoutWritten)
            v = v with { TimeoutAbortUs = defaults.TimeoutAbortUs ?? v.TimeoutStopUs };
        bool notifies = type is ServiceType.Notify or ServiceType.NotifyReload || v.WatchdogUs > 0;
        if (notifies && v.NotifyAccess == NotifyAccess.None)
            v = v with { NotifyAccess = NotifyAccess.Main };
        draft.Service = draft.PermissionsStartOnly ? WithFullPrivileges(v) : v;
        return ServiceFault(draft, v, type);
    }

    private static string? ServiceFault(UnitDraft draft, ServiceSettings v, ServiceType type)
    {
        bool action = draft.Unit.SuccessAction != "none";
        if (v.ExecStart.Count == 0 && v.ExecStop.Count == 0 && !action)
            return "the service has no ExecStart=, ExecStop= or SuccessAction=";
        if (type != ServiceType.Oneshot && v.ExecStart.Count == 0 && !action)
            return "the service has no ExecStart=, which only Type=oneshot may leave out";
        if (!v.RemainAfterExit && v.ExecStart.Count == 0 && !action)
            return "the service has no ExecStart=, which only RemainAfterExit=yes services may "
                + "leave out";
        if (type != ServiceType.Oneshot && v.ExecStart.Count > 1)
            return $"{v.ExecStart[1].Source}: more than one ExecStart=, which only Type=oneshot "
                + "may have; clear the list with an empty ExecStart= first";
        if (type == ServiceType.Oneshot && v.Restart is RestartMode.Always or RestartMode.OnSuccess)
            return "Restart=always and on-success are not allowed for Type=oneshot; write "
                + "on-failure";
        if (type == ServiceType.Oneshot && v.RestartForceExitStatus != ExitStatusSet.Empty
            && v.RestartForceExitStatus.Codes.Count + v.RestartForceExitStatus.Signals.Count > 0)
            return "RestartForceExitStatus= is not allowed for Type=oneshot";
        if (type == ServiceType.Dbus && v.BusName is null)
            return "Type=dbus needs BusName=";
        if ((v.RestartSteps > 0) != (v.RestartMaxDelayUs != ServiceSettings.Infinity))
        {
            draft.Findings.Add(new Diagnostic(
                DiagnosticSeverity.Warning, new SourceLocation(draft.Unit.FragmentPath ?? "", 0),
                v.RestartSteps > 0 ? "RestartSteps" : "RestartMaxDelaySec",
                "has no effect: RestartSteps= and RestartMaxDelaySec= go together"));
        }

        if (type == ServiceType.Oneshot && v.RuntimeMaxUs != ServiceSettings.Infinity)
        {
            draft.Findings.Add(new Diagnostic(
                DiagnosticSeverity.Warning, new SourceLocation(draft.Unit.FragmentPath ?? "", 0),
                "RuntimeMaxSec", "has no effect on Type=oneshot; write TimeoutStartSec="));
        }

        return null;
    }

    // PermissionsStartOnly=yes is the old spelling of '+' on every command but ExecStart.
    private static ServiceSettings WithFullPrivileges(ServiceSettings v) => v with
    {
        ExecCondition = Privileged(v.ExecCondition),
        ExecStartPre = Privileged(v.ExecStartPre),
        ExecStartPost = Privileged(v.ExecStartPost),
        ExecReload = Privileged(v.ExecReload),
        ExecStop = Privileged(v.ExecStop),
        ExecStopPost = Privileged(v.ExecStopPost),
    };

    private static List<ExecCommand> Privileged(IReadOnlyList<ExecCommand> commands)
    {
        var list = new List<ExecCommand>(commands.Count);
        foreach (ExecCommand c in commands)
            list.Add(c with { Flags = c.Flags | ExecCommandFlags.FullyPrivileged });
        return list;
    }

    private static bool CanAccept(ListenSetting listen) =>
        listen.Kind is ListenKind.Stream or ListenKind.SequentialPacket;

    private static string? Socket(UnitDraft draft)
    {
        SocketSettings v = draft.Socket;
        if (v.Listen.Count == 0)
            return "the socket has no address; write ListenStream=, ListenDatagram= or another "
                + "Listen line";
        if (v.Accept && draft.Triggered is not null)
            return $"{draft.Triggered.Value.Source}: Service= cannot be combined with Accept=yes";
        if (v.Accept && v.MaxConnections < 1)
            return "MaxConnections= lets nobody in";
        int files = 0;
        foreach (ListenSetting listen in v.Listen)
        {
            if (v.Accept && !CanAccept(listen))
                return $"{listen.Source}: Accept=yes needs ListenStream= or "
                    + "ListenSequentialPacket=, this is no socket that connections come in by";
            if (listen.Address.StartsWith('/')
                && listen.Kind is not (ListenKind.Special or ListenKind.MessageQueue))
                files++;
        }

        if (v.Symlinks.Count > 0 && files != 1)
            return "Symlinks= needs exactly one socket in the file system";
        draft.Socket = v with
        {
            // A service for each connection: more are let through at once.
            TriggerLimitBurst = v.Accept && !draft.TriggerBurstWritten ? 200 : v.TriggerLimitBurst,
            Service = v.Accept ? default
                : draft.Triggered?.Target ?? draft.Name.WithKind(UnitKind.Service),
            FileDescriptorName = v.FileDescriptorName ?? draft.Name.Value,
        };
        return null;
    }
}
