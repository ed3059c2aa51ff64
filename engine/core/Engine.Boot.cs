using InitTx.Core.Job;
using InitTx.Core.Ports;
using InitTx.Core.Resources;
using InitTx.Core.Transaction;
using InitTx.Units.Model;

namespace InitTx.Core;

/// <summary>
/// The boot: one transaction for the target and all that hangs on it. It never refuses: what
/// stands in the way is dropped and said, a missing target leads to rescue.target, and when even
/// that is missing the manager waits for orders.
/// </summary>
public sealed partial class Engine
{
    // There before the manager, or the manager itself: up without anybody asking.
    private static readonly UnitName[] Perpetual =
    [
        UnitName.Parse("-.mount"), UnitName.Parse("-.slice"), UnitName.Parse("init.scope"),
        UnitName.Parse("system.slice"),
    ];

    private bool _hasBooted;
    private bool _hasNoGoal;
    private bool _isUserManager;
    private TransactionId _bootTransaction;

    private void Boot(EngineEvent.Booted booted)
    {
        long seq = Out.Manager(RecordKind.Boot, new Cause(CauseKind.Boot, 0, booted.Text));
        if (_hasBooted)
            return;
        _hasBooted = true;
        NoteStartup();
        _isUserManager = booted.UserManager;
        LoadPerpetual();
        if (BootTo(booted.Target, seq))
            return;
        if (booted.Target != RescueTarget && BootTo(RescueTarget, seq))
            return;
        _hasNoGoal = true;
        Say("No target to boot to: the manager waits for orders (initx list, initx start).");
    }

    private void LoadPerpetual()
    {
        foreach (UnitName name in Perpetual)
        {
            if (Catalog.Load(name).IsPerpetual)
                GetOrLoad(name);
        }
    }

    private bool BootTo(UnitName target, long seq)
    {
        PlanDraft draft = TransactionPlanner.Plan(
            this, new PlanRequest(RequestVerb.Start, [target], JobMode.Replace, IsBoot: true));
        if (draft.IsRefused)
        {
            foreach (string why in draft.Refused)
            {
                Out.Manager(RecordKind.Config, new Cause(CauseKind.Boot, seq, why));
                Say($"Cannot boot to {target}: {why}");
            }

            return false;
        }

        foreach (string dropped in draft.Dropped)
            Say(dropped);
        TransactionRuntime transaction = Book.New(RequestVerb.Start);
        _bootTransaction = transaction.Id;
        TransactionInstaller.Install(this, draft, transaction, new Cause(CauseKind.Boot, seq));
        return true;
    }

    /// <summary>Console lines for what a person at the console wants to know.</summary>
    internal void BootTold(UnitJob job, JobResult result, string? text)
    {
        if (job.AskedKind is not (JobKind.Start or JobKind.Restart))
            return;
        bool isBoot = _bootTransaction.Value != 0;
        if (result is JobResult.Failed or JobResult.Timeout or JobResult.Dependency or JobResult.Assert)
            Say($"{job.Unit.Name}: {JobWords.Of(result)}{(text is null ? "" : $": {text}")}");
        else if (isBoot && result == JobResult.Done && job.Unit.Name.Kind == UnitKind.Target)
            Say($"Reached {job.Unit.Name}.");
    }

    private void EndOfBoot(TransactionRuntime transaction)
    {
        if (transaction.Id != _bootTransaction)
            return;
        _bootTransaction = default;
        Out.TouchEngine();
        if (_units.Exists(static u => ResourcePlan.HasStartup(u.Definition.Resources)))
            Out.Emit(Effect.ApplyResources.Instance);
        Say($"Boot {TransactionWords.Of(transaction.Outcome)}: {ManagerStateWords.Of(State)}.");
    }

    private void Say(string text) => Out.Emit(new Effect.ConsoleLine(text));
}
