using InitTx.Units.Loading;

namespace InitTx.Units.Install;

/// <summary>A link, or a file in its place, below a directory of the unit path.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Name">Its last step.</param>
/// <param name="Target">What it names; empty for a file.</param>
/// <param name="Masks">It is empty, or leads to something empty.</param>
internal sealed record LinkEntry(string Path, string Name, string Target, bool Masks);

/// <summary>
/// The links of a tree, with what a plan has done to them so far: a later step of a plan sees the
/// earlier ones.
/// </summary>
internal sealed class LinkTable
{
    private const int MaxHops = 40;
    private static readonly string[] Suffixes = [".wants", ".requires", ".upholds"];
    private readonly Dictionary<string, LinkEntry?> _byPath = new(StringComparer.Ordinal);

    public LinkTable(UnitFileTree tree)
    {
        foreach (UnitTreeDirectory directory in tree.Directories)
        {
            Take(directory.Path, directory.Entries);
            foreach (UnitTreeFolder folder in directory.Folders)
            {
                if (IsLinkFolder(folder.Name))
                    Take($"{directory.Path}/{folder.Name}", folder.Entries);
            }
        }
    }

    /// <summary>True for <c>.wants</c>, <c>.requires</c> and <c>.upholds</c> folders.</summary>
    public static bool IsLinkFolder(string name) =>
        Array.Exists(Suffixes, s => name.EndsWith(s, StringComparison.Ordinal));

    /// <summary>What stands at a path now; null for nothing.</summary>
    public LinkEntry? At(string path) => _byPath.GetValueOrDefault(path);

    /// <summary>Notes that a plan has made or removed something.</summary>
    public void Set(string path, string? target) => _byPath[path] = target is null
        ? null
        : new LinkEntry(path, path[(path.LastIndexOf('/') + 1)..], target, target == "/dev/null");

    /// <summary>Links below a directory, one level of folders deep, sorted by path.</summary>
    public List<LinkEntry> Below(string directory)
    {
        List<LinkEntry> found = [];
        foreach (LinkEntry? entry in _byPath.Values)
        {
            if (entry is { Target.Length: > 0 }
                && entry.Path.StartsWith(directory + "/", StringComparison.Ordinal)
                && entry.Path.AsSpan(directory.Length + 1).Count('/') <= 1)
                found.Add(entry);
        }

        found.Sort(static (a, b) => string.CompareOrdinal(a.Path, b.Path));
        return found;
    }

    /// <summary>Where a link ends, through other links of the tree; null for a circle.</summary>
    public string? Final(LinkEntry link)
    {
        string path = link.Target;
        for (int hops = 0; hops < MaxHops; hops++)
        {
            if (At(path) is not { Target.Length: > 0 } next)
                return path;
            path = next.Target;
        }

        return null;
    }

    private void Take(string directory, IReadOnlyList<UnitTreeEntry> entries)
    {
        foreach (UnitTreeEntry entry in entries)
        {
            string path = $"{directory}/{entry.Name}";
            _byPath.TryAdd(path, new LinkEntry(path, entry.Name, entry.Target, entry.IsEmpty));
        }
    }
}
