using InitTx.Core;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Simulation.World;
using InitTx.Units.Model;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// Commands of sockets, by the world's own knowledge of who ran and how it ended: rows and effects
/// only say when.
/// </summary>
internal sealed class I50SocketCommandsKeepTheirPlace() : SimulationInvariant(
    "I50", "A socket is opened behind its ExecStartPre= and closed behind its ExecStopPre=, one"
        + " command at a time, and leaves nothing behind.")
{
    private readonly Dictionary<UnitName, SocketRun> _runs = [];

    public override void Committed(EngineStep step)
    {
        foreach (JournalRecord r in step.Records)
        {
            if (r.Unit is { } unit && unit.EndsWith(".socket", StringComparison.Ordinal))
                Follow(RunOf(UnitName.Parse(unit)), r);
        }

        foreach (UnitId id in step.ChangedUnits)
        {
            if (View.Engine.UnitOrNull(id) is { } unit && unit.Name.Kind == UnitKind.Socket
                && WaitsForProcesses(unit.Sub) && unit.DeadlineUs == long.MaxValue)
                Fail($"{unit.Name} is {unit.Sub} and has no deadline");
        }
    }

    public override void Made(SimulatedProcess process)
    {
        if (process.Unit.Kind != UnitKind.Socket)
            return;
        RunOf(process.Unit).Made.Add(process);
        foreach (SimulatedProcess other in View.World.Processes.All)
        {
            if (other != process && other.Unit == process.Unit && other.Token.Value != 0
                && LivesOn(other))
                Fail($"{process.Unit} got {process.Role} process {process.Identity} while"
                    + $" {other.Role} process {other.Identity} lives");
        }
    }

    public override void Died(SimulatedProcess process)
    {
        if (process.Unit.Kind == UnitKind.Socket && process.Role == ExecRole.StartPre
            && RunOf(process.Unit).Made.Contains(process))
            RunOf(process.Unit).Pre.Add(process is { ExitKind: ExitKind.Exited, ExitCode: 0 });
    }

    public override void BeforeEffect(Effect effect)
    {
        if (effect is Effect.OpenSockets opening)
            Opening(View.Engine.Unit(opening.Unit).Name);
        else if (effect is Effect.CloseSockets closing)
            Closing(View.Engine.Unit(closing.Unit).Name);
    }

    public override void Crashed()
    {
        foreach (SocketRun run in _runs.Values)
            run.Openings.Clear();
    }

    public override void Quiet()
    {
        foreach (SimulatedProcess process in View.World.Processes.All)
        {
            if (process.Unit.Kind == UnitKind.Socket && LivesOn(process)
                && Settings(process.Unit).Kill is
                { Mode: KillMode.ControlGroup or KillMode.Mixed }
                && View.Engine.Find(process.Unit) is
                { Active: ActiveState.Inactive or ActiveState.Failed })
                Fail($"{process.Unit} is down, its process {process.Identity} lives");
        }
    }

    private static void Follow(SocketRun run, in JournalRecord r)
    {
        if (r is { Kind: RecordKind.Transition, From: "dead" or "failed" })
            run.Begin();
        else if (r is { Kind: RecordKind.Transition, To: "start-chown" })
            run.Openings.Enqueue([.. run.Pre]);
        else if (r is { Kind: RecordKind.Transition, To: "listening" })
            run.WasUp = true;
        else if (r is { Kind: RecordKind.Process, From: "stop-pre", To: "intended" })
            run.AskedToStop = true;
    }

    private void Opening(UnitName unit)
    {
        SocketRun run = RunOf(unit);
        IReadOnlyList<ExecCommand> commands = Settings(unit).Socket!.ExecStartPre;
        int must = commands.Count(c => (c.Flags & ExecCommandFlags.IgnoreFailure) == 0);
        List<bool> ended = run.Openings.TryDequeue(out List<bool>? then) ? then : run.Pre;
        if (ended.Count < commands.Count || ended.Count(static ok => ok) < must)
            Fail($"{unit} is opened, and of {commands.Count} ExecStartPre= {ended.Count} ended,"
                + $" {ended.Count(static ok => ok)} of them well");
    }

    private void Closing(UnitName unit)
    {
        if (!View.World.Sockets.IsOpen(unit))
            return;
        SocketRun run = RunOf(unit);
        if (run is { WasUp: true, AskedToStop: false }
            && Settings(unit).Socket!.ExecStopPre.Count > 0)
            Fail($"{unit} is closed, and its ExecStopPre= was not asked for");
        foreach (SimulatedProcess process in run.Made)
        {
            if (process.Role == ExecRole.StopPre && LivesOn(process))
                Fail($"{unit} is closed while its ExecStopPre= process {process.Identity} runs");
        }
    }

    private UnitDefinition Settings(UnitName unit) => View.World.Catalog.Load(unit);

    private SocketRun RunOf(UnitName unit)
    {
        if (!_runs.TryGetValue(unit, out SocketRun? run))
            _runs.Add(unit, run = new SocketRun());
        return run;
    }

    // What is killed at this moment is gone for everybody but the agenda.
    private bool LivesOn(SimulatedProcess process) =>
        process.Alive && process.EndsAtUs > View.Clock.ActiveUs && !MayLinger(process);

    private static bool WaitsForProcesses(SubState state) => state is SubState.StartPre
        or SubState.StartPost or SubState.StopPre or SubState.StopPreSigterm
        or SubState.StopPreSigkill or SubState.StopPost or SubState.FinalSigterm
        or SubState.FinalSigkill;

    // From leaving dead to the next time.
    private sealed class SocketRun
    {
        public HashSet<SimulatedProcess> Made { get; } = [];

        /// <summary>How each ExecStartPre= ended, in order: well or not.</summary>
        public List<bool> Pre { get; } = [];

        /// <summary>
        /// <see cref="Pre"/> at each step to start-chown whose effect has not run: one batch may
        /// hold the end of this run and the beginning of the next.
        /// </summary>
        public Queue<List<bool>> Openings { get; } = [];

        public bool WasUp { get; set; }

        public bool AskedToStop { get; set; }

        public void Begin()
        {
            Made.Clear();
            Pre.Clear();
            (WasUp, AskedToStop) = (false, false);
        }
    }
}
