using InitTx.Units.Model;

namespace InitTx.Units.Recording;

/// <summary>[Service] settings and the commands that sockets have as well.</summary>
internal static class ServiceRecording
{
    public static void Write(Packer to, ServiceSettings s)
    {
        to.Byte((byte)s.Type);
        to.Bool(s.RemainAfterExit);
        to.Bool(s.GuessMainPid);
        to.Text(s.PidFile);
        to.Text(s.BusName);
        to.List(s.ExecCondition, WriteCommand);
        to.List(s.ExecStartPre, WriteCommand);
        to.List(s.ExecStart, WriteCommand);
        to.List(s.ExecStartPost, WriteCommand);
        to.List(s.ExecReload, WriteCommand);
        to.List(s.ExecStop, WriteCommand);
        to.List(s.ExecStopPost, WriteCommand);
        to.Byte((byte)s.Restart);
        to.Number(s.RestartUs);
        to.Number(s.RestartSteps);
        to.Number(s.RestartMaxDelayUs);
        to.Byte((byte)s.TimeoutStartFailureMode);
        to.Byte((byte)s.TimeoutStopFailureMode);
        to.Number(s.FileDescriptorStoreMax);
        to.Byte((byte)s.StorePreserve);
        to.Byte((byte)s.ExitType);
        to.Byte((byte)s.OomPolicy);
        to.Number(s.TimeoutStartUs);
        to.Number(s.TimeoutStopUs);
        to.Number(s.TimeoutAbortUs);
        to.Number(s.RuntimeMaxUs);
        to.Number(s.RuntimeRandomizedExtraUs);
        to.Number(s.WatchdogUs);
        to.Byte((byte)s.NotifyAccess);
        WriteStatuses(to, s.SuccessExitStatus);
        WriteStatuses(to, s.RestartPreventExitStatus);
        WriteStatuses(to, s.RestartForceExitStatus);
        to.Names(s.Sockets);
        to.List(s.ExecCheck, WriteCommand);
        to.List(s.Verbs, WriteVerb);
        to.Number(s.TimeoutVerbUs);
    }

    public static ServiceSettings Read(Unpacker from) => new()
    {
        Type = (ServiceType)from.Byte((byte)ServiceType.Idle),
        RemainAfterExit = from.Bool(),
        GuessMainPid = from.Bool(),
        PidFile = from.TextOrNull(),
        BusName = from.TextOrNull(),
        ExecCondition = from.Array(ReadCommand),
        ExecStartPre = from.Array(ReadCommand),
        ExecStart = from.Array(ReadCommand),
        ExecStartPost = from.Array(ReadCommand),
        ExecReload = from.Array(ReadCommand),
        ExecStop = from.Array(ReadCommand),
        ExecStopPost = from.Array(ReadCommand),
        Restart = (RestartMode)from.Byte((byte)RestartMode.Always),
        RestartUs = from.Number(),
        RestartSteps = from.Int(),
        RestartMaxDelayUs = from.Number(),
        TimeoutStartFailureMode = (TimeoutFailureMode)from.Byte((byte)TimeoutFailureMode.Kill),
        TimeoutStopFailureMode = (TimeoutFailureMode)from.Byte((byte)TimeoutFailureMode.Kill),
        FileDescriptorStoreMax = from.Int(),
        StorePreserve = (StorePreserve)from.Byte((byte)StorePreserve.Yes),
        ExitType = (ServiceExitType)from.Byte((byte)ServiceExitType.Cgroup),
        OomPolicy = (OomPolicy)from.Byte((byte)OomPolicy.Kill),
        TimeoutStartUs = from.Number(),
        TimeoutStopUs = from.Number(),
        TimeoutAbortUs = from.Number(),
        RuntimeMaxUs = from.Number(),
        RuntimeRandomizedExtraUs = from.Number(),
        WatchdogUs = from.Number(),
        NotifyAccess = (NotifyAccess)from.Byte((byte)NotifyAccess.All),
        SuccessExitStatus = ReadStatuses(from),
        RestartPreventExitStatus = ReadStatuses(from),
        RestartForceExitStatus = ReadStatuses(from),
        Sockets = from.Names(),
        ExecCheck = from.Array(ReadCommand),
        Verbs = from.Array(ReadVerb),
        TimeoutVerbUs = from.Number(),
    };

    public static void WriteCommand(Packer to, ExecCommand command)
    {
        to.Text(command.Path);
        to.Texts(command.Arguments);
        to.Byte((byte)command.Flags);
        to.Source(command.Source);
    }

    public static ExecCommand ReadCommand(Unpacker from) => new(
        from.Text(), from.Texts(), (ExecCommandFlags)from.Byte(31), from.Source());

    private static void WriteVerb(Packer to, ServiceVerb verb)
    {
        to.Text(verb.Name);
        to.List(verb.Commands, WriteCommand);
    }

    private static ServiceVerb ReadVerb(Unpacker from) =>
        new(from.Text(), from.Array(ReadCommand));

    private static void WriteStatuses(Packer to, ExitStatusSet set)
    {
        to.List(set.Codes, static (t, code) => t.Number(code));
        to.List(set.Signals, static (t, signal) => t.Number(signal));
    }

    private static ExitStatusSet ReadStatuses(Unpacker from)
    {
        int[] codes = from.Array(static f => f.Int());
        int[] signals = from.Array(static f => f.Int());
        return codes.Length + signals.Length == 0
            ? ExitStatusSet.Empty : new ExitStatusSet(codes, signals);
    }
}
