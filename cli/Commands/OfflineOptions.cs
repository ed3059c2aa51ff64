using System.CommandLine;
using InitTx.Cli.Hosting;
using InitTx.Core.Ports;

namespace InitTx.Cli.Commands;

/// <summary>--unit-path and --root: look at files instead of asking a manager.</summary>
internal static class OfflineOptions
{
    public static void AddTo(Command command)
    {
        command.Add(new Option<string>("--unit-path")
        {
            Description = "Offline: unit files from these directories; a colon at the end adds the defaults",
            HelpName = "DIR[:DIR…]",
        });
        command.Add(new Option<string>("--root")
        {
            Description = "Offline: the system below this directory",
            HelpName = "DIR",
        });
    }

    public static bool IsWanted(ParseResult result, IReadOnlyList<string> arguments) =>
        result.GetValue<string>("--unit-path") is not null
        || result.GetValue<string>("--root") is not null
        || arguments.Any(IsFile);

    /// <summary>A path rather than a name: it has a slash and is no unit by its path.</summary>
    public static bool IsFile(string argument) =>
        argument.Contains('/') && File.Exists(argument);
}

internal static class OfflineLint
{
    public static int Run(Session session, ParseResult result, IReadOnlyList<string> arguments) =>
        session.Fail(ExitCode.Usage, "offline lint is not built yet in this version");
}

internal static class OfflinePlan
{
    public static int Run(
        Session session, ParseResult result, string verb, IReadOnlyList<string> units, string? mode) =>
        session.Fail(ExitCode.Usage, "offline plans are not built yet in this version");
}
