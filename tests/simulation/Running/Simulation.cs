using InitTx.Core;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Simulation.Faults;
using InitTx.Simulation.Invariants;
using InitTx.Simulation.Randomness;
using InitTx.Simulation.World;
using InitTx.Units.Model;

namespace InitTx.Simulation.Running;

/// <summary>
/// One simulated boot: boot, random operations with faults until there was enough of both,
/// sometimes a calm phase in which everything must converge, then a shutdown from wherever it is.
/// </summary>
internal sealed class Simulation
{
    private const int LeastOperations = 24;
    private const int MostOperations = 2_000;
    private const int MostOpen = 24;

    // Whoever has asked so often and seen so little waits a second between two requests: the helper
    // may be stuck for a minute, in which nothing starts.
    private const int Hasty = 1_000;
    private const int SlowGapUs = 1_000_000;
    private const int LeastTransitions = 200;
    private const int LeastFaults = 3;
    private const long QuietBoundUs = 7_200_000_000;
    private const long LoopsEndUs = QuietBoundUs / 2;

    private readonly RunContext _run;
    private readonly SimulatedShell _shell;
    private readonly FaultInjector _faults;
    private readonly SimulationSettings _settings;
    private readonly I24ShutdownReachesFinal _shutdown;

    public Simulation(Seed seed, SimulationSettings settings)
    {
        _settings = settings;
        _run = SimulationFactory.Make(seed, settings);
        _shutdown = new I24ShutdownReachesFinal(_run.Limits) { View = _run.View };
        SimulationFactory.Watch(_run, settings, _shutdown);
        _shell = new SimulatedShell(_run) { ReexecAfterBatch = settings.ReexecAfterBatch };
        bool restarts = settings.Observes is null;
        _faults = new FaultInjector(_run, _shell,
            FaultPlan.Draw(seed, _run.World.Options, restarts));
    }

    /// <summary>Plays the boot to its end.</summary>
    public SimulationResult Run()
    {
        bool final = false;
        string? broken = null;
        try
        {
            _shell.Begin();
            Operate();
            if (_run.Seed.Draw(Purpose.Boot, 1) % 5 < 3)
                Converge();
            final = ShutDown();
            foreach (SimulationInvariant i in _run.Invariants)
                i.End(final);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Whatever the engine throws is a bug of ours; the seed must be reported, not lost.
            broken = e.ToString();
        }

        _run.Statistics.VirtualUs = _run.World.Clock.ActiveUs;
        _run.World.Clients.Sent.CopyTo(_run.Statistics.Verbs, 0);
        return new SimulationResult(_run.Seed, _run.Violations, broken, _run.Trace.Hash,
            _shell.Batches, _run.Statistics);
    }

    private void Operate()
    {
        long next = _run.World.Clock.ActiveUs;
        for (int index = 0; index < MostOperations; index++)
        {
            Prng p = _run.Seed.Stream(Purpose.Clients, index, 1);
            int gap = _run.World.Options.OperationGapUs;
            if (index >= Hasty)
                gap = Math.Max(gap, SlowGapUs);
            next = Math.Max(next, _run.World.Clock.ActiveUs) + p.Pick([0, 0, gap, gap, gap * 4]);
            RunUntil(next, () => false);
            for (int i = 0; i < 60 && _shell.Engine.OpenTransactions.Count > MostOpen; i++)
                RunUntil(_run.World.Clock.ActiveUs + 1_000_000, () => false);
            _run.World.Clients.Sweep();
            _run.World.Clients.Send(Operation.Draw(_run.Seed, _run.World.Catalog, index));
            _run.Statistics.Operations++;
            _faults.AfterOperation(index);
            if (p.OneIn(5))
                _faults.Inject(new Fault(FaultKind.Traffic, index, 0, p.Below(1_000)));
            if (index >= LeastOperations && _faults.IsDone
                && _run.Statistics.FaultCount >= LeastFaults
                && _run.Statistics.Transitions >= LeastTransitions)
                return;
        }
    }

    private void Converge()
    {
        RunContext run = _run;
        _faults.Stop();
        run.World.Trouble = 0;
        long bound = run.World.Clock.ActiveUs + QuietBoundUs;
        bool isQuiet = RunUntil(bound - LoopsEndUs, IsQuiet);
        if (!isQuiet)
        {
            EndLoops();
            isQuiet = RunUntil(bound, IsQuiet);
        }

        if (isQuiet)
        {
            foreach (SimulationInvariant i in run.Invariants)
                i.Quiet();
            return;
        }

        if (IsHeldUp())
        {
            run.Trace.Note("a process that its unit's file lets live holds everything up");
            return;
        }

        foreach (SimulationInvariant i in run.Invariants)
            i.Quiet();
        run.Violations.Add(new Violation(
            "I26", "With faults stopped, everything converges.",
                "it did not within two hours: " + Busy(),
            run.World.Clock.BootUs, run.View.Batches));
    }

    // RuntimeMaxSec= and Restart= together are a loop by their files; where what requires the unit
    // takes longer to restart than it runs, there is never an instant without a job. So is a path
    // that is there and starts a unit with StopWhenUnneeded=, which nobody needs, and a unit whose
    // automatic restart has less time (JobTimeoutSec=) than what requires it needs to stop: that is
    // restarted again and again, and it never. The operator ends it. Nothing else is stopped:
    // whatever goes on without such a unit is a violation.
    private void EndLoops()
    {
        var loops = new List<UnitName>();
        foreach (UnitRuntime unit in _shell.Engine.Units)
        {
            if (IsLoop(unit) && unit.Active is not (ActiveState.Inactive or ActiveState.Failed))
                loops.Add(unit.Name);
        }

        if (loops.Count == 0)
            return;
        _run.Trace.Note("the operator ends loops that the files ask for");
        _run.World.Clients.Send(new Operation
        {
            Verb = RequestVerb.Stop,
            Client = 0,
            Units = loops,
            Mode = JobMode.Replace,
        });
    }

    private bool IsLoop(UnitRuntime unit) =>
        unit.Definition.Service is
        {
            RuntimeMaxUs: < ServiceSettings.Infinity,
            Restart: not RestartMode.No,
        }
        || (unit.Sub == SubState.AutoRestart && Math.Min(
            unit.Definition.JobTimeoutUs, unit.Definition.JobRunningTimeoutUs)
            < ServiceSettings.Infinity)
        || (unit.Name.Kind == UnitKind.Path && unit.Definition.Dependencies.Any(
            d => d.Kind == DependencyKind.Triggers
                && _shell.Engine.Find(d.Target) is { Definition.StopWhenUnneeded: true }));

    // Each stop waits for a process that SendSIGKILL=no or another FinalKillSignal= lets live, and
    // whatever starts the unit again does so for ever: only who kills it ends that.
    private bool IsHeldUp()
    {
        foreach (SimulatedProcess process in _run.World.Processes.All)
        {
            if (process.Alive && _shell.Engine.Find(process.Unit) is { } unit
                && process.Identity != unit.MainProcess
                && process.Identity != unit.ControlProcess
                && unit.Definition.Kill is { SendSigkill: false } or { FinalKillSignal: not 9 })
                return true;
        }

        return false;
    }

    private bool ShutDown()
    {
        RunContext run = _run;
        Prng p = run.Seed.Stream(Purpose.Boot, 2);
        if (_settings.Observes is null && p.OneIn(3))
        {
            for (int i = 0; i < 2; i++)
            {
                var fault = new Fault((FaultKind)p.Below(4), 0, 0, p.Below(1_000));
                long at = run.World.Clock.ActiveUs + p.Below(20_000_000);
                run.World.Agenda.At(at, p.Next(), () => _faults.Inject(fault));
            }
        }

        run.View.ShutdownAskedAtUs = run.World.Clock.BootUs;
        if (p.OneIn(4))
            FaultInjector.PostSignal(run.World, p.Pick([2, 38, 39]));
        else
            run.World.Clients.Send(new Operation
            {
                Verb = p.Pick(
                    [RequestVerb.Poweroff, RequestVerb.Reboot, RequestVerb.Halt,
                        RequestVerb.Kexec]),
                Client = 0,
                Mode = JobMode.Replace,
            });
        return RunUntil(run.World.Clock.ActiveUs + _shutdown.BoundUs, () => _shell.IsFinal);
    }

    // True when the condition came to hold, false when the time was over.
    private bool RunUntil(long activeUs, Func<bool> isDone)
    {
        SimulatedWorld world = _run.World;
        while (true)
        {
            while (_shell.Turn())
            {
                if (_shell.IsFinal)
                    return isDone();
            }

            if (isDone())
                return true;
            long wake = _shell.NextWakeUs;
            if (wake > activeUs)
            {
                world.Clock.AdvanceTo(activeUs);
                return false;
            }

            world.Clock.AdvanceTo(wake);
        }
    }

    // Steps that may last for ever because their files say so are ended by the operator.
    private bool IsQuiet()
    {
        // Who asked for a reload may have lost the connection by a re-exec: that ends no reload.
        bool quiet = _shell.Engine.Jobs.Count == 0
            && _run.World.Clock.ActiveUs >= _run.World.ReloadedAtUs;
        foreach (UnitRuntime unit in _shell.Engine.Units)
        {
            if (unit.Active is not (ActiveState.Activating or ActiveState.Deactivating
                or ActiveState.Reloading))
                continue;
            quiet = false;
            if (unit.DeadlineUs == long.MaxValue)
                _run.World.Processes.KillStuck(unit.Name);
        }

        foreach (ClientConnection c in _run.World.Clients.Open)
            quiet &= c.Ended;
        foreach (SimulatedProcess process in _run.World.Processes.All)
            quiet &= process.Stage != ProcessStage.Made || _run.World.Processes.IsHeld(process);
        return quiet && _run.World.Slots.Used.Count == 0;
    }

    private string Busy()
    {
        var text = new System.Text.StringBuilder();
        foreach (UnitRuntime unit in _shell.Engine.Units)
        {
            if (unit.Job is not null
                || unit.Active is ActiveState.Activating or ActiveState.Deactivating
                    or ActiveState.Reloading)
                text.Append($" {unit.Name}={unit.Sub} job {unit.Job?.Kind} due {unit.DeadlineUs};");
        }

        return text.ToString();
    }
}
