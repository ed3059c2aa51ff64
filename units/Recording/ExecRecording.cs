using InitTx.Units.Model;

namespace InitTx.Units.Recording;

/// <summary>The settings of systemd.exec(5) and systemd.kill(5).</summary>
internal static class ExecRecording
{
    public static void Write(Packer to, ExecSettings x)
    {
        to.Text(x.User);
        to.Text(x.Group);
        to.Texts(x.SupplementaryGroups);
        to.Bool(x.DynamicUser);
        to.Text(x.WorkingDirectory);
        to.Bool(x.WorkingDirectoryOptional);
        to.List(x.Environment, static (t, pair) =>
        {
            t.Text(pair.Key);
            t.Text(pair.Value);
        });
        to.List(x.EnvironmentFiles, static (t, file) =>
        {
            t.Text(file.Path);
            t.Bool(file.Optional);
            t.Source(file.Source);
        });
        to.Texts(x.PassEnvironment);
        to.Texts(x.UnsetEnvironment);
        to.Number(x.UMask);
        to.NumberOrNull(x.Nice);
        to.NumberOrNull(x.OomScoreAdjust);
        to.List(x.Limits, static (t, limit) =>
        {
            t.Number(limit.Resource);
            t.Unsigned(limit.Soft);
            t.Unsigned(limit.Hard);
        });
        to.Bool(x.NoNewPrivileges);
        to.Bool(x.IgnoreSigpipe);
        to.Bool(x.NonBlocking);
        to.Shared(to.Streams, x.StandardInput, WriteStream);
        to.Shared(to.Streams, x.StandardOutput, WriteStream);
        to.Shared(to.Streams, x.StandardError, WriteStream);
        to.Text(x.TtyPath);
        to.Text(x.SyslogIdentifier);
        WriteLog(to, x.Log);
        to.List(x.Directories, static (t, directory) =>
        {
            t.Text(directory.Base);
            t.Text(directory.Name);
            t.Text(directory.Link);
        });
        to.Number(x.RuntimeDirectoryMode);
        to.Number(x.StateDirectoryMode);
        to.Number(x.CacheDirectoryMode);
        to.Number(x.LogsDirectoryMode);
        to.Number(x.ConfigurationDirectoryMode);
        to.Byte((byte)x.RuntimeDirectoryPreserve);
        to.Bool(x.RemovesIpc);
        to.List(x.Setup, static (t, option) =>
        {
            t.Text(option.Key);
            t.Text(option.Value);
        });
    }

    public static ExecSettings Read(Unpacker from) => new()
    {
        User = from.TextOrNull(),
        Group = from.TextOrNull(),
        SupplementaryGroups = from.Texts(),
        DynamicUser = from.Bool(),
        WorkingDirectory = from.TextOrNull(),
        WorkingDirectoryOptional = from.Bool(),
        Environment = from.Array(static f => KeyValuePair.Create(f.Text(), f.Text())),
        EnvironmentFiles = from.Array(static f =>
            new EnvironmentFileSetting(f.Text(), f.Bool(), f.Source())),
        PassEnvironment = from.Texts(),
        UnsetEnvironment = from.Texts(),
        UMask = from.Int(),
        Nice = from.IntOrNull(),
        OomScoreAdjust = from.IntOrNull(),
        Limits = from.Array(static f => new ResourceLimit(f.Int(), f.Unsigned(), f.Unsigned())),
        NoNewPrivileges = from.Bool(),
        IgnoreSigpipe = from.Bool(),
        NonBlocking = from.Bool(),
        StandardInput = from.Shared(from.Streams),
        StandardOutput = from.Shared(from.Streams),
        StandardError = from.Shared(from.Streams),
        TtyPath = from.TextOrNull(),
        SyslogIdentifier = from.TextOrNull(),
        Log = ReadLog(from),
        Directories = from.Array(static f =>
            new ServiceDirectory(f.Text(), f.Text(), f.TextOrNull())),
        RuntimeDirectoryMode = from.Int(),
        StateDirectoryMode = from.Int(),
        CacheDirectoryMode = from.Int(),
        LogsDirectoryMode = from.Int(),
        ConfigurationDirectoryMode = from.Int(),
        RuntimeDirectoryPreserve = (DirectoryPreserve)from.Byte((byte)DirectoryPreserve.Restart),
        RemovesIpc = from.Bool(),
        Setup = from.Array(static f => new SetupOption(f.Text(), f.Text())),
    };

    // Most units say nothing about it: they share one object.
    private static void WriteLog(Packer to, LogSettings log)
    {
        bool standard = log == LogSettings.Standard;
        to.Bool(standard);
        if (standard)
            return;
        to.Number(log.Facility);
        to.Number(log.Level);
        to.Bool(log.LevelPrefix);
        to.Number(log.LevelMax);
        to.Number(log.RateIntervalUs);
        to.Number(log.RateBurst);
    }

    private static LogSettings ReadLog(Unpacker from) => from.Bool()
        ? LogSettings.Standard
        : new LogSettings
        {
            Facility = from.Int(),
            Level = from.Int(),
            LevelPrefix = from.Bool(),
            LevelMax = from.Int(),
            RateIntervalUs = from.Number(),
            RateBurst = from.Int(),
        };

    public static StreamTarget ReadStream(Unpacker from) => new(
        (StandardStream)from.Byte((byte)StandardStream.Data), from.TextOrNull());

    public static void WriteKill(Packer to, KillSettings kill)
    {
        to.Byte((byte)kill.Mode);
        to.Number(kill.KillSignal);
        to.NumberOrNull(kill.RestartKillSignal);
        to.Number(kill.FinalKillSignal);
        to.Number(kill.WatchdogSignal);
        to.Bool(kill.SendSigkill);
        to.Bool(kill.SendSighup);
    }

    public static KillSettings ReadKill(Unpacker from) => new()
    {
        Mode = (KillMode)from.Byte((byte)KillMode.None),
        KillSignal = from.Int(),
        RestartKillSignal = from.IntOrNull(),
        FinalKillSignal = from.Int(),
        WatchdogSignal = from.Int(),
        SendSigkill = from.Bool(),
        SendSighup = from.Bool(),
    };

    private static void WriteStream(Packer to, StreamTarget target)
    {
        to.Byte((byte)target.Kind);
        to.Text(target.Path);
    }
}
