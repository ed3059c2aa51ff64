using System.Reflection;
using InitTx.Cli.Commands;
using InitTx.Cli.Compatibility;
using InitTx.Cli.Hosting;
using InitTx.Core.Ports;

namespace InitTx.Cli;

/// <summary>
/// From a command line to an exit status. Cheap first: argv is cut by hand, and only the verb that
/// was typed is built.
/// </summary>
internal static class Invocation
{
    /// <summary>The product's version.</summary>
    public static string Version { get; } =
        typeof(Invocation).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion ?? "unknown";

    /// <summary>Runs one call.</summary>
    /// <param name="calledAs">argv[0]; its last part decides which program is meant.</param>
    public static int Run(string calledAs, IReadOnlyList<string> args, CliHost host)
    {
        string name = calledAs[(calledAs.LastIndexOf('/') + 1)..];
        return name switch
        {
            "systemctl" => Systemctl.Run(args, host),
            "poweroff" or "reboot" or "halt" or "shutdown" or "telinit" or "runlevel" =>
                PowerNames.Run(name, args, host),
            _ => RunInitx(args, host),
        };
    }

    /// <summary>A verb of CONTRACT that this version does not have.</summary>
    public static int RefusePlanned(Session session, VerbEntry entry)
    {
        session.Verb = "";
        return session.Fail(
            ExitCode.Usage,
            $"{entry.Name} is not built yet in this version ({entry.Summary.ToLowerInvariant()})",
            "what there is: initx --help");
    }

    private static int RunInitx(IReadOnlyList<string> args, CliHost host)
    {
        SplitArguments split = ArgumentSplitter.Split(args);
        var session = new Session(host, split.Options, "initx");
        if (split.Problem is { } problem)
            return session.Misuse(problem);
        if (split.Options.Version)
        {
            session.Out.WriteLine($"initx {Version}");
            return 0;
        }

        if (split.Verb is null)
        {
            RootHelp.Write(session);
            return split.Options.Help ? 0 : (int)ExitCode.Usage;
        }

        if (VerbTable.Find(split.Verb) is not { } entry)
            return Unknown(session, split.Verb);
        if (entry.Create is not { } create)
            return RefusePlanned(session, entry);
        session.Verb = entry.Name;
        IReadOnlyList<string> rest = split.Options.Help ? ["--help"] : split.Rest;
        return create().Invoke(rest, session);
    }

    private static int Unknown(Session session, string verb)
    {
        string? near = Nearest(verb);
        return near is null
            ? session.Misuse($"there is no verb {verb}")
            : session.Fail(
                ExitCode.Usage, $"there is no verb {verb}", $"did you mean: initx {near}");
    }

    /// <summary>The verb that a slip of the fingers may have meant.</summary>
    private static string? Nearest(string typed)
    {
        string? best = null;
        int least = typed.Length < 5 ? 2 : 3;
        foreach (VerbEntry entry in VerbTable.All)
        {
            int distance = Distance(typed, entry.Name);
            if (distance < least)
            {
                least = distance;
                best = entry.Name;
            }
        }

        return best;
    }

    // Levenshtein over one row.
    private static int Distance(string a, string b)
    {
        const int Longest = 64;
        if (a.Length > Longest || b.Length > Longest)
            return int.MaxValue;
        Span<int> row = stackalloc int[Longest + 1];
        for (int j = 0; j <= b.Length; j++)
            row[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(change, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
