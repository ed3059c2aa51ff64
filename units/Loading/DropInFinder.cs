using InitTx.Units.Model;

namespace InitTx.Units.Loading;

/// <summary>One entry of a folder that belongs to a unit.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Entry">The entry.</param>
internal readonly record struct FolderEntry(string Path, UnitTreeEntry Entry);

/// <summary>
/// Finds what stands in the <c>.d</c>, <c>.wants</c>, <c>.requires</c> and <c>.upholds</c> folders
/// of a unit (systemd.unit(5)): for each of its names, in each directory, the folder of the name,
/// of its template, of each prefix that ends in a dash, and of its type. Of entries with the same
/// file name the first found counts; the result is sorted by file name.
/// </summary>
internal sealed class DropInFinder
{
    private readonly UnitFileTree _tree;
    private readonly Dictionary<string, UnitTreeFolder>[] _folders;

    // Most units of most machines have none: then nothing is looked for.
    private readonly HashSet<string> _suffixes = new(StringComparer.Ordinal);

    public DropInFinder(UnitFileTree tree)
    {
        _tree = tree;
        _folders = new Dictionary<string, UnitTreeFolder>[tree.Directories.Count];
        for (int i = 0; i < _folders.Length; i++)
        {
            _folders[i] = new Dictionary<string, UnitTreeFolder>(StringComparer.Ordinal);
            foreach (UnitTreeFolder folder in tree.Directories[i].Folders)
            {
                _folders[i].TryAdd(folder.Name, folder);
                _suffixes.Add(folder.Name[Math.Max(0, folder.Name.LastIndexOf('.'))..]);
            }
        }
    }

    /// <summary>
    /// The entries of all folders with a suffix such as <c>.d</c>, each file name once.
    /// </summary>
    public List<FolderEntry> Find(UnitName own, IReadOnlyList<UnitName> aliases, string suffix)
    {
        if (!_suffixes.Contains(suffix))
            return [];
        var found = new SortedDictionary<string, FolderEntry>(StringComparer.Ordinal);
        Collect(own, suffix, found);
        foreach (UnitName alias in aliases)
            Collect(alias, suffix, found);
        string type = UnitName.SuffixOf(own.Kind) + suffix;
        for (int i = 0; i < _folders.Length; i++)
            Take(i, type, found);
        return [.. found.Values];
    }

    private void Collect(
        UnitName name, string suffix, SortedDictionary<string, FolderEntry> found)
    {
        List<string> folders = [];
        AddNames(name, suffix, folders);
        for (int i = 0; i < _folders.Length; i++)
        {
            foreach (string folder in folders)
                Take(i, folder, found);
        }
    }

    // foo-bar@x.service: itself; as a template foo-bar@.service, foo-.service; then foo-@x.service
    // in the same way. What was met before is not followed again, so this ends after 3 names for
    // each dash.
    private static void AddNames(UnitName name, string suffix, List<string> folders)
    {
        string type = "." + UnitName.SuffixOf(name.Kind) + suffix;
        string? instance = name.Instance is { Length: > 0 } i ? "@" + i : null;
        string form = instance ?? (name.Instance is null ? "" : "@");
        string prefix = name.Prefix;
        while (true)
        {
            Add(folders, prefix + form + type);
            if (instance is not null)
                Add(folders, prefix + "@" + type);
            string? shorter = Shorten(prefix);
            if (name.Instance is not null)
            {
                for (string? plain = shorter; plain is not null; plain = Shorten(plain))
                {
                    if (!Add(folders, plain + type))
                        break;
                }
            }

            // A template's shorter names are plain.
            form = instance ?? "";
            if (shorter is null)
                return;
            prefix = shorter;
        }
    }

    private static bool Add(List<string> folders, string name)
    {
        if (folders.Contains(name))
            return false;
        folders.Add(name);
        return true;
    }

    // foo-bar, foo-, nothing.
    private static string? Shorten(string prefix)
    {
        int dash = prefix.Length > 1 ? prefix.LastIndexOf('-', prefix.Length - 2) : -1;
        return dash > 0 ? prefix[..(dash + 1)] : null;
    }

    private void Take(int directory, string folder, SortedDictionary<string, FolderEntry> found)
    {
        if (!_folders[directory].TryGetValue(folder, out UnitTreeFolder? entries))
            return;
        foreach (UnitTreeEntry entry in entries.Entries)
        {
            if (!found.ContainsKey(entry.Name))
            {
                string path = $"{_tree.Directories[directory].Path}/{folder}/{entry.Name}";
                found.Add(entry.Name, new FolderEntry(path, entry));
            }
        }
    }
}
