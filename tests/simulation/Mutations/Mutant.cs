using System.Diagnostics;
using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Simulation.Boot;
using InitTx.Simulation.World;
using InitTx.Units.Model;
using InitTx.Units.Recording;

namespace InitTx.Simulation.Mutations;

/// <summary>
/// The places at which a mutation takes hold. Without one every method leaves things as they are.
/// </summary>
internal sealed class Mutant(Mutation mutation)
{
    private int _count;
    private Effect.Spawn? _lastSpawn;

    /// <summary>Which one it is.</summary>
    public Mutation Mutation { get; } = mutation;

    /// <summary>The catalogue that the engine is given in place of the true one.</summary>
    public GeneratedCatalog Catalog(GeneratedCatalog catalog) => Mutation switch
    {
        Mutation.IgnoreOrdering =>
            catalog.With(u => Without(u, DependencyKind.After, DependencyKind.Before)),
        Mutation.IgnoreBinding =>
            catalog.With(u => Without(u, DependencyKind.BindsTo, DependencyKind.BindsTo)),
        Mutation.IgnoreStartLimit => catalog.With(u => u with { StartLimitBurst = 0 }),
        Mutation.HurryTimers => catalog.With(u => u.Timer is { } timer
            ? u with { Timer = timer with { Triggers = [.. timer.Triggers.Select(Halved)] } }
            : u),
        Mutation.ForgiveKills => catalog.With(u => u.Service is { } service
            ? u with { Service = service with { OomPolicy = OomPolicy.Continue } }
            : u),
        Mutation.HideChecks => catalog.With(u => u.Service is { } service
            ? u with { Service = service with { ExecCheck = [] } }
            : u),
        Mutation.SkipStopCommands => catalog.With(u => u.Socket is { } socket
            ? u with { Socket = socket with { ExecStopPre = [] } }
            : u),
        _ => catalog,
    };

    /// <summary>The limits that the engine is given in place of the true ones.</summary>
    public EngineLimits Limits(EngineLimits limits) => Mutation == Mutation.StartSideBySide
        ? limits with { StartsAtOnce = int.MaxValue }
        : limits;

    private static TimerTrigger Halved(TimerTrigger t) => t with { SpanUs = t.SpanUs / 2 };

    /// <summary>The catalogue of an engine that is restored from the store.</summary>
    public GeneratedCatalog RestoredCatalog(GeneratedCatalog catalog) =>
        Mutation == Mutation.RestoreWithoutWants
            ? catalog.With(u => Without(u, DependencyKind.Wants, DependencyKind.Wants))
            : Catalog(catalog);

    /// <summary>The instant that the engine is told.</summary>
    public Instant Now(Instant now) => Mutation == Mutation.HostClock
        ? now with { RealtimeUs = now.RealtimeUs + (Stopwatch.GetTimestamp() & 0xff) }
        : now;

    /// <summary>The effect that is carried out in place of the true one.</summary>
    public Effect Change(Effect effect, Engine engine)
    {
        if (effect is Effect.Spawn spawn)
            _lastSpawn = spawn;
        return Mutation == Mutation.SignalAnother
            && effect is Effect.Signal { Scope: SignalScope.Process } signal
            && OtherMain(engine, signal) is { IsNone: false } other
            ? signal with { Process = other }
            : effect;
    }

    /// <summary>What is done once more after a restart.</summary>
    public Effect.Spawn? Repeats() => Mutation == Mutation.RepeatSpawn ? _lastSpawn : null;

    /// <summary>The event that the engine is given in place of the true one.</summary>
    public EngineEvent Change(EngineEvent e, Engine engine)
    {
        if (Mutation == Mutation.MixUpProcesses && e is EngineEvent.Spawned s && Every(7)
            && OtherMain(engine, s) is { IsNone: false } other)
            return s with { Process = other };
        if (Mutation == Mutation.LoseExit && e is EngineEvent.Exited && Every(9))
            return EngineEvent.Tick.Instance;
        if (Mutation == Mutation.ClaimFrozen
            && e is EngineEvent.EffectFailed { Effect: Engine.FreezeEffect })
            return EngineEvent.Tick.Instance;
        if (Mutation == Mutation.HideRefusal && e is EngineEvent.EffectFailed)
            return EngineEvent.Tick.Instance;
        if (Mutation == Mutation.HideLostName && e is EngineEvent.BusNameChanged { Owned: false })
            return EngineEvent.Tick.Instance;
        if (Mutation == Mutation.HideStirs && e is EngineEvent.PathStirred)
            return EngineEvent.Tick.Instance;
        if (Mutation == Mutation.HideMounts && e is EngineEvent.MountTableRead && Every(3))
            return EngineEvent.Tick.Instance;
        if (Mutation == Mutation.HideConnections && e is EngineEvent.ConnectionAccepted && Every(3))
            return EngineEvent.Tick.Instance;
        if (Mutation == Mutation.ForgiveCommands && e is EngineEvent.Exited command
            && engine.Units.Any(u => u.Name.Kind == UnitKind.Socket
                && u.ControlProcess == command.Process))
            return command with { Kind = ExitKind.Exited, Code = 0 };
        if (Mutation is Mutation.ClaimMemory or Mutation.HideMemory)
            return OfMemory(e);
        if (Mutation == Mutation.ForgiveRefusals && e is EngineEvent.Exited refused
            && engine.Units.Any(u => u.ControlProcess == refused.Process
                && u.ControlRole == ExecRole.Check))
            return refused with { Kind = ExitKind.Exited, Code = 0 };
        if (Mutation == Mutation.HideClock && e is EngineEvent.ClockChanged)
            return EngineEvent.Tick.Instance;
        if (e is EngineEvent.Requested { Request: { } request })
            return new EngineEvent.Requested(Change(request));
        return e;
    }

    private EngineEvent OfMemory(EngineEvent e) => e switch
    {
        EngineEvent.Exited { Kind: ExitKind.Killed, Code: 9 } exited =>
            exited with { ForMemory = Mutation == Mutation.ClaimMemory },
        EngineEvent.OutOfMemory when Mutation == Mutation.HideMemory => EngineEvent.Tick.Instance,
        _ => e,
    };

    private ControlRequest Change(ControlRequest request) => Mutation switch
    {
        Mutation.HurrySettle when request.SettleUs > 0 => request with { SettleUs = 1 },
        Mutation.UndoAnother when request.Verb == RequestVerb.Undo =>
            request with { Transaction = new TransactionId(request.Transaction.Value - 1) },
        _ => request,
    };

    /// <summary>Takes rows out of a batch.</summary>
    public void ChangeRecords(EngineStep step)
    {
        if (Mutation == Mutation.DropTransition)
            Drop(step, r => r.Kind == RecordKind.Transition);
        else if (Mutation == Mutation.DropJobEnd)
            Drop(step, r => r is { Kind: RecordKind.Job, To: "ended" });
        else if (Mutation == Mutation.ClaimRolledBack)
            ClaimRolledBack(step.Records);
        else if (Mutation == Mutation.TellSecret && step.Records.Count > 0 && Every(13))
            step.Records[0] = step.Records[0] with { Text = ServiceGenerator.Secret };
    }

    private static void ClaimRolledBack(List<JournalRecord> rows)
    {
        for (int i = 0; i < rows.Count; i++)
        {
            if (rows[i] is { Kind: RecordKind.Transaction, To: "rollingBack" } row)
                rows[i] = row with { To = "ended", Result = "rolledBack" };
        }
    }

    /// <summary>The first effect goes before the commit.</summary>
    public bool RunsEffectsFirst(EngineStep step) =>
        Mutation == Mutation.EffectBeforeCommit && step.Effects.Count > 0 && Every(5);

    /// <summary>The effect is not carried out.</summary>
    public bool Swallows(Effect effect, Engine engine) =>
        (Mutation == Mutation.SpareCommands && SignalledBy(effect) is { } signalled
                && engine.Unit(signalled).Name.Kind == UnitKind.Socket)
            || (Mutation == Mutation.KeepSockets && effect is Effect.CloseSockets)
            || (Mutation == Mutation.KeepStores && effect is Effect.ReleaseDescriptors)
            || (Mutation == Mutation.LoseStamps && effect is Effect.WriteStamp)
            || (Mutation == Mutation.KeepLookers && effect is Effect.AnswerAutomount)
            || (Mutation == Mutation.LoseFreezes && effect is Effect.Freeze { On: true })
            || (Mutation == Mutation.KeepFrozen && effect is Effect.Freeze { On: false })
            || (Mutation == Mutation.KeepConnections && effect is Effect.CloseConnection);

    private static UnitId? SignalledBy(Effect effect) => effect switch
    {
        Effect.Signal signal => signal.Unit,
        Effect.KillCgroup kill => kill.Unit,
        _ => null,
    };

    /// <summary>A spawn is carried out once more.</summary>
    public bool SpawnsTwice(Effect.Spawn spawn) =>
        Mutation == Mutation.SpawnTwice && spawn.Role == ExecRole.Main && Every(3);

    /// <summary>The loop waits where it must not.</summary>
    public void AfterPrepare(SimulatedWorld world)
    {
        if (Mutation == Mutation.WaitForHelper)
            world.Clock.AdvanceTo(world.Clock.ActiveUs + 250_000);
    }

    /// <summary>A zombie is reaped too early.</summary>
    public bool ReapsAtOnce => Mutation == Mutation.ReapBeforeCommit;

    /// <summary>The unit's state does not reach the store.</summary>
    public bool Forgets(string unit) =>
        Mutation == Mutation.ForgetUnitState && unit[0] == 's' && Every(11);

    /// <summary>The engine's own state does not reach the store, but for the first times.</summary>
    public bool ForgetsEngine() => Mutation == Mutation.ForgetEngineState && _count++ > 20;

    /// <summary>An ended transaction does not reach the store.</summary>
    public bool ForgetsEnded() => Mutation == Mutation.ForgetEnded && Every(5);

    /// <summary>What a re-exec hands over.</summary>
    public void HandOver(Engine old, List<KeyValuePair<string, byte[]>> units)
    {
        if (Mutation == Mutation.ReexecLosesUnit && units.Count > 4)
            units.RemoveAt(units.Count / 2);
        for (int i = 0; i < units.Count; i++)
        {
            if (!UnitName.TryParse(units[i].Key, out UnitName name)
                || old.Find(name) is not { } unit)
                continue;
            if (Mutation == Mutation.ReexecLosesDeadlines)
                RecordDamage.DropDeadline(units[i].Value, unit);
            else if (Mutation == Mutation.ReexecLosesJobs)
                units[i] = new(units[i].Key, RecordDamage.WithoutJob(units[i].Value, unit));
        }
    }

    /// <summary>The definitions that a new image finds.</summary>
    public IReadOnlyList<HeldDefinition>? Held(IReadOnlyList<HeldDefinition>? definitions) =>
        Mutation is Mutation.ForgetDefinitions or Mutation.RestoreWithoutWants ? null : definitions;

    /// <summary>What the engine is told of sleep.</summary>
    public long Sleep(long suspendedUs) => Mutation == Mutation.HideSleep ? 0 : suspendedUs;

    /// <summary>What the store is found to hold.</summary>
    public ReadOnlySpan<byte> Found(
        ReadOnlySpan<byte> engine, List<KeyValuePair<string, byte[]>> units)
    {
        if (Mutation == Mutation.DriftingReplay && engine.Length > 0)
        {
            byte[] drifted = engine.ToArray();
            // Beyond what units' records say: the largest counts.
            RecordDamage.SetNumber(drifted.AsSpan(1), (long.MaxValue / 4) + ++_count);
            return drifted;
        }

        if (Mutation != Mutation.ForgetCounters || engine.Length == 0)
            return engine;
        byte[] changed = engine.ToArray();
        RecordDamage.ForgetNumber(changed.AsSpan(1));
        for (int i = 0; i < units.Count; i++)
        {
            byte[] unit = [.. units[i].Value];
            RecordDamage.ForgetNumber(unit);
            units[i] = new(units[i].Key, unit);
        }

        return changed;
    }

    /// <summary>The highest number that the black box knows.</summary>
    public long Head(long seq) => Mutation == Mutation.ForgetCounters ? 0 : seq;

    /// <summary>Deadlines are not looked at.</summary>
    public bool HasNoTimers(bool shuttingDown) => Mutation == Mutation.ForgetTimers
        || (Mutation == Mutation.ForgetTimersAtShutdown && shuttingDown);

    private static UnitDefinition Without(UnitDefinition unit, DependencyKind a, DependencyKind b)
    {
        var rest = new List<UnitDependency>(unit.Dependencies.Count);
        foreach (UnitDependency d in unit.Dependencies)
        {
            if (d.Kind != a && d.Kind != b)
                rest.Add(d);
        }

        return unit with { Dependencies = rest };
    }

    private static ProcessIdentity OtherMain(Engine engine, EngineEvent.Spawned spawned)
    {
        foreach (UnitRuntime unit in engine.Units)
        {
            if (!unit.MainProcess.IsNone && unit.MainToken != spawned.Token)
                return unit.MainProcess;
        }

        return default;
    }

    private static ProcessIdentity OtherMain(Engine engine, Effect.Signal signal)
    {
        foreach (UnitRuntime unit in engine.Units)
        {
            if (!unit.MainProcess.IsNone && unit.Id != signal.Unit)
                return unit.MainProcess;
        }

        return default;
    }

    private bool Every(int n) => ++_count % n == 0;

    private void Drop(EngineStep step, Predicate<JournalRecord> which)
    {
        int at = step.Records.FindIndex(which);
        if (at >= 0 && Every(13))
            step.Records.RemoveAt(at);
    }
}
