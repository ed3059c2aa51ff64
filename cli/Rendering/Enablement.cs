using InitTx.Cli.Hosting;
using InitTx.Cli.Install;
using InitTx.Cli.Offline;
using InitTx.Protocol.Answers;
using InitTx.Units.Install;
using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Cli.Rendering;

/// <summary>
/// Whether units are started at boot, by systemctl(1)'s words, as <c>is-enabled</c> says it: read
/// from the links on disk, because the manager itself never reads a disk. For the first unit only
/// its own files are opened, which is all that most calls ask; then all are read once, and once
/// more for each directory that is not on the unit path of a manager without options.
/// </summary>
internal sealed class Enablement(Session session)
{
    private readonly Dictionary<string, InstallPlanner> _known = new(StringComparer.Ordinal);
    private bool _asked;

    /// <summary>The word; null when the unit has no file.</summary>
    public string? Of(UnitAnswer unit)
    {
        if (unit.Path is not { } path || !UnitName.TryParse(unit.Unit, out UnitName name))
            return unit.LoadState == "masked" ? "masked" : null;
        string directory = path[..Math.Max(path.LastIndexOf('/'), 0)];
        ManagerScope scope = session.Options.User ? ManagerScope.User : ManagerScope.System;
        if (OfflineUnits.DefaultPath(session, scope).Contains(directory))
            directory = "";
        return Planner(name, path, directory).StateOf(name) is { } state
            ? UnitFileStates.Word(state)
            : "unknown";
    }

    private InstallPlanner Planner(UnitName name, string path, string directory)
    {
        if (_known.TryGetValue(directory, out InstallPlanner? known))
            return known;
        IReadOnlyList<string> first = directory.Length > 0 ? [directory] : [];
        var files = new InstallFiles(session, "");
        if (!_asked)
        {
            _asked = true;
            string own = path[(path.LastIndexOf('/') + 1)..];
            return files.Read(first, [name.Value, name.Template.Value, own]);
        }

        return _known[directory] = files.Read(first);
    }
}
