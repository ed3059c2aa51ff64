using InitTx.Core;
using InitTx.Units.Model;

namespace InitTx.Simulation.World;

/// <summary>
/// The files that path units watch: there or not, changed or not. Files outlive everything; a watch
/// is lost with the manager, and with it what it told and nobody read.
/// </summary>
internal sealed class SimulatedPaths(SimulatedWorld world)
{
    private readonly Dictionary<UnitName, FileState> _files = [];
    private long _version;

    /// <summary>Whether the file of a path unit is there.</summary>
    public bool Exists(UnitName path) => StateOf(path).Stamp != 0;

    /// <summary>The WatchPaths effect: the watch is there before the look.</summary>
    public void Watch(PrepareToken token, UnitDefinition unit, PathLook look)
    {
        FileState file = StateOf(unit.Name);
        file.IsWatched = true;
        world.Ready.Post(
            new LookInput(token, unit.Name, look, file.Stamp), world.Tie(unit.Name, 18));
    }

    /// <summary>The UnwatchPaths effect.</summary>
    public void Unwatch(UnitName path) => StateOf(path).IsWatched = false;

    /// <summary>Somebody makes, changes or removes one of the files.</summary>
    public void Touch(int amount)
    {
        var paths = new List<UnitDefinition>();
        foreach (UnitDefinition unit in world.Catalog.Definitions)
        {
            if (unit.Path is not null)
                paths.Add(unit);
        }

        if (paths.Count == 0)
            return;
        UnitDefinition chosen = paths[amount % paths.Count];
        FileState file = StateOf(chosen.Name);
        bool existed = file.Stamp != 0;
        file.Stamp = amount % 3 == 0 ? 0 : ++_version;
        if (file.IsWatched && (existed || file.Stamp != 0))
        {
            int watch = existed && file.Stamp != 0 ? 0 : -1;
            world.Ready.Post(new StirInput(chosen.Name, watch, this), world.Tie(chosen.Name, 19));
        }
    }

    /// <summary>The manager is gone: it watches nothing.</summary>
    public void Restart()
    {
        foreach (FileState file in _files.Values)
            file.IsWatched = false;
    }

    private FileState StateOf(UnitName path)
    {
        if (!_files.TryGetValue(path, out FileState? file))
            _files.Add(path, file = new FileState());
        return file;
    }

    private sealed class FileState
    {
        public long Stamp { get; set; }
        public bool IsWatched { get; set; }
    }

    private sealed class LookInput(PrepareToken token, UnitName path, PathLook look, long stamp)
        : Input
    {
        public override bool IsAskedAgain => true;

        public override EngineEvent? Read(Engine engine) => engine.Find(path) is { } unit
            ? new EngineEvent.PathsSeen(token, unit.Id, look, [stamp], null)
            : null;
    }

    private sealed class StirInput(UnitName path, int watch, SimulatedPaths paths) : Input
    {
        public override EngineEvent? Read(Engine engine) =>
            paths.StateOf(path).IsWatched && engine.Find(path) is { } unit
                ? new EngineEvent.PathStirred(unit.Id, watch)
                : null;
    }
}
