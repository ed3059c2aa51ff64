using InitTx.Core;
using InitTx.Simulation.Invariants;
using InitTx.Simulation.Randomness;
using InitTx.Simulation.World;
using InitTx.Units.Model;

namespace InitTx.Simulation.Running;

/// <summary>Carries effects out on the simulated world.</summary>
internal sealed class EffectRunner(RunContext run, SimulatedShell shell)
{
    private readonly SimulatedWorld _world = run.World;

    /// <summary>Runs one effect; its outcome comes back as an input.</summary>
    public void Run(Effect effect)
    {
        foreach (SimulationInvariant v in run.Invariants)
            v.BeforeEffect(effect);
        Engine engine = shell.Engine;
        if (run.Mutant.Swallows(effect, engine))
            return;
        switch (effect)
        {
            case Effect.Prepare e:
                _world.Prepare.Ask(e.Token, Unit(engine, e.Unit), e.Restart);
                run.Mutant.AfterPrepare(_world);
                break;
            case Effect.Spawn e:
                _world.Memory.Begin(engine.Unit(e.Unit));
                Spawn(e, Unit(engine, e.Unit));
                if (run.Mutant.SpawnsTwice(e))
                    Spawn(e, Unit(engine, e.Unit));
                break;
            case Effect.Signal e
                when _world.Processes.Refuses(engine.Unit(e.Unit), "signal"):
            case Effect.KillCgroup k
                when _world.Processes.Refuses(engine.Unit(k.Unit), "kill"):
                break;
            case Effect.Signal e:
                Signal(engine, e);
                break;
            case Effect.KillCgroup e:
                _world.Processes.KillCgroup(Unit(engine, e.Unit).Name);
                break;
            case Effect.Freeze e:
                Freeze(engine.Unit(e.Unit), e.On);
                break;
            case Effect.CleanUp e:
                _world.Processes.CleanUp(Unit(engine, e.Unit).Name);
                break;
            case Effect.OpenSockets e:
                _world.Sockets.OpenFor(Unit(engine, e.Unit));
                break;
            case Effect.CloseSockets e:
                _world.Sockets.Close(Unit(engine, e.Unit).Name);
                break;
            case Effect.PollSockets e:
                _world.Sockets.Poll(Unit(engine, e.Unit).Name, e.Enable, e.Flush);
                break;
            case Effect.CloseConnection e:
                _world.Connections.Close(e.Ticket);
                break;
            case Effect.ReleaseUnit e:
                _world.Connections.Release(Unit(engine, e.Unit).Name);
                break;
            case Effect.StoreDescriptors e:
                _world.Store.Store(e.Ticket, Unit(engine, e.Unit));
                break;
            case Effect.DropDescriptors e:
                _world.Store.Drop(e.Ticket);
                break;
            case Effect.ReleaseDescriptors e:
                _world.Store.Release(Unit(engine, e.Unit).Name);
                break;
            case Effect.WatchBusName e:
                _world.Bus.Watch(
                    Unit(engine, e.Unit).Name, e.Enable, engine.Unit(e.Unit).OwnsBusName);
                break;
            case Effect.ReadPidFile e:
                _world.PidFiles.Ask(Unit(engine, e.Unit).Name);
                break;
            case Effect.WatchPaths e:
                _world.Paths.Watch(e.Token, Unit(engine, e.Unit), e.Look);
                break;
            case Effect.UnwatchPaths e:
                _world.Paths.Unwatch(Unit(engine, e.Unit).Name);
                break;
            case Effect.MakeAutomount e:
                _world.Automounts.Make(e.Token, Unit(engine, e.Unit).Name);
                break;
            case Effect.UnmakeAutomount e:
                _world.Automounts.Unmake(e.Token, Unit(engine, e.Unit).Name);
                break;
            case Effect.AnswerAutomount e:
                _world.Automounts.Answer(Unit(engine, e.Unit).Name, e.Request);
                break;
            case Effect.ExpireAutomount e:
                _world.Automounts.Expire(Unit(engine, e.Unit).Name);
                break;
            case Effect.WriteStamp e:
                _world.Stamps.Write(Unit(engine, e.Unit).Name, e.RealtimeUs);
                break;
            case Effect.Reply e:
                run.World.Clients.Receive(e.Request, e.Body);
                break;
            case Effect.ReloadCatalog e:
                Reload(e.Request);
                break;
            case Effect.Shutdown e:
                ShutdownStages.Begin(_world, shell, e.Stage);
                break;
            case Effect.Reexec or Effect.ConsoleLine or Effect.ReadZones or Effect.ApplyResources:
                break;
        }
    }

    private static UnitDefinition Unit(Engine engine, UnitId id) =>
        engine.Unit(id).Definition;

    private void Spawn(Effect.Spawn e, UnitDefinition unit)
    {
        _world.Processes.Spawn(e.Token, unit, e.Role, e.CommandIndex);
        foreach (UnitName socket in unit.Service?.Sockets ?? [])
        {
            if (e.Role == ExecRole.Main)
                _world.Sockets.Accept(socket);
        }
    }

    private void Freeze(UnitRuntime unit, bool on)
    {
        if (!_world.Processes.Freeze(unit.Name, on))
            _world.Ready.Post(
                new EffectFailedInput(unit.Id, Engine.FreezeEffect), _world.Tie(unit.Name, 32));
    }

    private void Signal(Engine engine, Effect.Signal e)
    {
        UnitRuntime unit = engine.Unit(e.Unit);
        switch (e.Scope)
        {
            case SignalScope.Process:
                _world.Processes.Signal(e.Process, e.Number);
                break;
            case SignalScope.Unit:
                _world.Processes.SignalUnit(unit.Name, e.Number, default);
                break;
            case SignalScope.UnitExceptMain:
                _world.Processes.SignalUnit(unit.Name, e.Number, unit.MainProcess);
                break;
        }
    }

    private void Reload(RequestId request)
    {
        int nth = _world.Nth(Purpose.Reload, 0);
        ulong tie = _world.Seed.Draw(Purpose.Order, -5, nth);
        _world.ReloadedAtUs = _world.Clock.ActiveUs + 20_000;
        _world.Agenda.At(_world.ReloadedAtUs, tie, () =>
            _world.Ready.Post(CatalogReload.Next(_world, request, nth), tie));
    }
}
