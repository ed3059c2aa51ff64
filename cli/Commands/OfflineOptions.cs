using System.CommandLine;
using InitTx.Cli.Hosting;
using InitTx.Cli.Offline;
using InitTx.Core.Ports;
using InitTx.Protocol;
using InitTx.Units.Model;

namespace InitTx.Cli.Commands;

/// <summary>--unit-path and --root: look at files instead of asking a manager.</summary>
internal static class OfflineOptions
{
    private const string UnitPathName = "--unit-path";
    private const string RootName = "--root";

    public static void AddTo(Command command)
    {
        command.Add(new Option<string>(UnitPathName)
        {
            Description = "Offline: unit files from there; a colon at the end adds the defaults",
            HelpName = "DIR[:DIR…]",
        });
        command.Add(new Option<string>(RootName)
        {
            Description = "Offline: the system below this directory",
            HelpName = "DIR",
        });
    }

    public static bool IsWanted(ParseResult result, IReadOnlyList<string> arguments) =>
        result.GetValue<string>(UnitPathName) is not null
        || result.GetValue<string>(RootName) is not null
        || arguments.Any(IsFile);

    /// <summary>A path rather than a name: it has a slash and is a file.</summary>
    public static bool IsFile(string argument) => argument.Contains('/') && File.Exists(argument);

    /// <summary>--root without a slash at the end; empty when it was not given.</summary>
    public static string RootOf(ParseResult result) =>
        result.GetValue<string>(RootName)?.TrimEnd('/') ?? "";

    /// <summary>Reads the units and finds those that were named; an exit status when not.</summary>
    public static int? Find(
        Session session, ParseResult result, IReadOnlyList<string> typed,
        out OfflineUnits units, out List<UnitName> names)
    {
        names = [];
        if (Load(session, result, [], out units) is { } failed)
            return failed;
        foreach (string text in typed)
        {
            if (GlobPattern.IsPattern(text))
            {
                string pattern = UnitArguments.CompletePattern(text);
                names.AddRange(units.Loader.Names.Where(
                    n => !n.IsTemplate && GlobPattern.Matches(pattern, n.Value)));
            }
            else if (UnitArguments.TryComplete(text, out string name))
            {
                names.Add(UnitName.Parse(name));
            }
            else
            {
                return session.Misuse($"'{text}' is no unit name");
            }
        }

        return names.Count > 0
            ? null
            : session.Fail(ExitCode.NoSuchUnit, "no unit matches " + string.Join(' ', typed));
    }

    /// <summary>Reads the units; an exit status when that is not possible.</summary>
    /// <param name="first">Directories that go before all others.</param>
    public static int? Load(
        Session session, ParseResult result, IReadOnlyList<string> first, out OfflineUnits units)
    {
        string? path = result.GetValue<string>(UnitPathName);
        string? root = result.GetValue<string>(RootName);
        units = null!;
        if (root is not null && !Directory.Exists(root))
        {
            return session.Fail(
                ExitCode.Usage, $"--root={root} is no directory", "name the root of a system");
        }

        foreach (string directory in path?.Split(':', StringSplitOptions.RemoveEmptyEntries) ?? [])
        {
            if (!Directory.Exists((root?.TrimEnd('/') ?? "") + directory))
                return session.Fail(ExitCode.Usage, $"--unit-path: {directory} is no directory");
        }

        units = OfflineUnits.Read(session, path, root?.TrimEnd('/') ?? "", first);
        return null;
    }
}
