using InitTx.Core;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// By the rows: each kill that the shell tells of is one row, no other row is, and over crashes
/// there are no more rows than kills. A run of a service with OOMPolicy=stop or kill that was hit
/// does not end as a success, and where it had not failed before it goes down for this reason.
/// </summary>
internal sealed class I49KillsForMemoryAreToldOnce() : SimulationInvariant(
    "I49", "A kill for memory is told once, and the run that it hit fails by it where its policy"
        + " says so.")
{
    private const string Words = "out of memory";
    private const string Late = "has ended";
    private const string ByMemory = "oom-kill";

    private readonly Dictionary<string, long> _rows = new(StringComparer.Ordinal);
    private int _seen;

    public override void Handled(EngineEvent e)
    {
        List<JournalRecord> records = View.Step.Records;
        int told = e is EngineEvent.OutOfMemory or EngineEvent.Exited { ForMemory: true } ? 1 : 0;
        int rows = 0;
        for (int i = _seen; i < records.Count; i++)
        {
            if (!IsKill(records[i]))
                continue;
            rows++;
            if (PolicyOf(records[i].Unit) is not (null or OomPolicy.Continue)
                && records[i].Text?.EndsWith(Late, StringComparison.Ordinal) == false)
                LookAtRun(records, i);
        }

        if (rows != told)
            Fail($"{told} kills were told with {e.GetType().Name}, {rows} rows came of it");
        _seen = records.Count;
    }

    public override void Committed(EngineStep step)
    {
        _seen = 0;
        foreach (JournalRecord row in step.Records)
        {
            if (!IsKill(row) || row.Unit is not { } unit)
                continue;
            long rows = _rows[unit] = _rows.GetValueOrDefault(unit) + 1;
            UnitName name = UnitName.Parse(unit);
            long most = View.World.Memory.Kills(name) + View.World.Memory.Guesses(name);
            if (rows > most)
                Fail($"row {row.Seq}: kill {rows} of {unit}, and there were {most}");
        }
    }

    public override void Restored() => _seen = 0;

    private static bool IsKill(in JournalRecord row) =>
        row is { Kind: RecordKind.Config, Cause: CauseKind.Oom }
        && row.Text?.Contains(Words, StringComparison.Ordinal) == true;

    // By the file: no reload changes it.
    private OomPolicy? PolicyOf(string? unit) => unit is null
        ? null
        : View.World.Catalog.Load(UnitName.Parse(unit)).Service?.OomPolicy;

    // One that is on its way down goes on with that; without a main process a reload does so too.
    private static bool IsEndedByIt(string? from) =>
        from is not null and not "reload" && !from.StartsWith("stop", StringComparison.Ordinal)
        && !from.StartsWith("final", StringComparison.Ordinal);

    private void LookAtRun(List<JournalRecord> records, int kill)
    {
        string? unit = records[kill].Unit;
        for (int i = kill + 1; i < records.Count; i++)
        {
            JournalRecord row = records[i];
            if (row.Kind != RecordKind.Transition || row.Unit != unit)
                continue;
            if (row.Result is null or "success")
                Fail($"row {row.Seq}: {unit} was hit and goes to {row.To} without a failure");
            else if (row.Result == ByMemory && row.Cause != CauseKind.Oom
                && PolicyOf(unit) == OomPolicy.Stop && IsEndedByIt(row.From))
                Fail($"row {row.Seq}: {unit} goes to {row.To} for memory by {row.Cause}");
            return;
        }

        if (View.Engine.Find(UnitName.Parse(unit!)) is
            {
                Sub: SubState.Running or SubState.Exited, Result: UnitResult.OomKill,
            } && PolicyOf(unit) == OomPolicy.Stop)
            Fail($"row {records[kill].Seq}: {unit} was hit and stays up");
    }
}
