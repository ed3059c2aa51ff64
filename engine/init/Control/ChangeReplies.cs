using System.Text.Json;
using InitTx.Core.Ports;
using InitTx.Units.Graph;

namespace InitTx.Init.Control;

/// <summary>
/// Turns the engine's replies to one request into the stream that its client takes.
/// </summary>
internal sealed class ChangeReplies
{
    private readonly ReplyWriter _writer;
    private readonly ControlOptions _options;
    private readonly Func<IUnitCatalog> _catalog;

    public ChangeReplies(
        ReplyWriter writer, ControlOptions options, Func<IUnitCatalog> catalog)
    {
        _writer = writer;
        _options = options;
        _catalog = catalog;
    }

    /// <summary>Takes one reply; true when the call is over.</summary>
    public bool Take(ControlConnection connection, EngineReply reply)
    {
        PendingCall pending = connection.Pending!;
        bool over = reply.IsFinal || (pending.NoBlock && reply is EngineReply.Accepted);
        if (pending.OneWay)
            return over;
        switch (reply)
        {
            case EngineReply.Accepted accepted:
                if (over || pending.More)
                    Write(connection.Out, accepted, continues: !over);
                break;
            case EngineReply.Progress progress:
                if (pending.More && connection.Out.Count < _options.OutputHighWater
                    && connection.HeldCount == 0)
                {
                    Write(connection.Out, progress);
                }
                else if (pending.More)
                {
                    connection.Hold(progress, _options.CoalescedProgress);
                }

                break;
            case EngineReply.Settling settling:
                if (pending.More)
                    Write(connection, settling);
                break;
            case EngineReply.Finished finished:
                while (connection.HeldCount > 0)
                    Write(connection.Out, connection.TakeHeld());
                Write(connection.Out, finished);
                break;
            case EngineReply.Refused refused:
                _writer.Refused(connection.Out, refused.Code, refused.Messages);
                break;
            case EngineReply.Planned planned:
                connection.Stream = new PlanStream(planned.Plan, _catalog());
                break;
        }

        return over;
    }

    /// <summary>Writes what was held back as far as the client has caught up.</summary>
    public void WriteHeld(ControlConnection connection)
    {
        while (connection.HeldCount > 0 && connection.Out.Count < _options.OutputHighWater)
            Write(connection.Out, connection.TakeHeld());
    }

    private void Write(OutputQueue output, EngineReply.Accepted accepted, bool continues)
    {
        Utf8JsonWriter json = _writer.Begin(output);
        json.WriteString("event"u8, "accepted"u8);
        json.WriteNumber("transaction"u8, accepted.Transaction.Value);
        json.WriteNumber("jobs"u8, accepted.Jobs);
        _writer.End(continues);
    }

    private void Write(OutputQueue output, EngineReply.Progress progress)
    {
        Utf8JsonWriter json = _writer.Begin(output);
        json.WriteString("event"u8, "progress"u8);
        json.WriteNumber("transaction"u8, progress.Transaction.Value);
        json.WriteNumber("job"u8, progress.Job.Value);
        json.WriteString("unit"u8, progress.Unit.Value);
        json.WriteString("kind"u8, progress.JobKind);
        json.WriteString("state"u8, progress.JobState);
        json.WriteString("result"u8, progress.Result);
        json.WriteString("unitState"u8, progress.UnitState);
        json.WriteString("detail"u8, progress.Detail);
        _writer.End(continues: true);
    }

    // One a transaction: it need not be coalesced, and it comes after the progress it follows.
    private void Write(ControlConnection connection, EngineReply.Settling settling)
    {
        while (connection.HeldCount > 0)
            Write(connection.Out, connection.TakeHeld());
        Utf8JsonWriter json = _writer.Begin(connection.Out);
        json.WriteString("event"u8, "settling"u8);
        json.WriteNumber("transaction"u8, settling.Transaction.Value);
        json.WriteNumber("seconds"u8, settling.SettleUs / 1e6);
        _writer.End(continues: true);
    }

    private void Write(OutputQueue output, EngineReply.Finished finished)
    {
        Utf8JsonWriter json = _writer.Begin(output);
        json.WriteString("event"u8, "finished"u8);
        json.WriteNumber("transaction"u8, finished.Transaction.Value);
        json.WriteString("outcome"u8, finished.Outcome);
        json.WriteNumber("code"u8, (int)finished.Code);
        json.WriteStartArray("messages"u8);
        foreach (string message in finished.Messages)
            json.WriteStringValue(message);
        json.WriteEndArray();
        _writer.End(continues: false);
    }
}
