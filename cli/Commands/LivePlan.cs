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
    public static int Show(
        Session session, string verb, IReadOnlyList<string> units, string? mode)
    {
        var parameters = new CallParameters
        {
            Present = ParameterKeys.Verb | ParameterKeys.Units,
            Verb = verb,
            Units = units,
        };
        if (mode is not null)
            parameters =
                parameters with { Mode = mode, Present = parameters.Present | ParameterKeys.Mode };
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
                return PlanView.Write(session, verb, plan);
        }
    }

    private static int Lost(Session session, ReadStatus status, string problem) => status switch
    {
        ReadStatus.TimedOut => session.Fail(ExitCode.TimedOut, "the plan did not come in time"),
        ReadStatus.Broken =>
            session.Fail(ExitCode.Failed, "the answer is no Varlink reply", problem),
        _ => session.Fail(ExitCode.NotReachable, "the manager closed the connection"),
    };
}
