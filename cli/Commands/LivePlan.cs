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
        | ParameterKeys.Force | ParameterKeys.Units;

    /// <summary>Shows the plan of a verb over units with the options of the change.</summary>
    public static int Show(Session session, string verb, CallParameters change)
    {
        CallParameters parameters = change with
        {
            Present = (change.Present & PlanKeys) | ParameterKeys.Verb,
            Verb = verb,
        };
        using ControlClient? client = ControlClient.Connect(session.SocketPath, out string problem);
        if (client is null)
            return Manager.ReportNotReachable(session, problem);
        var plan = new PlanDocument();
        bool sent = client.Send(Calls.Of(ManagerMethod.Plan, parameters, more: true));
        while (true)
        {
            ReadStatus status = sent ? client.Read(Manager.QueryTimeoutMs) : ReadStatus.Closed;
            if (status != ReadStatus.Reply)
                return Lost(session, status, client.Problem);
            if (client.Reply.Error is { } error)
                return Manager.Report(session, error, client.Parameters);
            plan.Add(client.Parameters);
            if (!client.Reply.Continues)
                return PlanView.Write(session, verb, plan, Options(parameters));
        }
    }

    private static string Options(CallParameters from)
    {
        string mode = from.Mode is { } word ? $" --job-mode={word}" : "";
        string timeout = (from.Present & ParameterKeys.Timeout) == 0
            ? ""
            : FormattableString.Invariant($" --timeout={from.TimeoutUs}us");
        return mode + timeout + (from.NoRollback ? " --no-rollback" : "");
    }

    private static int Lost(Session session, ReadStatus status, string problem) => status switch
    {
        ReadStatus.TimedOut => session.Fail(ExitCode.TimedOut, "the plan did not come in time"),
        ReadStatus.Broken =>
            session.Fail(ExitCode.Failed, "the answer is no Varlink reply", problem),
        _ => session.Fail(ExitCode.NotReachable, "the manager closed the connection"),
    };
}
