using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core.Activation;

/// <summary>
/// Accept=yes (systemd.socket(5)): each connection is served by an instance
/// <c>NAME@N-LOCAL-REMOTE.service</c> that a transaction of its own starts, or is closed. Promises:
/// <list type="number">
/// <item>every connection is decided on once: its instance's start is installed, or it is
/// refused; NAccepted and NRefused count both, over crashes as well;</item>
/// <item>at most MaxConnections= are served at once, MaxConnectionsPerSource= of one
/// address;</item>
/// <item>the instance has the connection until it is down or waits for its restart;</item>
/// <item>stopping the socket leaves the instances alone.</item>
/// </list>
/// </summary>
internal sealed partial class SocketSupervisor
{
    /// <summary>A connection came in.</summary>
    public void Accepted(UnitRuntime unit, EngineEvent.ConnectionAccepted e)
    {
        AcceptCount count = unit.Accepting ??= new AcceptCount();
        if (e.Ticket <= count.LastTicket)
            return;
        count.LastTicket = e.Ticket;
        Out.Touch(unit);
        SocketSettings socket = Settings(unit);
        if (unit.Sub != SubState.Listening || !socket.Accept || Engine.IsStopping
            || unit.Job is { Kind: Job.JobKind.Stop or Job.JobKind.Restart })
        {
            Refuse(unit, count, e, null);
        }
        else if (IsTriggeredTooOften(unit, socket))
        {
            Refuse(unit, count, e, null);
        }
        else if (count.Served >= socket.MaxConnections)
        {
            Refuse(unit, count, e, FormattableString.Invariant(
                $"{count.Served} connections are served already (MaxConnections=)"));
        }
        else if (socket.MaxConnectionsPerSource > 0 && e.Source.Length > 0
            && count.Of(e.Source) >= socket.MaxConnectionsPerSource)
        {
            Refuse(unit, count, e, FormattableString.Invariant(
                $"{count.Of(e.Source)} connections of one source are served already ")
                + "(MaxConnectionsPerSource=)");
        }
        else
        {
            Serve(unit, count, e);
        }
    }

    /// <summary>
    /// The kernel has no descriptor for a connection that waits: it waits on, and is asked for
    /// again in a while. Polled at once it would be a loop.
    /// </summary>
    public void AcceptFailed(UnitRuntime unit, string error)
    {
        if (unit.Sub != SubState.Listening)
            return;
        Out.Touch(unit);
        Out.Rejected(unit, StateWords.Of(unit.Sub), "accept",
            new Cause(CauseKind.Socket, unit.SinceSeq, error));
        Engine.ArmState(unit, Engine.Limits.AcceptPauseUs);
    }

    private void Serve(UnitRuntime unit, AcceptCount count, EngineEvent.ConnectionAccepted e)
    {
        string text = FormattableString.Invariant(
            $"{unit.Name.Prefix}@{count.Accepted}-{e.Peer}.service");
        var cause = new Cause(CauseKind.Socket, unit.SinceSeq, $"a connection on {unit.Name}");
        if (!UnitName.TryParse(text, out UnitName name))
        {
            Refuse(unit, count, e, null);
            Fail(unit, UnitResult.Resources, $"{text} is no unit name", cause);
            return;
        }

        UnitRuntime service = Engine.GetOrLoad(name);
        count.Accepted++;
        if (service.Id.Value >= 0)
            Engine.Begin(service, unit, count, new ServedConnection(e.Ticket, e.Source));
        else
            Out.Emit(new Effect.CloseConnection(unit.Id, e.Ticket));
        if (Engine.Order(RequestVerb.Start, service, cause) is not { } refused)
            return;

        // As under systemd: without the template, or with one that cannot be started, no other
        // connection would fare better.
        Engine.MayHaveEnded(service);
        Fail(unit, UnitResult.Resources, refused, cause);
    }

    private void Refuse(
        UnitRuntime unit, AcceptCount count, EngineEvent.ConnectionAccepted e, string? why)
    {
        count.Refused++;
        if (why is not null)
        {
            Out.Rejected(unit, StateWords.Of(unit.Sub), "accept",
                new Cause(CauseKind.Limiter, unit.SinceSeq, why));
        }

        Out.Emit(new Effect.CloseConnection(unit.Id, e.Ticket));
    }
}
