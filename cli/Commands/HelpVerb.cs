using System.CommandLine;
using InitTx.Cli.Hosting;

namespace InitTx.Cli.Commands;

/// <summary>`initx help [VERB]`.</summary>
internal sealed class HelpVerb : Verb
{
    private readonly Argument<string> _verb = new("VERB")
    {
        Description = "A verb, for its options",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public HelpVerb()
        : base("help", "Show what there is, or a verb's options") => Command.Add(_verb);

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        if (result.GetValue(_verb) is not { } name)
        {
            RootHelp.Write(session);
            return 0;
        }

        if (VerbTable.Find(name) is not { } entry)
            return session.Misuse($"there is no verb {name}");
        if (entry.Create is not { } create)
            return Invocation.RefusePlanned(session, entry);
        session.Verb = name;
        return create().Invoke(["--help"], session);
    }
}

/// <summary>What `initx --help` prints; golden in the tests.</summary>
internal static class RootHelp
{
    private static readonly (VerbGroup Group, string Title)[] Groups =
    [
        (VerbGroup.Change, "Change what runs"),
        (VerbGroup.Look, "Look"),
        (VerbGroup.History, "Know what happened"),
        (VerbGroup.Plan, "Plans and files"),
        (VerbGroup.Machine, "The machine"),
        (VerbGroup.Other, "Other"),
    ];

    private const int NameWidth = 19;

    public static void Write(Session session)
    {
        var output = session.Out;
        output.WriteLine("initx: the command line of InitTx, init and service manager");
        output.WriteLine();
        output.WriteLine("Usage: initx [OPTION…] VERB [ARGUMENT…]");
        foreach ((VerbGroup group, string title) in Groups)
        {
            output.WriteLine();
            output.WriteLine(session.Paint.Strong(title));
            foreach (VerbEntry entry in VerbTable.All)
            {
                if (entry.Group == group && entry.IsBuilt)
                    output.WriteLine($"  {entry.Name.PadRight(NameWidth)}{entry.Summary}");
            }
        }

        output.WriteLine();
        output.WriteLine(session.Paint.Strong("Planned, refused in this version"));
        WriteWrapped(session, [.. VerbTable.All.Where(v => !v.IsBuilt).Select(v => v.Name)]);
        output.WriteLine();
        output.WriteLine(session.Paint.Strong("Options for every verb"));
        output.WriteLine("  --socket=PATH          Another manager's socket (INITX_SOCKET)");
        output.WriteLine("  --user                 The manager of this user");
        output.WriteLine("  --json                 One JSON document, or one a line for streams");
        output.WriteLine("  -q, --quiet            Only errors and the exit status");
        output.WriteLine("  --color=WHEN           auto, always or never (NO_COLOR)");
        output.WriteLine("  --no-pager             Accepted: there is no pager");
        output.WriteLine("  --version, -h, --help");
        output.WriteLine();
        output.WriteLine("Exit status: 0 done, 1 failed, 2 usage, 3 not active, 4 no such unit,");
        output.WriteLine("5 not permitted, 6 manager not reachable, 7 refused, 8 rollback failed,");
        output.WriteLine("124 timed out. See initx(1).");
    }

    private static void WriteWrapped(Session session, IReadOnlyList<string> words)
    {
        const int Width = 76;
        string line = " ";
        foreach (string word in words)
        {
            if (line.Length + 1 + word.Length > Width)
            {
                session.Out.WriteLine(line);
                line = " ";
            }

            line += " " + word;
        }

        session.Out.WriteLine(line);
    }
}
