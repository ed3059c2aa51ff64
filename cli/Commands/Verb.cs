using System.CommandLine;
using System.CommandLine.Help;
using InitTx.Cli.Hosting;

namespace InitTx.Cli.Commands;

/// <summary>
/// One verb: its options as System.CommandLine knows them, and what it does. Only the verb that was
/// typed is built.
/// </summary>
internal abstract class Verb
{
    private static readonly ParserConfiguration Parser = new() { ResponseFileTokenReplacer = null };

    protected Verb(string name, string summary) => Command = new Command(name, summary);

    /// <summary>The verb's own grammar.</summary>
    public Command Command { get; }

    /// <summary>Parses what follows the verb and runs it; the exit status.</summary>
    public int Invoke(IReadOnlyList<string> args, Session session)
    {
        Command.Add(new HelpOption());
        if (UnknownOption(args) is { } unknown)
            return session.Misuse($"unknown option {unknown}");
        ParseResult result = Command.Parse(args, Parser);
        if (result.Action is HelpAction help)
            return WriteHelp(help, result, session);
        return result.Errors.Count > 0
            ? session.Misuse(result.Errors[0].Message)
            : Run(result, session);
    }

    /// <summary>
    /// The first word that looks like an option and is none of the verb's: the parser would take it
    /// for a unit's name.
    /// </summary>
    private string? UnknownOption(IReadOnlyList<string> args)
    {
        for (int i = 0; i < args.Count && args[i] != "--"; i++)
        {
            string arg = args[i];
            // A number below zero is no option: -1 is the boot before.
            if (arg.Length < 2 || arg[0] != '-' || char.IsAsciiDigit(arg[1]))
                continue;
            int equals = arg.IndexOf('=');
            string name = equals < 0 ? arg : arg[..equals];
            Option? known = Named(name);
            if (known is null && arg[1] != '-')
                known = Named(arg[..2]);
            if (known is null)
                return arg;
            bool takesNext = known.Arity.MinimumNumberOfValues > 0 && arg.Length == name.Length
                && name == arg && equals < 0 && Named(arg) is not null;
            i += takesNext ? 1 : 0;
        }

        return null;
    }

    private Option? Named(string name)
    {
        foreach (Option option in Command.Options)
        {
            if (option.Name == name || option.Aliases.Contains(name))
                return option;
        }

        return null;
    }

    /// <summary>Does it; the exit status of CONTRACT.</summary>
    protected abstract int Run(ParseResult result, Session session);

    private static int WriteHelp(HelpAction help, ParseResult result, Session session)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        result.InvocationConfiguration.Output = writer;
        help.Invoke(result);
        foreach (string line in writer.ToString().TrimEnd().Split('\n'))
            session.Out.WriteLine(WithProgram(line.TrimEnd(), result.CommandResult.Command.Name));
        session.Out.WriteLine();
        session.Out.WriteLine("Options for every verb: initx --help");
        return 0;
    }

    /// <summary>
    /// The parser was built for the verb alone; people type the program before it.
    /// </summary>
    private static string WithProgram(string line, string verb) =>
        line == $"  {verb}" || line.StartsWith($"  {verb} ", StringComparison.Ordinal)
            ? $"  initx {line[2..]}"
            : line;
}
