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

    public DropInFinder(UnitFileTree tree)
    {
        _tree = tree;
        _folders = new Dictionary<string, UnitTreeFolder>[tree.Directories.Count];
        for (int i = 0; i < _folders.Length; i++)
        {
            _folders[i] = new Dictionary<string, UnitTreeFolder>(StringComparer.Ordinal);
            foreach (UnitTreeFolder folder in tree.Directories[i].Folders)
                _folders[i].TryAdd(folder.Name, folder);
        }
    }

    /// <summary>
    /// The entries of all folders with a suffix such as <c>.d</c>, each file name once.
    /// </summary>
    public List<FolderEntry> Find(UnitName own, IReadOnlyList<UnitName> aliases, string suffix)
    {
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

    // foo-bar@x.service: itself, its template, then the same for foo-@x.service, most exact first.
    private static void AddNames(UnitName name, string suffix, List<string> folders)
    {
        string type = "." + UnitName.SuffixOf(name.Kind) + suffix;
        string prefix = name.Prefix;
        string? instance = name.Instance;
        while (true)
        {
            folders.Add(prefix + (instance is null ? "" : "@" + instance) + type);
            if (instance is { Length: > 0 })
                folders.Add(prefix + "@" + type);
            int dash = prefix.AsSpan().TrimEnd('-').LastIndexOf('-');
            if (dash <= 0)
                return;
            prefix = prefix[..(dash + 1)];
        }
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
