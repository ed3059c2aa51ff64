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
    private bool _isRecovering;

    /// <summary>
    /// A watch told of something, and nobody read it. The next manager sees it by its first look,
    /// at another place among what happens at this instant.
    /// </summary>
    public bool IsAnyStirring => world.Ready.Has<StirInput>(_ => true);

    /// <summary>Whether the file of a path unit is there.</summary>
    public bool Exists(UnitName path) => StateOf(path).Stamp != 0;

    /// <summary>The WatchPaths effect: the watch is there before the look.</summary>
    public void Watch(PrepareToken token, UnitDefinition unit, PathLook look)
    {
        FileState file = StateOf(unit.Name);
        file.IsWatched = true;

        // A look that was lost with the old manager keeps its place; one that only a recovery asks
        // for must not shift the places of those that are to come. A start that the recovery goes
        // on with looks as it would have without.
        bool isExtra = _isRecovering && look == PathLook.Resumed;
        ulong place = file.LostPlace ?? world.Tie(unit.Name, isExtra ? 20 : 18);
        (file.LostPlace, file.Unread) = (null, place);
        world.Ready.Post(new LookInput(token, unit.Name, look, file), place);
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
        _isRecovering = true;
        foreach (FileState file in _files.Values)
            (file.IsWatched, file.LostPlace, file.Unread) = (false, file.Unread, null);
    }

    /// <summary>Recovery is over: what was not asked again is asked no more.</summary>
    public void DropForgotten()
    {
        _isRecovering = false;
        foreach (FileState file in _files.Values)
            file.LostPlace = null;
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

        /// <summary>The place of the last answer while nobody has read it.</summary>
        public ulong? Unread { get; set; }

        /// <summary>The place of an answer that was lost with the manager.</summary>
        public ulong? LostPlace { get; set; }
    }

    private sealed class LookInput(
        PrepareToken token, UnitName path, PathLook look, FileState file) : Input
    {
        private readonly long _stamp = file.Stamp;

        public override bool IsAskedAgain => true;

        public override EngineEvent? Read(Engine engine)
        {
            file.Unread = null;
            return engine.Find(path) is { } unit
                ? new EngineEvent.PathsSeen(token, unit.Id, look, [_stamp], null)
                : null;
        }
    }

    private sealed class StirInput(UnitName path, int watch, SimulatedPaths paths) : Input
    {
        public override EngineEvent? Read(Engine engine) =>
            paths.StateOf(path).IsWatched && engine.Find(path) is { } unit
                ? new EngineEvent.PathStirred(unit.Id, watch)
                : null;
    }
}
