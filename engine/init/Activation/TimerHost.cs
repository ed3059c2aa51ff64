using InitTx.Core;
using InitTx.Init.Prepare;
using InitTx.Linux.Prepare;
using InitTx.Units.Model;

namespace InitTx.Init.Activation;

/// <summary>
/// What timers need of the disk, asked of the prepare helper: stamp files and time zones. A timer
/// starts without what cannot be read, and the journal says so.
/// </summary>
internal sealed class TimerHost(
    EventQueue queue, PrepareClient prepare, ManagerPaths paths, ManagerConsole console)
{
    // What a zone is does not depend on a unit; ids below 0 are nobody's.
    private static readonly UnitId Nobody = new(-1);

    private const long TimeoutUs = 20_000_000;

    /// <summary>Files first, then conditions as for any unit.</summary>
    public void Prepare(Effect.Prepare effect, UnitRuntime unit, TimerSettings timer)
    {
        string? stamp = Engine.KeepsStamp(timer) ? StampOf(unit) : null;
        var question = new PrepareQuestion.ReadTimer(
            0, unit.Name, stamp, Engine.ZonesOf(timer));
        prepare.Ask(question, TimeoutUs, reply =>
        {
            Read(unit.Id, unit.Name.Value, reply);
            if (unit.Definition.Conditions.Count > 0)
                prepare.Prepare(effect, unit);
            else
                queue.Post(new EngineEvent.Prepared(effect.Token, PrepareOutcome.Ready, ""));
        });
    }

    public void WriteStamp(UnitRuntime unit, long realtimeUs)
    {
        var question = new PrepareQuestion.WriteStamp(0, unit.Name, StampOf(unit), realtimeUs);
        prepare.Ask(question, TimeoutUs, reply =>
        {
            if (reply.Error.Length > 0)
                console.Line($"{unit.Name}: stamp file: {reply.Error}");
        });
    }

    public void ReadZones(IReadOnlyCollection<string> zones)
    {
        var question = new PrepareQuestion.ReadTimer(0, default, null, [.. zones]);
        prepare.Ask(question, TimeoutUs, reply => Read(Nobody, "time zones", reply));
    }

    private void Read(UnitId unit, string who, in PrepareReply reply)
    {
        var answer = reply.Answer as PrepareAnswer.Timer;
        queue.Post(new EngineEvent.ZonesRead(
            unit, answer?.StampUs ?? 0, answer?.Zones ?? [],
            reply.Error.Length > 0 ? $"{who}: {reply.Error}" : null));
    }

    private string StampOf(UnitRuntime unit) => $"{paths.TimerStamps}/stamp-{unit.Name}";
}
