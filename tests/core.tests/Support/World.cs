using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Graph;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Core.Tests.Support;

/// <summary>Definitions by name; unknown names are not found.</summary>
internal sealed class TableCatalog : IUnitCatalog
{
    private readonly Dictionary<UnitName, UnitDefinition> _units = [];

    /// <summary>How many definitions nobody needs any more.</summary>
    public int Forgotten { get; private set; }

    public void Forget(UnitName name) => Forgotten++;

    public void Add(UnitDefinition definition) => _units[definition.Name] = definition;

    public UnitDefinition Load(UnitName name)
    {
        if (_units.TryGetValue(name, out UnitDefinition? found))
            return found;
        if (name.IsInstance && _units.TryGetValue(name.Template, out UnitDefinition? template))
            return template with { Name = name };
        foreach (UnitDefinition definition in _units.Values)
        {
            if (definition.Aliases.Contains(name))
                return definition;
        }

        return new UnitDefinition { Name = name, LoadState = UnitLoadState.NotFound };
    }
}

/// <summary>
/// An engine with a clock, a catalogue and hands: sends events, keeps rows and effects, answers
/// spawns when told to.
/// </summary>
internal sealed class World
{
    private int _nextPid = 100;
    private long _nextRequest;

    public World(params ReadOnlySpan<UnitDefinition> units)
        : this(new EngineLimits(), units)
    {
    }

    public World(EngineLimits limits, params ReadOnlySpan<UnitDefinition> units)
    {
        Limits = limits;
        foreach (UnitDefinition unit in units)
            Catalog.Add(unit);
        Engine = new Engine(Catalog, Limits);
    }

    public EngineLimits Limits { get; }
    public TableCatalog Catalog { get; } = new();
    public Engine Engine { get; private set; }
    public long NowUs { get; private set; } = 1_000_000;
    public long SuspendedUs { get; private set; }

    /// <summary>Microseconds since 1970 at which the monotonic clock was 0; may be set.</summary>
    public long ClockOffsetUs { get; set; } = 1_700_000_000_000_000;

    public long RealtimeUs => NowUs + ClockOffsetUs;
    public List<JournalRecord> Records { get; } = [];

    /// <summary>Effects of all events, in order.</summary>
    public List<Effect> AllEffects { get; } = [];

    /// <summary>Effects of the last event.</summary>
    public List<Effect> Effects { get; } = [];

    /// <summary>
    /// Spawns that nobody has answered, for tests that answer in an order of their own.
    /// </summary>
    public List<Effect.Spawn> PendingSpawns { get; } = [];

    /// <summary>All replies so far.</summary>
    public List<Effect.Reply> Replies { get; } = [];

    /// <summary>Units' recorded bytes as a journal would have them.</summary>
    public Dictionary<string, byte[]> Store { get; } = [];

    public byte[] EngineStore { get; private set; } = [];

    /// <summary>Ended transactions by number.</summary>
    public SortedDictionary<long, byte[]> EndedStore { get; } = [];

    public UnitRuntime this[string unit] => Engine.GetOrLoad(UnitName.Parse(unit));

    public void Send(EngineEvent e)
    {
        var step = new EngineStep();
        Engine.Handle(
            e, new Instant(NowUs, RealtimeUs), step, SuspendedUs);
        Effects.Clear();
        Effects.AddRange(step.Effects);
        AllEffects.AddRange(step.Effects);
        Records.AddRange(step.Records);
        foreach (Effect effect in step.Effects)
        {
            if (effect is Effect.Reply reply)
                Replies.Add(reply);
            if (effect is Effect.Spawn spawn)
                PendingSpawns.Add(spawn);
        }

        Commit(step);
    }

    /// <summary>The kernel's tables hold these mounts and swaps now, and no others.</summary>
    public void KernelHas(params string[] units) =>
        Send(new EngineEvent.MountTableRead([.. units.Select(Entry)]));

    private static KernelEntry Entry(string unit)
    {
        UnitName name = UnitName.Parse(unit);
        string path = UnitNameEscaper.UnescapePath(name.WithoutSuffix)!;
        return name.Kind == UnitKind.Swap
            ? new KernelEntry(name, "", path, "", "")
            : new KernelEntry(name, path, "tmpfs", "tmpfs", "rw");
    }

    /// <summary>The machine sleeps; the first event on waking up is a tick.</summary>
    public void SleepSeconds(double seconds, bool wakes = true)
    {
        SuspendedUs += (long)(seconds * 1_000_000);
        NowUs += (long)(seconds * 1_000_000);
        if (wakes)
            Send(EngineEvent.Tick.Instance);
    }

    /// <summary>Lets time pass in one piece.</summary>
    public void Advance(long us)
    {
        NowUs += us;
        Send(EngineEvent.Tick.Instance);
    }

    public void AdvanceSeconds(double seconds) => Advance((long)(seconds * 1_000_000));

    public RequestId Request(
        RequestVerb verb,
        string units,
        JobMode mode = JobMode.Fail,
        Func<ControlRequest, ControlRequest>? more = null)
    {
        var request = new ControlRequest
        {
            Id = new RequestId(++_nextRequest),
            Verb = verb,
            Requester = new Requester(4000, 0, 0, "initx", "/usr/bin/initx", "", 0, true),
            Units = units.Length == 0 ? [] : [.. units.Split(' ').Select(UnitName.Parse)],
            Mode = mode,
        };
        Send(new EngineEvent.Requested(more is null ? request : more(request)));
        return request.Id;
    }

    public RequestId Start(string units) => Request(RequestVerb.Start, units);

    public RequestId Stop(string units) => Request(RequestVerb.Stop, units);

    /// <summary>The final reply to a request, null when there is none yet.</summary>
    public EngineReply? Final(RequestId request) =>
        Replies.LastOrDefault(r => r.Request == request && r.Body.IsFinal)?.Body;

    public string? Outcome(RequestId request) => Final(request) switch
    {
        EngineReply.Finished f => f.Outcome,
        EngineReply.Refused => "refused",
        _ => null,
    };

    /// <summary>Answers every outstanding spawn of the last effects, and of what follows.</summary>
    public void RunSpawns()
    {
        for (int i = 0; i < 1000; i++)
        {
            if (Effects.OfType<Effect.Spawn>().ToArray() is not { Length: > 0 } spawns)
                return;
            var later = new List<Effect>();
            foreach (Effect.Spawn spawn in spawns)
            {
                Spawned(spawn);
                later.AddRange(Effects);
            }

            Effects.Clear();
            Effects.AddRange(later);
        }
    }

    public ProcessIdentity Spawned(Effect.Spawn spawn)
    {
        PendingSpawns.Remove(spawn);
        var process = new ProcessIdentity(_nextPid++, 7);
        Send(new EngineEvent.Spawned(spawn.Token, process));
        List<Effect> first = [.. Effects];
        Send(new EngineEvent.Executed(spawn.Token));
        Effects.InsertRange(0, first);
        return process;
    }

    /// <summary>Starts a unit and lets its processes appear.</summary>
    public RequestId StartAndRun(string units)
    {
        RequestId id = Start(units);
        RunSpawns();
        return id;
    }

    public void MainExits(string unit, int code = 0, ExitKind kind = ExitKind.Exited, bool? empty = true) =>
        Send(new EngineEvent.Exited(this[unit].MainProcess, kind, code, empty));

    public void ControlExits(string unit, int code = 0, ExitKind kind = ExitKind.Exited, bool? empty = null) =>
        Send(new EngineEvent.Exited(this[unit].ControlProcess, kind, code, empty));

    public void Notify(string unit, NotifyMessage message, int? pid = null) =>
        Send(new EngineEvent.Notified(
            this[unit].Id, pid ?? this[unit].MainProcess.Pid, message));

    public void Prepared(string unit, PrepareOutcome outcome = PrepareOutcome.Ready, string detail = "") =>
        Send(new EngineEvent.Prepared(this[unit].PrepareToken, outcome, detail));

    public Effect.Spawn TheSpawn(ExecRole role)
    {
        Effect.Spawn[] spawns = [.. Effects.OfType<Effect.Spawn>().Where(s => s.Role == role)];
        Assert.That(spawns, Has.Length.EqualTo(1), $"one spawn of {role}: {Dump()}");
        return spawns[0];
    }

    /// <summary>The sub-states that a unit went through, the first included.</summary>
    public string Path(string unit)
    {
        var steps = Records
            .Where(r => r.Kind == RecordKind.Transition && r.Unit == unit).ToArray();
        return steps.Length == 0 ? "" : steps[0].From + " " + string.Join(' ', steps.Select(s => s.To));
    }

    public string State(string unit) => StateWords.Of(this[unit].Sub);

    public string Result(string unit) => StateWords.Of(this[unit].Result);

    public IEnumerable<string> JobResults() => Records
        .Where(r => r.Kind == RecordKind.Job && r.To == "ended")
        .Select(r => $"{r.Unit} {r.From} {r.Result}");

    public string Dump() => "\n" + string.Join('\n', Records.Select(r =>
        $"{r.Seq} {RecordWords.Of(r.Kind)} {r.Unit} {r.From}→{r.To} {r.Result} "
        + $"[{RecordWords.Of(r.Cause)} {r.CauseSeq}] tx{r.Transaction} job{r.Job} pid{r.Pid} {r.Text}"))
        + "\neffects: " + string.Join(", ", Effects.Select(e => e.ToString()));

    /// <summary>The manager dies and a new one starts over what was recorded.</summary>
    public void Crash(RecoveryFacts? facts = null)
    {
        Engine = Restored(out IReadOnlyList<string> problems);
        Assert.That(problems, Is.Empty);
        Send(new EngineEvent.Recovered(facts ?? new RecoveryFacts
        {
            Kind = RecordKind.Crash,
            Text = "test",
        }));
    }

    /// <summary>A planned re-exec: the new image gets the hand-over, no effect is lost.</summary>
    public void Reexec()
    {
        var engine = new System.Buffers.ArrayBufferWriter<byte>();
        Engine.WriteEngine(engine);
        var units = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (UnitRuntime unit in Engine.Units)
        {
            var output = new System.Buffers.ArrayBufferWriter<byte>();
            Engine.WriteUnit(unit.Id, output, handsOver: true);
            units.Add(unit.Name.Value, output.WrittenSpan.ToArray());
        }

        Engine = Engine.Restore(
            Catalog, Limits, engine.WrittenSpan, [.. units], out IReadOnlyList<string> problems);
        Assert.That(problems, Is.Empty);
        Send(new EngineEvent.Recovered(new RecoveryFacts
        {
            Kind = RecordKind.Reexec,
            Text = "test",
        }));
    }

    public Engine Restored(out IReadOnlyList<string> problems) => Engine.Restore(
        Catalog, Limits, EngineStore,
        [.. Store.Select(p => KeyValuePair.Create(p.Key, p.Value))], out problems,
        ended: [.. EndedStore]);

    private void Commit(EngineStep step)
    {
        foreach (UnitId id in step.ChangedUnits)
        {
            var output = new System.Buffers.ArrayBufferWriter<byte>();
            Engine.WriteUnit(id, output);
            if (output.WrittenCount == 0)
                Store.Remove(Engine.Unit(id).Name.Value);
            else
                Store[Engine.Unit(id).Name.Value] = output.WrittenSpan.ToArray();
        }

        if (!step.EngineChanged)
            return;
        var engine = new System.Buffers.ArrayBufferWriter<byte>();
        Engine.WriteEngineAlone(engine);
        EngineStore = engine.WrittenSpan.ToArray();
        StoreEnded();
    }

    private void StoreEnded()
    {
        foreach (long old in EndedStore.Keys.Where(n => n < Engine.FirstEnded).ToList())
            EndedStore.Remove(old);
        for (long number = Engine.FirstEnded; number <= Engine.LastEnded; number++)
        {
            if (EndedStore.ContainsKey(number))
                continue;
            var output = new System.Buffers.ArrayBufferWriter<byte>();
            Engine.WriteEnded(number, output);
            EndedStore.Add(number, output.WrittenSpan.ToArray());
        }
    }
}
