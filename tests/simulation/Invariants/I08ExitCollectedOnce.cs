using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Simulation.World;

namespace InitTx.Simulation.Invariants;

/// <summary>Compares the rows of ends with the deaths that the kernel saw.</summary>
internal sealed class I08ExitCollectedOnce(ExitLedger ledger) : SimulationInvariant(
    "I8", "Every exit status is collected exactly once and given to its unit.")
{
    public override void Made(SimulatedProcess process) => ledger.Add(process);

    public override void Committed(EngineStep step)
    {
        foreach (JournalRecord r in step.Records)
        {
            if (r.Kind != RecordKind.Process)
                continue;
            if (r.To == "exited")
                Check(r);
            else if (r.To == "lost" && ledger.Find(r.Pid) is { } entry)
                entry.IsReleased = true;
            else if (r.To == "started" && ledger.Find(r.Pid) is { } started)
                started.IsHeld = true;
            else if (r.To == "adopted")
                Adopt(r);
        }
    }

    public override void End(bool final)
    {
        foreach (LedgerEntry e in ledger.Entries)
        {
            SimulatedProcess p = e.Process;
            if (e is { IsHeld: true, EndRows: 0, IsReleased: false }
                && p is { Stage: ProcessStage.Gone, StatusStolen: false })
                Fail($"{p.Unit}: {p.Identity} ended ({p.ExitKind} {p.ExitCode}), was reaped, and"
                    + $" no row says so");
        }
    }

    // What a daemon forked is the unit's from here on, as if the manager had made it.
    private void Adopt(in JournalRecord r)
    {
        ledger.ReleaseMains(r.Unit ?? "");
        if (View.World.Processes.Find(r.Pid) is not { } process)
            return;
        if (ledger.Find(r.Pid)?.Process != process)
            ledger.Add(process);
        if (ledger.Find(r.Pid) is { } entry)
            (entry.IsHeld, entry.IsReleased) = (true, false);
    }

    // The process is a zombie until its row is committed, so its pid still leads to it.
    private void Check(in JournalRecord r)
    {
        if (View.World.Processes.Find(r.Pid) is not { } p)
        {
            Fail($"row {r.Seq}: {r.Unit}'s {r.Pid} ended, but there is no such process");
            return;
        }

        if (p.Alive)
            Fail($"row {r.Seq}: {r.Unit}'s {p.Identity} ended, but it lives");
        else if (p.Unit.Value != r.Unit || p.ExitKind != r.ExitKind || p.ExitCode != r.ExitCode)
            Fail($"row {r.Seq} says {r.Unit} {r.ExitKind} {r.ExitCode}; it was {p.Unit}"
                + $" {p.ExitKind} {p.ExitCode}");
        if (ledger.Find(r.Pid) is { } entry && entry.Process == p && ++entry.EndRows > 1)
            Fail($"row {r.Seq}: the end of {p.Identity} of {p.Unit} is reported"
                + $" {entry.EndRows} times");
    }
}
