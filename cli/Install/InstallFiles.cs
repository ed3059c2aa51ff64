using InitTx.Cli.Hosting;
using InitTx.Cli.Offline;
using InitTx.Protocol;
using InitTx.Units.Install;
using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Cli.Install;

/// <summary>The unit path and the presets of a system, read for the install verbs.</summary>
internal sealed class InstallFiles
{
    private static readonly string[] PresetHomes =
        ["/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"];

    private const int MaxPresetBytes = 1 << 20;
    private readonly Session _session;
    private readonly string _root;
    private readonly ManagerScope _scope;

    /// <param name="root">A directory that stands for <c>/</c>; empty for this system.</param>
    public InstallFiles(Session session, string root)
    {
        _session = session;
        _root = root;
        _scope = session.Options.User ? ManagerScope.User : ManagerScope.System;
    }

    /// <summary>Where install verbs write.</summary>
    public InstallDirectories Directories => _scope == ManagerScope.System
        ? InstallDirectories.System
        : InstallDirectories.User(_session.Places.Config, _session.Places.Runtime);

    /// <summary>Reads everything; files that are named by path are units as well.</summary>
    public InstallPlanner Read(bool runtime, bool force, IReadOnlyList<string> files)
    {
        UnitFileTree tree = Tree();
        foreach (string file in files)
            tree = tree.WithLinked(Linked(file));
        return new InstallPlanner(
            tree, OfflineFacts.Read(_session, _scope, _root), LoadLimits.Default, Directories,
            runtime, force);
    }

    /// <summary>Reads the unit path behind other directories, to look at states only.</summary>
    /// <param name="only">Files whose units will be asked about; null for all.</param>
    public InstallPlanner Read(
        IReadOnlyList<string> first, IReadOnlyCollection<string>? only = null) => new(
        DirectoryUnitSource.Read(
            [.. first, .. OfflineUnits.DefaultPath(_session, _scope)], LoadLimits.Default, _root,
            only: only),
        OfflineFacts.Read(_session, _scope, _root), LoadLimits.Default, Directories);

    /// <summary>Reads the unit path.</summary>
    public UnitFileTree Tree() => DirectoryUnitSource.Read(
        OfflineUnits.DefaultPath(_session, _scope), LoadLimits.Default, _root);

    /// <summary>The catalogue over a tree of this system.</summary>
    public UnitLoader Loader(UnitFileTree tree) => new(
        tree, OfflineFacts.Read(_session, _scope, _root), LoadLimits.Default);

    /// <summary>Reads the presets: of files with one name the first directory's counts.</summary>
    public PresetRules Presets()
    {
        string folder = _scope == ManagerScope.System ? "system-preset" : "user-preset";
        var byName = new SortedDictionary<string, (string Path, string Place)>(
            StringComparer.Ordinal);
        foreach (string home in PresetHomes)
        {
            string path = $"{home}/systemd/{folder}";
            string place = _root + DirectoryUnitSource.Resolve(path, _root);
            if (!Directory.Exists(place))
                continue;
            foreach (string file in Directory.EnumerateFiles(place, "*.preset"))
            {
                string name = Path.GetFileName(file);
                byName.TryAdd(name, ($"{path}/{name}", file));
            }
        }

        List<(string, string)> texts = [];
        foreach ((string path, string place) in byName.Values)
            texts.Add((path, Text(place)));
        return new PresetRules(texts, static (pattern, name) =>
            GlobPattern.Matches(pattern, name));
    }

    private static string Text(string place)
    {
        using var reader = new StreamReader(place);
        char[] text = new char[MaxPresetBytes];
        return new string(text, 0, reader.ReadBlock(text));
    }

    // The directory is read, and of it one file taken: its neighbours are not on the unit path.
    private (string Path, UnitTreeEntry Entry)? Linked(string file)
    {
        string directory = Path.GetDirectoryName(file)!;
        string name = Path.GetFileName(file);
        if (!UnitName.TryParse(name, out _))
            return null;
        UnitFileTree tree = DirectoryUnitSource.Read([directory], LoadLimits.Default, _root);
        foreach (UnitTreeDirectory one in tree.Directories)
        {
            foreach (UnitTreeEntry entry in one.Entries)
            {
                if (entry.Name == name)
                    return (file, entry);
            }
        }

        return null;
    }
}
