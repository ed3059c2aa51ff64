using InitTx.Units.Model;

namespace InitTx.Units.Loading;

/// <summary>What a name leads to.</summary>
/// <param name="Own">The unit's own name.</param>
/// <param name="Directory">The directory of its main file; null when there is none.</param>
/// <param name="Entry">The main file or link; null when there is none.</param>
/// <param name="Broken">Why a link that exists leads to no file, or null.</param>
internal readonly record struct NameTarget(
    UnitName Own, UnitTreeDirectory? Directory, UnitTreeEntry? Entry, string? Broken);

/// <summary>
/// Who is who on the unit path (systemd.unit(5), "Aliases", "Unit File Load Path"): for each name
/// the entry of the highest directory counts; a link that stays inside the unit path is an alias,
/// one that leaves it is the unit itself.
/// </summary>
internal sealed class UnitNameIndex
{
    private const int MaxHops = 8;

    private readonly Dictionary<string, Slot> _slots = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<UnitName>> _aliases = new(StringComparer.Ordinal);
    private readonly List<Diagnostic> _findings = [];

    /// <summary>Looks through a tree once; later questions are dictionary look-ups.</summary>
    public UnitNameIndex(UnitFileTree tree)
    {
        foreach (UnitTreeDirectory directory in tree.Directories)
        {
            foreach (UnitTreeEntry entry in directory.Entries)
            {
                if (UnitName.TryParse(entry.Name, out UnitName name)
                    && AliasOf(tree, directory, entry, name, out string? alias))
                    _slots.TryAdd(entry.Name, new Slot(name, directory, entry, alias));
            }
        }

        foreach (Slot slot in _slots.Values)
            NoteAlias(slot);
        foreach (List<UnitName> names in _aliases.Values)
            names.Sort();
    }

    /// <summary>Links that are no valid aliases, with the reason.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics => _findings;

    /// <summary>Every name that has an entry, sorted; templates and aliases included.</summary>
    public IEnumerable<UnitName> Names => _slots.Values.Select(static s => s.Name).Order();

    /// <summary>Follows aliases and templates from a name to its main file.</summary>
    public NameTarget Find(UnitName name)
    {
        (Slot? slot, string? broken) = Follow(name.Value);
        if (slot is null && broken is null && name.IsInstance)
            (slot, broken) = Follow(name.Template.Value);
        if (slot is null)
            return new NameTarget(name, null, null, broken);
        UnitName own = slot.Name;
        if (own.IsTemplate && !name.IsTemplate && name.Instance is { Length: > 0 } instance)
            own = own.WithInstance(instance) ?? name;
        return new NameTarget(own, slot.Directory, slot.Entry, null);
    }

    /// <summary>True when the name, or the template of the instance, has an entry.</summary>
    public bool Has(UnitName name) =>
        _slots.ContainsKey(name.Value)
            || (name.IsInstance && _slots.ContainsKey(name.Template.Value));

    /// <summary>The other names of a unit, sorted.</summary>
    public List<UnitName> AliasesOf(UnitName own)
    {
        List<UnitName> names = [];
        if (_aliases.TryGetValue(own.Value, out List<UnitName>? direct))
            names.AddRange(direct);
        if (own.IsInstance && _aliases.TryGetValue(own.Template.Value,
            out List<UnitName>? templates))
        {
            foreach (UnitName template in templates)
            {
                if (template.IsTemplate && template.WithInstance(own.Instance!) is { } instance)
                    names.Add(instance);
            }
        }

        names.RemoveAll(n => n == own);
        names.Sort();
        return names;
    }

    /// <summary>True when every name stands for the same name in another tree.</summary>
    public bool HasSameAliases(UnitNameIndex other)
    {
        Dictionary<string, string> mine = Aliases();
        Dictionary<string, string> theirs = other.Aliases();
        if (mine.Count != theirs.Count)
            return false;
        foreach ((string name, string alias) in mine)
        {
            if (!theirs.TryGetValue(name, out string? same) || same != alias)
                return false;
        }

        return true;
    }

    // Entries with what they are another name of; what they lead to may still be masked or gone.
    private Dictionary<string, string> Aliases()
    {
        Dictionary<string, string> all = new(StringComparer.Ordinal);
        foreach ((string name, Slot slot) in _slots)
        {
            if (slot.Alias is not null)
                all.Add(name, $"{slot.Alias} {Find(slot.Name).Entry?.IsEmpty}");
        }

        return all;
    }

    private (Slot? Slot, string? Broken) Follow(string start)
    {
        string name = start;
        for (int hops = 0; hops <= MaxHops; hops++)
        {
            if (!_slots.TryGetValue(name, out Slot? slot))
            {
                bool first = hops == 0;
                if (first)
                    return (null, null);
                bool template = UnitName.TryParse(name, out UnitName parsed) && parsed.IsInstance
                    && _slots.TryGetValue(parsed.Template.Value, out slot);
                if (!template)
                    return (null, $"{start} is a link to {name}, which is nowhere on the unit "
                        + "path");
            }

            if (slot!.Alias is null)
                return (slot, null);
            name = slot.Alias;
        }

        return (null, $"{start} is a link that leads through more than {MaxHops} others");
    }

    private void NoteAlias(Slot slot)
    {
        if (slot.Alias is null)
            return;
        (Slot? target, _) = Follow(slot.Name.Value);
        if (target is null || target.Entry.IsEmpty)
            return;

        // A link from an instance to a template is an alias of that one instance.
        UnitName own = target.Name;
        if (own.IsTemplate && slot.Name.IsInstance)
            own = own.WithInstance(slot.Name.Instance!) ?? own;
        if (own == slot.Name)
            return;
        if (!_aliases.TryGetValue(own.Value, out List<UnitName>? names))
            _aliases.Add(own.Value, names = []);
        names.Add(slot.Name);
    }

    // False: the entry is no alias that may be used and is passed over.
    private bool AliasOf(
        UnitFileTree tree, UnitTreeDirectory directory, UnitTreeEntry entry, UnitName name,
        out string? alias)
    {
        alias = null;
        if (entry.Target.Length == 0 || !IsInside(tree, entry.Target))
            return true;
        string target = entry.Target[(entry.Target.LastIndexOf('/') + 1)..];

        // A link to its own name in another directory says nothing: the file is found there.
        if (target == entry.Name)
            return false;
        string? fault = AliasFault(name, target);
        if (fault is null)
        {
            alias = target;
            return true;
        }

        _findings.Add(new Diagnostic(
            DiagnosticSeverity.Warning, new SourceLocation($"{directory.Path}/{entry.Name}", 0), "",
            $"link to {entry.Target} ignored: {fault}"));
        return false;
    }

    private static string? AliasFault(UnitName name, string target)
    {
        if (!UnitName.TryParse(target, out UnitName other))
            return $"'{target}' is no unit name";
        if (other.Kind != name.Kind)
            return "its target is of another type";
        if (name.Kind is not (UnitKind.Service or UnitKind.Socket or UnitKind.Target
            or UnitKind.Device or UnitKind.Timer or UnitKind.Path))
            return $"a {UnitName.SuffixOf(name.Kind)} unit cannot have aliases";
        bool sameForm = name.IsTemplate == other.IsTemplate && name.IsInstance == other.IsInstance;
        if (!sameForm && !(name.IsInstance && other.IsTemplate))
            return "only one of the two is a template or an instance";
        return other.IsInstance && other.Instance != name.Instance
            ? "its target has another instance" : null;
    }

    private static bool IsInside(UnitFileTree tree, string target)
    {
        foreach (string path in tree.SearchPath)
        {
            if (target.Length > path.Length + 1 && target[path.Length] == '/'
                && target.StartsWith(path, StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    private sealed record Slot(
        UnitName Name, UnitTreeDirectory Directory, UnitTreeEntry Entry, string? Alias);
}
