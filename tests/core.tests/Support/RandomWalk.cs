using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core.Tests.Support;

/// <summary>
/// A world of generated units and a seeded stream of events, sensible and senseless ones. One seed,
/// one walk.
/// </summary>
internal sealed class RandomWalk
{
    private static readonly string[] Kinds =
    [
        "Requires", "Wants", "BindsTo", "Requisite", "Conflicts", "After", "Before", "PartOf",
        "Upholds", "OnFailure",
    ];

    private readonly Random _random;
    private readonly int _units;

    public RandomWalk(int seed, EngineLimits? limits = null)
    {
        _random = new Random(seed);
        _units = 2 + _random.Next(6);
        var definitions = new List<UnitDefinition>();
        for (int i = 0; i < _units; i++)
            definitions.Add(Definition(i));
        World = new World(limits ?? new EngineLimits(), [.. definitions]);
        World.Send(new EngineEvent.Booted(UnitName.Parse("u0.target"), "walk"));
    }

    public World World { get; }

    /// <summary>One event.</summary>
    public void Step()
    {
        switch (_random.Next(13))
        {
            case 11:
                World.Send(new EngineEvent.BusNameChanged(
                    World[AnyUnit()].Id, _random.Next(3) > 0));
                break;
            case 0 or 1:
                Ask();
                break;
            case 2 or 3 or 4 when World.PendingSpawns.Count > 0:
                AnswerSpawn();
                break;
            case 5 or 6:
                Exit();
                break;
            case 7:
                World.Notify(AnyUnit(), new NotifyMessage
                {
                    Ready = _random.Next(2) == 0,
                    Reloading = _random.Next(4) == 0,
                    Stopping = _random.Next(8) == 0,
                    Status = "s",
                });
                break;
            case 8:
                Prepare();
                break;
            case 9:
                Answer();
                break;
            case 10:
                World.Send(new EngineEvent.CgroupEmptied(World[AnyUnit()].Id));
                break;
            default:
                PassTime();
                break;
        }
    }

    public void Steps(int count)
    {
        for (int i = 0; i < count; i++)
            Step();
    }

    /// <summary>
    /// The world becomes kind: everything asked for is answered, commands and stopped services end.
    /// True when all jobs that are there now end (units may go on to start each other).
    /// </summary>
    public bool Settle(int rounds)
    {
        var open = World.Engine.Jobs.Select(j => j.Id).ToHashSet();
        for (int i = 0; i < rounds && World.Engine.Jobs.Any(j => open.Contains(j.Id)); i++)
        {
            foreach (Effect.Spawn spawn in World.PendingSpawns.ToArray())
            {
                World.PendingSpawns.Remove(spawn);
                World.Spawned(spawn);
            }

            foreach (UnitRuntime unit in World.Engine.Units.ToArray())
                Humour(unit);
            long next = World.Engine.NextDeadlineUs;
            if (next != long.MaxValue)
                World.Advance(Math.Clamp(next - World.NowUs, 0, 1_000_000));
        }

        return !World.Engine.Jobs.Any(j => open.Contains(j.Id));
    }

    private void Humour(UnitRuntime unit)
    {
        string name = unit.Name.Value;
        if (unit.PrepareToken.Value != 0)
            World.Prepared(name);
        if (!unit.ControlProcess.IsNone)
            World.ControlExits(name, empty: unit.MainProcess.IsNone);
        World.Send(new EngineEvent.PidFileRead(
            unit.Id, new ProcessIdentity(60_000 + unit.Id.Value, 5), null));
        bool isOneshot = unit.Definition.Service is { Type: ServiceType.Oneshot };
        if (!unit.MainProcess.IsNone && unit.Sub == SubState.Start)
        {
            World.Notify(name, new NotifyMessage { Ready = true });
            World.Send(new EngineEvent.BusNameChanged(unit.Id, true));
            if (isOneshot && !unit.MainProcess.IsNone)
                World.MainExits(name);
        }

        if (unit.Active == ActiveState.Deactivating && !unit.MainProcess.IsNone)
            World.MainExits(name);
        if (unit.Active == ActiveState.Deactivating)
            World.Send(new EngineEvent.CgroupEmptied(unit.Id));
        if (unit.Sub == SubState.Reload)
        {
            World.Notify(name, new NotifyMessage { Reloading = true });
            World.Notify(name, new NotifyMessage { Ready = true });
        }
    }

    private UnitDefinition Definition(int i)
    {
        if (i == 0)
            return Make.Target("u0.target", Edges(i, "Wants=u1.service Wants=u2.service"));
        var type = (ServiceType)_random.Next((int)ServiceType.Idle + 1);
        bool Coin() => _random.Next(2) == 0;
        IReadOnlyList<ExecCommand> Some() => _random.Next(3) > 0 ? [] : Make.Commands("/bin/x", "-/bin/y");
        return Make.Service($"u{i}.service", type, Edges(i, ""), s => s with
        {
            ExecStartPre = Some(),
            ExecStartPost = Some(),
            ExecStop = Some(),
            ExecStopPost = Some(),
            ExecReload = Some(),
            ExecCondition = Some(),
            RemainAfterExit = Coin(),
            BusName = "org.example.U",
            PidFile = Coin() ? "/run/x.pid" : null,
            WatchdogUs = Coin() ? 20_000_000 : 0,
            Restart = Restart(type),
        }, u => u with
        {
            StopWhenUnneeded = _random.Next(6) == 0,
            JobTimeoutUs = _random.Next(4) == 0 ? 50_000_000 : ServiceSettings.Infinity,
            Conditions = _random.Next(3) > 0 ? [] :
            [
                new UnitCondition("PathExists", "/x", false, false, false, SourceLocation.BuiltIn),
            ],
        }, new KillSettings { Mode = (KillMode)_random.Next(4), SendSigkill = _random.Next(5) > 0 });
    }

    // The loader refuses a oneshot that restarts after success: it would never end.
    private RestartMode Restart(ServiceType type)
    {
        var mode = (RestartMode)_random.Next((int)RestartMode.Always + 1);
        return type == ServiceType.Oneshot && mode is RestartMode.Always or RestartMode.OnSuccess
            ? RestartMode.OnFailure
            : mode;
    }

    private string Edges(int i, string first)
    {
        var edges = new HashSet<string>(first.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        for (int e = _random.Next(4); e > 0; e--)
        {
            int other = 1 + _random.Next(_units);
            if (other != i)
                edges.Add($"{Kinds[_random.Next(Kinds.Length)]}=u{other}.service");
        }

        return string.Join(' ', edges);
    }

    private string AnyUnit() => $"u{1 + _random.Next(_units - 1)}.service";

    private void Ask()
    {
        var verb = (RequestVerb)_random.Next((int)RequestVerb.ResetFailed + 1);
        var mode = (JobMode)_random.Next(3);
        World.Request(verb, AnyUnit(), mode, r => r with
        {
            TimeoutUs = _random.Next(5) == 0 ? 30_000_000 : 0,
        });
        if (_random.Next(10) == 0 && World.Engine.OpenTransactions.Count > 0)
        {
            World.Request(RequestVerb.CancelTransaction, "", more: r => r with
            {
                Transaction = World.Engine.OpenTransactions[0].Id,
            });
        }
    }

    private void AnswerSpawn()
    {
        Effect.Spawn spawn = World.PendingSpawns[_random.Next(World.PendingSpawns.Count)];
        World.PendingSpawns.Remove(spawn);
        if (_random.Next(8) == 0)
            World.Send(new EngineEvent.SpawnFailed(spawn.Token, ProcessExists: false, "clone3", 11));
        else
            World.Spawned(spawn);
    }

    private void Exit()
    {
        UnitRuntime unit = World[AnyUnit()];
        bool main = _random.Next(2) == 0;
        ProcessIdentity process = main ? unit.MainProcess : unit.ControlProcess;
        if (process.IsNone)
            return;
        bool? empty = _random.Next(3) switch { 0 => null, 1 => true, _ => false };
        World.Send(_random.Next(3) == 0
            ? new EngineEvent.Exited(process, ExitKind.Killed, 15, empty)
            : new EngineEvent.Exited(process, ExitKind.Exited, _random.Next(3) == 0 ? 1 : 0, empty));
    }

    private void Prepare()
    {
        UnitRuntime unit = World[AnyUnit()];
        World.Send(new EngineEvent.Prepared(
            unit.PrepareToken, (PrepareOutcome)(_random.Next(5) % 4), "detail"));
    }

    private void Answer()
    {
        UnitRuntime unit = World[AnyUnit()];
        ProcessIdentity process = _random.Next(2) == 0
            ? default
            : new ProcessIdentity(50_000 + unit.Id.Value, 5);
        World.Send(new EngineEvent.PidFileRead(unit.Id, process, process.IsNone ? "none" : null));
    }

    private void PassTime()
    {
        long next = World.Engine.NextDeadlineUs;
        World.Advance(next != long.MaxValue && _random.Next(2) == 0
            ? Math.Max(0, next - World.NowUs)
            : _random.Next(2_000_000));
    }
}
