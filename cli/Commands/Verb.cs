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
        ParseResult result = Command.Parse(args, Parser);
        if (result.Action is HelpAction help)
            return WriteHelp(help, result, session);
        return result.Errors.Count > 0
            ? session.Misuse(result.Errors[0].Message)
            : Run(result, session);
    }

    /// <summary>Does it; the exit status of CONTRACT.</summary>
    protected abstract int Run(ParseResult result, Session session);

    private static int WriteHelp(HelpAction help, ParseResult result, Session session)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        result.InvocationConfiguration.Output = writer;
        help.Invoke(result);
        foreach (string line in writer.ToString().TrimEnd().Split('\n'))
            session.Out.WriteLine(line.TrimEnd());
        session.Out.WriteLine();
        session.Out.WriteLine("Options for every verb: initx --help");
        return 0;
    }
}
