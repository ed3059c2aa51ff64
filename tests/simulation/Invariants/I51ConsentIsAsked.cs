using InitTx.Core;
using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Transaction;
using InitTx.Simulation.World;
using InitTx.Units.Model;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// ExecCheck= and Verb= of [X-InitTx], by the rows, the file and how the simulated processes really
/// ended. A stop or restart of a transaction that somebody asked for takes a service out of the
/// states in which it is up only when the last command of its check, run for that very job, ended
/// well. Not judged: the shutdown, and clients who want no check.
/// </summary>
internal sealed class I51ConsentIsAsked() : SimulationInvariant(
    "I51", "No request stops a service that has a check without its consent.")
{
    private readonly Dictionary<string, Asked> _units = new(StringComparer.Ordinal);
    private readonly Dictionary<int, bool> _ends = [];
    private readonly HashSet<long> _begun = [];

    /// <summary>How many were judged.</summary>
    public int Judged { get; private set; }

    public override void Died(SimulatedProcess process) => _ends[process.Identity.Pid] =
        process is { ExitKind: ExitKind.Exited, ExitCode: 0 };

    public override void Committed(EngineStep step)
    {
        foreach (JournalRecord r in step.Records)
            Look(r);
    }

    private void Look(in JournalRecord r)
    {
        if (r is { Kind: RecordKind.Transaction, To: "begun" })
            _begun.Add(r.Transaction);
        if (r.Unit is not { } unit)
            return;
        if (!_units.TryGetValue(unit, out Asked? asked))
            _units.Add(unit, asked = new Asked());
        if (r.Kind == RecordKind.Transition)
        {
            if (r.Cause == CauseKind.Job && IsUp(r.From) && IsGoingDown(r.To))
                Stopped(r, unit, asked);
            asked.State = r.To ?? "";
            if (asked.State == "reload")
                (asked.Job, asked.Commands) = (0, 0);
        }
        else if (r is { Kind: RecordKind.Process, From: "check" or "verb", To: "intended" }
            && asked.State != "reload")
        {
            Fail($"row {r.Seq}: a {r.From} of {unit} is to run while it is {asked.State}");
        }
        else if (r is { Kind: RecordKind.Process, From: "check", To: "exited" })
        {
            asked.Job = r.Job;
            asked.Commands++;
            asked.Consents = _ends.GetValueOrDefault(r.Pid) || MayFail(unit, asked.Commands);
        }
    }

    private void Stopped(in JournalRecord r, string unit, Asked asked)
    {
        if (View.World.Catalog.Load(UnitName.Parse(unit)) is not
            { Service.ExecCheck: { Count: > 0 } commands }
            || View.Engine.State == ManagerState.Stopping || !MustAsk(r, unit))
            return;
        Judged++;
        if (asked.Job != r.Job)
            Fail($"row {r.Seq}: {unit} goes to {r.To} for job {r.Job} and was not asked");
        else if (!asked.Consents || asked.Commands < commands.Count)
            Fail($"row {r.Seq}: {unit} goes to {r.To} for job {r.Job}, which it had refused");
    }

    // Whoever waits for the job now, or did when it ended in this very batch; not who joined it
    // later in the batch.
    private bool MustAsk(in JournalRecord r, string unit)
    {
        long id = r.Job;
        bool must = false;
        foreach (TransactionRuntime transaction in
            View.Engine.OpenTransactions.Concat(View.Engine.EndedTransactions))
        {
            foreach (TransactionJob part in transaction.Jobs)
            {
                if (part.Job.Value != id || part.Unit.Value != unit
                    || !_begun.Contains(transaction.Id.Value))
                    continue;
                if (transaction.SkipsChecks || part.IsCompensation)
                    return false;
                must |= transaction.CauseKind == CauseKind.Request
                    && transaction.Verb is not (RequestVerb.Poweroff or RequestVerb.Reboot
                        or RequestVerb.Halt or RequestVerb.Kexec)
                    && part.Kind is JobKind.Stop or JobKind.Restart
                    && part.Result is JobResult.None or JobResult.Done;
            }
        }

        return must;
    }

    private bool MayFail(string unit, int command) =>
        View.World.Catalog.Load(UnitName.Parse(unit)).Service is { } service
        && command <= service.ExecCheck.Count
        && (service.ExecCheck[command - 1].Flags & ExecCommandFlags.IgnoreFailure) != 0;

    private static bool IsUp(string? state) => state is "running" or "exited";

    private static bool IsGoingDown(string? state) =>
        state is not null && StateWords.TryParse(state, out SubState to)
        && StateWords.ActiveOf(to) is ActiveState.Deactivating or ActiveState.Inactive
            or ActiveState.Failed;

    private sealed class Asked
    {
        public string State { get; set; } = "";
        public long Job { get; set; }
        public int Commands { get; set; }
        public bool Consents { get; set; }
    }
}
