using InitTx.Units.Model;

namespace InitTx.Units.Loading;

/// <summary>
/// Tells which units of an older tree are made of the same files in a newer one, so that their
/// definitions can be kept. Errs on one side only: a unit that is kept is what reading it again
/// would give.
/// </summary>
/// <remarks>
/// A definition depends on its own files and links, on what names stand for (aliases), on the
/// mounts there are, for a service on every socket, for a target on its members. Where aliases,
/// mounts or sockets differ at all, what depends on them is read again as a whole.
/// </remarks>
internal sealed class UnchangedUnits
{
    private static readonly string[] Suffixes = [".d", ".wants", ".requires", ".upholds"];
    private readonly UnitNameIndex _oldIndex;
    private readonly UnitNameIndex _newIndex;
    private readonly DropInFinder _oldDropIns;
    private readonly DropInFinder _newDropIns;
    private readonly Dictionary<UnitName, bool> _same = [];
    private readonly bool _none;
    private readonly bool _sockets;

    public UnchangedUnits(
        UnitNameIndex oldIndex, DropInFinder oldDropIns, UnitNameIndex newIndex,
        DropInFinder newDropIns)
    {
        (_oldIndex, _oldDropIns) = (oldIndex, oldDropIns);
        (_newIndex, _newDropIns) = (newIndex, newDropIns);
        _none = !oldIndex.HasSameAliases(newIndex) || !SameOf(UnitKind.Mount, namesOnly: true);
        _sockets = !_none && SameOf(UnitKind.Socket, namesOnly: false);
    }

    /// <summary>True when the definition of the older tree is the newer one's as well.</summary>
    public bool Keeps(UnitDefinition old)
    {
        if (_none || !HasSameInput(old.Name))
            return false;
        if (old.Name.Kind == UnitKind.Service)
            return _sockets;
        if (old.Name.Kind != UnitKind.Target)
            return true;
        foreach (UnitDependency edge in old.Dependencies)
        {
            // The order behind a member follows from the member's own settings.
            if (!HasSameInput(edge.Target))
                return false;
        }

        return true;
    }

    private bool SameOf(UnitKind kind, bool namesOnly)
    {
        List<UnitName> before = [.. _oldIndex.Names.Where(n => n.Kind == kind)];
        return before.SequenceEqual(_newIndex.Names.Where(n => n.Kind == kind))
            && (namesOnly || before.TrueForAll(HasSameInput));
    }

    private bool HasSameInput(UnitName name)
    {
        if (_same.TryGetValue(name, out bool same))
            return same;
        NameTarget before = _oldIndex.Find(name);
        NameTarget after = _newIndex.Find(name);
        same = before.Own == after.Own && before.Broken == after.Broken
            && before.Directory?.Path == after.Directory?.Path
            && AreSame(before.Entry, after.Entry)
            && HasSameFolders(before.Own);
        _same.Add(name, same);
        return same;
    }

    // Aliases are the same everywhere, so both find the same folders by the same names.
    private bool HasSameFolders(UnitName own)
    {
        List<UnitName> aliases = _oldIndex.AliasesOf(own);
        foreach (string suffix in Suffixes)
        {
            List<FolderEntry> before = _oldDropIns.Find(own, aliases, suffix);
            List<FolderEntry> after = _newDropIns.Find(own, aliases, suffix);
            if (before.Count != after.Count)
                return false;
            for (int i = 0; i < before.Count; i++)
            {
                if (before[i].Path != after[i].Path || !AreSame(before[i].Entry, after[i].Entry))
                    return false;
            }
        }

        return true;
    }

    private static bool AreSame(UnitTreeEntry? before, UnitTreeEntry? after)
    {
        if (before is null || after is null)
            return before is null && after is null;
        return before.Name == after.Name && before.Kind == after.Kind
            && before.Target == after.Target && before.IsEmpty == after.IsEmpty
            && before.Exists == after.Exists && before.Error == after.Error
            && before.Content.Span.SequenceEqual(after.Content.Span);
    }
}
