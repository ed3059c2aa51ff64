using System.CommandLine;
using System.Text.Json;
using InitTx.Cli.Client;
using InitTx.Cli.Hosting;
using InitTx.Cli.Offline;
using InitTx.Cli.Rendering;
using InitTx.Core.Ports;
using InitTx.Protocol;
using InitTx.Protocol.Answers;
using InitTx.Protocol.Calls;

namespace InitTx.Cli.Commands;

/// <summary>
/// `initx lint`: what is wrong in unit files and what of them this version does not honour. Exit
/// status 1 when a unit cannot be used or a security directive is not applied.
/// </summary>
internal sealed class LintVerb : Verb
{
    private readonly Argument<string[]> _units = new("UNIT|FILE")
    {
        Description = "Unit names, or paths of unit files",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<bool> _all = new("--all", "-a") { Description = "Every unit" };

    public LintVerb()
        : base("lint", "Check unit files, and list what is not honoured")
    {
        Command.Add(_units);
        Command.Add(_all);
        OfflineOptions.AddTo(Command);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        string[] typed = result.GetValue(_units)!;
        bool all = result.GetValue(_all);
        if (typed.Length == 0 && !all)
            return session.Misuse("name units or files, or --all");
        if (typed.Length > 0 && all)
            return session.Misuse("--all and names exclude each other");
        if (OfflineOptions.IsWanted(result, typed))
            return OfflineLint.Run(session, result, typed);
        if (UnitExpander.Expand(session, typed, out IReadOnlyList<string> units) is { } failed)
            return failed;
        return Live(session, result, units);
    }

    private static int Live(Session session, ParseResult result, IReadOnlyList<string> units)
    {
        var tally = new LintTally();
        var unread = new List<string>();
        using var manager = new Manager(session);
        string? after = null;
        do
        {
            var page = new CallParameters();
            if (units.Count > 0)
                page = page with { Units = units, Present = ParameterKeys.Units };
            if (after is not null)
                page = page with { After = after, Present = page.Present | ParameterKeys.After };
            if (!manager.Ask(Calls.Of(ManagerMethod.LintUnits, page))
                || !manager.TryRead(AnswerJson.Default.LintAnswer, out LintAnswer answer))
            {
                return manager.Failure;
            }

            using JsonDocument document = JsonDocument.Parse(manager.Answer.ToArray());
            JsonElement raw = document.RootElement.GetProperty("units");
            for (int i = 0; i < answer.Units.Count; i++)
            {
                LintedUnitAnswer unit = answer.Units[i];
                if (unit.LoadState == "not-found"
                    && (units.Count == 0 || UnreadFile.Find(session, unit.Unit) is not null))
                {
                    // Others may name units that are not installed: nobody asked about those.
                    if (units.Count > 0)
                        unread.Add(unit.Unit);
                    continue;
                }

                LintView.Write(session, unit, raw[i], tally);
            }

            after = answer.Next;
        }
        while (after is not null);
        return unread.Count > 0
            && OfflineLint.AddUnread(session, result, unread, tally) is { } failed
            ? failed
            : LintView.Finish(session, tally);
    }
}

/// <summary>What lint found in all.</summary>
internal sealed class LintTally
{
    public int Units { get; set; }
    public int Errors { get; set; }
    public int Warnings { get; set; }
    public int Unhonoured { get; set; }
    public int Security { get; set; }
    public int NotFound { get; set; }

    /// <summary>The exit status.</summary>
    public ExitCode Code => NotFound > 0 ? ExitCode.NoSuchUnit
        : Errors + Security > 0 ? ExitCode.Failed
        : ExitCode.Done;
}
