using System.Globalization;
using InitTx.Init.Boot;
using InitTx.Init.Control;
using InitTx.Linux.Logging;
using InitTx.Units.Parsing;

namespace InitTx.Init.Logging;

/// <summary>How the logger is started.</summary>
internal static class LogStart
{
    /// <summary>Where <c>LogTarget=</c>, or the kernel command line, sends output.</summary>
    public static LogTargetKind Target(ManagerSetup setup) =>
        setup.CommandLine.Log ?? setup.Config.LogTarget;

    /// <summary>True where output goes through the logger.</summary>
    public static bool UsesLogger(ManagerSetup setup) => Target(setup) switch
    {
        LogTargetKind.Files or LogTargetKind.Syslog => true,
        LogTargetKind.Auto => setup.Facts.Text(BootFacts.ExecHelper) is not null,
        _ => false,
    };

    /// <summary>The same for those who ask.</summary>
    public static LogFacts Facts(ManagerSetup setup)
    {
        LogTargetKind target = Target(setup);
        string word = target switch
        {
            LogTargetKind.Syslog => "syslog",
            LogTargetKind.Journald => "journald",
            LogTargetKind.Console => "console",
            LogTargetKind.Kmsg => "kmsg",
            LogTargetKind.Null => "null",
            _ when UsesLogger(setup) => "files",
            _ => setup.IsPid1 && !setup.InContainer ? "kmsg" : "console",
        };
        return new LogFacts(word, Directory(setup), setup.Paths.Runtime + "/log");
    }

    /// <summary>argv; the socket is descriptor 3.</summary>
    public static List<string> Arguments(ManagerSetup setup, string boot, bool volatileOnly)
    {
        OutputSettings output = setup.Config.Output;
        List<string> arguments =
        [
            setup.Paths.ExecHelper, "--logger", "--socket=3",
            "--boot=" + LogRecord.ShortBoot(boot),
            "--dir=" + Directory(setup),
            $"--volatile-dir={setup.Paths.Runtime}/log",
            Option("--max-file-size=", output.MaxFileBytes),
            Option("--max-file-us=", output.MaxFileUs),
            Option("--max-files=", output.MaxFiles),
            Option("--max-age-us=", output.MaxAgeUs),
            Option("--rate-interval-us=", output.RateIntervalUs),
            Option("--rate-burst=", output.RateBurst),
        ];
        if (Target(setup) == LogTargetKind.Syslog)
            arguments.Add("--to=syslog");
        if (volatileOnly)
            arguments.Add("--volatile-only");
        return arguments;
    }

    private static string Directory(ManagerSetup setup) =>
        setup.Config.Output.Directory ?? setup.Paths.LogDirectory;

    private static string Option(string name, long value) =>
        name + value.ToString(CultureInfo.InvariantCulture);
}
