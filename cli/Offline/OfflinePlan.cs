using System.Buffers;
using System.CommandLine;
using System.Text.Json;
using InitTx.Answers;
using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Core.Transaction;
using InitTx.Protocol;
using InitTx.Protocol.Calls;
using InitTx.Units.Model;

namespace InitTx.Cli.Offline;

/// <summary>
/// A plan from files alone: the same planner over the same loader, on a system where nothing runs
/// yet. Its basis says so, and no manager runs it by its hash.
/// </summary>
internal static class OfflinePlan
{
    public static int Run(
        Session session,
        ParseResult result,
        string verb,
        IReadOnlyList<string> typed,
        CallParameters options)
    {
        if (OfflineOptions.Load(session, result, [], out OfflineUnits units) is { } failed)
            return failed;
        var goals = new List<UnitName>();
        foreach (string text in typed)
        {
            if (GlobPattern.IsPattern(text))
                AddMatches(units, UnitArguments.CompletePattern(text), goals);
            else if (UnitArguments.TryComplete(text, out string name))
                goals.Add(UnitName.Parse(name));
            else
                return session.Misuse($"'{text}' is no unit name");
        }

        var engine = new Engine(units.Loader, new EngineLimits());
        TransactionPlan plan = engine.Plan(new ControlRequest
        {
            Id = default,
            Verb = VerbOf(verb),
            Requester = Requester.Manager,
            Units = goals,
            Mode = options.Mode switch
            {
                "replace" => JobMode.Replace,
                "queue" => JobMode.Queue,
                _ => JobMode.Fail,
            },
            NoRollback = options.NoRollback,
            TimeoutUs = options.TimeoutUs,
            SettleUs = options.SettleUs,
            DryRun = true,
        });
        if (session.Json)
        {
            JsonLines.WriteObject(
                session.Out, json => PlanJson.WriteAll(json, plan, "offline", units.Loader.Load));
            return plan.Refused.Count > 0 ? (int)plan.RefusedCode : 0;
        }

        return PlanView.Write(session, verb, Document(plan));
    }

    // What people are shown: the units themselves are for programs.
    private static PlanDocument Document(TransactionPlan plan)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, ErrorJson.Options))
        {
            json.WriteStartObject();
            PlanJson.WriteHead(json, plan, "offline");
            PlanJson.WriteJobs(json, plan, 0, plan.Jobs.Count);
            PlanJson.WriteEdges(json, plan, 0, plan.Edges.Count);
            json.WriteEndObject();
        }

        var document = new PlanDocument();
        document.Add(buffer.WrittenSpan);
        return document;
    }

    private static void AddMatches(OfflineUnits units, string pattern, List<UnitName> goals)
    {
        foreach (UnitName name in units.Loader.Names)
        {
            if (!name.IsTemplate && GlobPattern.Matches(pattern, name.Value))
                goals.Add(name);
        }
    }

    private static RequestVerb VerbOf(string verb) => verb switch
    {
        "start" => RequestVerb.Start,
        "stop" => RequestVerb.Stop,
        "restart" => RequestVerb.Restart,
        "try-restart" => RequestVerb.TryRestart,
        "reload" => RequestVerb.Reload,
        "reload-or-restart" => RequestVerb.ReloadOrRestart,
        "isolate" => RequestVerb.Isolate,
        _ => throw new ArgumentOutOfRangeException(nameof(verb), verb, null),
    };
}
