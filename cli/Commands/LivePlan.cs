using InitTx.Cli.Client;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Core.Ports;
using InitTx.Protocol;
using InitTx.Protocol.Calls;

namespace InitTx.Cli.Commands;

/// <summary>Asks the manager for a plan and puts its parts together.</summary>
internal static class LivePlan
{
    /// <summary>
    /// What of a change's options is part of its plan, and so of the plan's hash.
    /// </summary>
    private const ParameterKeys PlanKeys =
        ParameterKeys.Mode | ParameterKeys.Timeout | ParameterKeys.NoRollback
        | ParameterKeys.Settle | ParameterKeys.Stops | ParameterKeys.Transaction
        | ParameterKeys.Force | ParameterKeys.Units | ParameterKeys.Action
        | ParameterKeys.NoCheck;

    /// <summary>Shows the plan of a verb with the options of the change.</summary>
    /// <param name="subject">What follows the verb on the line that runs it; null for its
    /// goals.</param>
    public static int Show(
        Session session, string verb, CallParameters change, string? subject = null)
    {
        PlanDocument? plan = Ask(session, verb, change, out int failure);
        return plan is null
            ? failure
            : PlanView.Write(session, verb, plan, Options(change), subject);
    }

    /// <summary>Asks for the plan; null and reported when there is no answer.</summary>
    public static PlanDocument? Ask(
        Session session, string verb, CallParameters change, out int failure)
    {
        CallParameters parameters = change with
        {
            Present = (change.Present & PlanKeys) | ParameterKeys.Verb,
            Verb = verb,
        };
        failure = 0;
        using ControlClient? client = ControlClient.Connect(session.SocketPath, out string problem);
        if (client is null)
        {
            failure = Manager.ReportNotReachable(session, problem);
            return null;
        }

        var plan = new PlanDocument();
        bool sent = client.Send(Calls.Of(ManagerMethod.Plan, parameters, more: true));
        while (true)
        {
            ReadStatus status = sent ? client.Read(Manager.QueryTimeoutMs) : ReadStatus.Closed;
            if (status != ReadStatus.Reply)
                failure = Lost(session, status, client.Problem);
            else if (client.Reply.Error is { } error)
                failure = Manager.Report(session, error, client.Parameters);
            if (failure != 0)
                return null;
            plan.Add(client.Parameters);
            if (!client.Reply.Continues)
            {
                ExpectedDurations.AddTo(session, plan);
                return plan;
            }
        }
    }

    private static string Options(CallParameters from)
    {
        string mode = from.Mode is { } word ? $" --job-mode={word}" : "";
        string timeout = (from.Present & ParameterKeys.Timeout) == 0
            ? ""
            : FormattableString.Invariant($" --timeout={from.TimeoutUs}us");
        string settle = (from.Present & ParameterKeys.Settle) == 0
            ? ""
            : FormattableString.Invariant($" --settle={from.SettleUs}us");
        return mode + timeout + settle + (from.NoRollback ? " --no-rollback" : "")
            + (from.NoCheck ? " --no-check" : "") + (from.Force ? " --force" : "");
    }

    private static int Lost(Session session, ReadStatus status, string problem) => status switch
    {
        ReadStatus.TimedOut => session.Fail(ExitCode.TimedOut, "the plan did not come in time"),
        ReadStatus.Broken =>
            session.Fail(ExitCode.Failed, "the answer is no Varlink reply", problem),
        _ => session.Fail(ExitCode.NotReachable, "the manager closed the connection"),
    };
}
