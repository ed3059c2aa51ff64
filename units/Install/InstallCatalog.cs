using InitTx.Units.Loading;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Install;

/// <summary>A unit as install verbs see it.</summary>
/// <param name="Name">Its own name, aliases followed.</param>
/// <param name="Path">Its file: what links lead to.</param>
/// <param name="Directory">The directory of the unit path that has it.</param>
/// <param name="IsMasked">Made impossible to start.</param>
/// <param name="IsLinked">Its file is outside the unit path.</param>
/// <param name="Rules">[Install] with specifiers replaced.</param>
/// <param name="KnownAliases">
/// The aliases that count for the state: as written, since systemctl compares a template's so.
/// </param>
/// <param name="Faults">Names of [Install] that no specifier value fits.</param>
internal sealed record InstallInfo(
    UnitName Name,
    string Path,
    string Directory,
    bool IsMasked,
    bool IsLinked,
    InstallSettings Rules,
    IReadOnlyList<string> KnownAliases,
    IReadOnlyList<string> Faults)
{
    /// <summary>The name that its links have: of a template its default instance.</summary>
    public UnitName LinkName => Name.IsTemplate && Rules.DefaultInstance is { } instance
        && Name.WithInstance(instance) is { } named ? named : Name;
}

/// <summary>The units of a tree as install verbs look at them. One thread only.</summary>
internal sealed class InstallCatalog
{
    private readonly UnitNameIndex _index;
    private readonly UnitReader _reader;
    private readonly SpecifierContext _context;
    private readonly LoadLimits _limits;

    public InstallCatalog(UnitFileTree tree, SpecifierContext context, LoadLimits limits)
    {
        _index = new UnitNameIndex(tree);
        _context = context;
        _limits = limits;
        _reader = new UnitReader(
            _index, new DropInFinder(tree), context, ManagerDefaults.Standard, limits);
        Tree = tree;
    }

    public UnitFileTree Tree { get; }

    /// <summary>Every name that has an entry, sorted.</summary>
    public IEnumerable<UnitName> Names => _index.Names;

    /// <summary>True when the name, or its template, has an entry on the unit path.</summary>
    public bool Has(UnitName name) => _index.Has(name);

    /// <summary>Why the name's link leads to no name on the unit path; null when it does.</summary>
    public string? BrokenLink(UnitName name) => _index.Find(name).Broken;

    /// <summary>The directory of the entry that a name itself has; empty for none.</summary>
    public string DirectoryOf(UnitName name)
    {
        foreach (string own in (string[])[name.Value, name.Template.Value])
        {
            foreach (UnitTreeDirectory directory in Tree.Directories)
            {
                foreach (UnitTreeEntry entry in directory.Entries)
                {
                    if (entry.Name == own)
                        return directory.Path;
                }
            }
        }

        return "";
    }

    /// <summary>True for a link on the unit path that leads nowhere.</summary>
    public bool IsDangling(string path)
    {
        int slash = path.LastIndexOf('/');
        foreach (UnitTreeDirectory directory in Tree.Directories)
        {
            if (!path.AsSpan(0, slash).SequenceEqual(directory.Path))
                continue;
            foreach (UnitTreeEntry entry in directory.Entries)
            {
                if (path.AsSpan(slash + 1).SequenceEqual(entry.Name))
                    return !entry.Exists;
            }
        }

        return false;
    }

    /// <summary>The unit; null when there is no file, with the reason where there is one.</summary>
    public InstallInfo? Find(UnitName name, out string? why)
    {
        NameTarget target = _index.Find(name);
        why = target.Broken;
        if (target.Entry is not { } entry)
            return null;
        string directory = target.Directory!.Path;
        string path = $"{directory}/{entry.Name}";
        if (!entry.Exists)
        {
            why = $"{path} is a link to {entry.Target}, which does not exist";
            return null;
        }

        if (entry.IsEmpty)
            return new InstallInfo(
                target.Own, path, directory, true, false, InstallSettings.None, [], []);
        bool linked = entry.Target.Length > 0;
        List<string> faults = [];
        UnitDraft draft = _reader.Read(target);
        InstallSettings rules = Expand(draft, path, faults);
        return new InstallInfo(
            target.Own, linked ? entry.Target : path, directory, false, linked, rules,
            draft.Install.Alias, faults);
    }

    // A template's rules speak of its default instance, where it has one.
    private InstallSettings Expand(UnitDraft draft, string path, List<string> faults)
    {
        InstallSettings raw = draft.Install;
        if (!draft.Name.IsTemplate)
            return raw;
        UnitName own = raw.DefaultInstance is { } instance
            && draft.Name.WithInstance(instance) is { } named ? named : draft.Name;
        var expander = new SpecifierExpander(_context, own, path, _limits.MaxExpandedLength);
        List<string> All(IReadOnlyList<string> words)
        {
            List<string> expanded = [];
            foreach (string word in words)
            {
                if (expander.TryExpand(word, SpecifierSet.Install, out string text,
                    out string error))
                    expanded.Add(text);
                else
                    faults.Add(error);
            }

            return expanded;
        }

        return raw with
        {
            Alias = All(raw.Alias),
            WantedBy = All(raw.WantedBy),
            RequiredBy = All(raw.RequiredBy),
            UpheldBy = All(raw.UpheldBy),
            Also = All(raw.Also),
        };
    }
}
