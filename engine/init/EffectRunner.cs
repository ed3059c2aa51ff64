using InitTx.Core;
using InitTx.Init.Activation;
using InitTx.Init.Archive;
using InitTx.Init.Prepare;
using InitTx.Init.Processes;
using InitTx.Init.Shutdown;

namespace InitTx.Init;

/// <summary>
/// Carries out what the core asked for, after the commit and in order. Never throws into the core:
/// what fails comes back as an event. One method per effect; the work is in the hosts.
/// </summary>
internal sealed class EffectRunner(
    Engine engine,
    ProcessHost processes,
    PrepareClient prepare,
    UnitCgroups cgroups,
    LateSignals late,
    NotifyHost? notify,
    SocketHost sockets,
    ConnectionHost connections,
    DescriptorStore store,
    NamespaceHost namespaces,
    BusHost bus,
    TimerHost timers,
    PathHost paths,
    AutomountHost automounts,
    UnitFiles files,
    ReplyRouter replies,
    ShutdownHost shutdown,
    ReexecHost reexec,
    ArchiveHost archive,
    ManagerConsole console)
{
    public void Run(IReadOnlyList<Effect> effects)
    {
        for (int i = 0; i < effects.Count; i++)
            Run(effects[i]);
    }

    private void Run(Effect effect)
    {
        switch (effect)
        {
            case Effect.Prepare e:
                Prepare(e, engine.Unit(e.Unit));
                break;
            case Effect.Spawn e:
                processes.Spawn(e);
                break;
            case Effect.Signal e:
                processes.Signal(e);
                break;
            case Effect.KillCgroup e:
                processes.Kill(e);
                break;
            case Effect.Freeze e:
                cgroups.Freeze(e);
                break;
            case Effect.CleanUp e:
                CleanUp(e);
                break;
            case Effect.OpenSockets e:
                sockets.Open(engine.Unit(e.Unit));
                break;
            case Effect.CloseSockets e:
                sockets.Close(engine.Unit(e.Unit));
                break;
            case Effect.PollSockets e:
                sockets.Poll(engine.Unit(e.Unit), e.Enable, e.Flush);
                break;
            case Effect.CloseConnection e:
                connections.Close(e.Ticket);
                break;
            case Effect.ReleaseUnit e:
                Release(engine.Unit(e.Unit));
                break;
            case Effect.StoreDescriptors e:
                store.Store(e);
                break;
            case Effect.DropDescriptors e:
                store.Drop(e.Ticket);
                break;
            case Effect.ReleaseDescriptors e:
                store.Release(e.Unit, e.Name);
                break;
            case Effect.WatchBusName e:
                bus.Watch(engine.Unit(e.Unit), e.Enable);
                break;
            case Effect.ReadPidFile e:
                files.ReadPidFile(engine.Unit(e.Unit));
                break;
            case Effect.WriteStamp e:
                timers.WriteStamp(engine.Unit(e.Unit), e.RealtimeUs);
                break;
            case Effect.WatchPaths e:
                paths.Watch(e, engine.Unit(e.Unit));
                break;
            case Effect.UnwatchPaths e:
                paths.Unwatch(e.Unit);
                break;
            case Effect.MakeAutomount e:
                automounts.Make(e, engine.Unit(e.Unit));
                break;
            case Effect.UnmakeAutomount e:
                automounts.Unmake(e, engine.Unit(e.Unit));
                break;
            case Effect.AnswerAutomount e:
                automounts.Answer(e);
                break;
            case Effect.ExpireAutomount e:
                automounts.Expire(e);
                break;
            case Effect.ReadZones e:
                timers.ReadZones(e.Zones);
                break;
            case Effect.Reply e:
                replies.Deliver(e.Request, e.Body);
                break;
            case Effect.ReloadCatalog e:
                files.Reload(e.Request);
                archive.Retry();
                break;
            case Effect.Reexec e:
                reexec.Request(e.Request);
                break;
            case Effect.Shutdown e:
                shutdown.Run(e.Stage, e.Kind, e.Argument);
                break;
            case Effect.ApplyResources:
                cgroups.ApplyAll();
                break;
            case Effect.ConsoleLine e:
                console.Line(e.Text);
                break;
            default:
                Invariant.Require(false, "an effect that nobody carries out");
                break;
        }
    }

    private void Prepare(Effect.Prepare effect, UnitRuntime unit)
    {
        if (unit.Definition.Timer is { } timer)
            timers.Prepare(effect, unit, timer);
        else
            prepare.Prepare(effect, unit);
    }

    private void Release(UnitRuntime unit)
    {
        prepare.Forget(unit.Id);
        late.Forget(unit.Id);
        notify?.Forget(unit.Id);
        cgroups.Release(unit);
    }

    private void CleanUp(Effect.CleanUp effect)
    {
        UnitRuntime unit = engine.Unit(effect.Unit);
        cgroups.Remove(unit);
        namespaces.Release(unit.Id);
        files.CleanUp(unit, effect.KeepDirectories);
    }
}
