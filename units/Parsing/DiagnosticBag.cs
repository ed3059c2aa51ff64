using InitTx.Units.Model;

namespace InitTx.Units.Parsing;

/// <summary>Collects findings up to a limit and says how many more there were.</summary>
internal sealed class DiagnosticBag(int limit)
{
    private readonly List<Diagnostic> _items = [];
    private int _dropped;
    private SourceLocation _firstDropped = SourceLocation.BuiltIn;

    /// <summary>Keeps a finding; an error is kept even beyond the limit for warnings.</summary>
    public void Add(Diagnostic finding)
    {
        if (!TryDrop(finding.Severity, finding.Location))
            _items.Add(finding);
    }

    /// <summary>
    /// Counts a finding that there is no room for and returns true; false when it is to be added.
    /// </summary>
    public bool TryDrop(DiagnosticSeverity severity, SourceLocation location)
    {
        int room = severity == DiagnosticSeverity.Error ? 2 * limit : limit;
        if (_items.Count < room)
            return false;
        if (_dropped++ == 0)
            _firstDropped = location;
        return true;
    }

    /// <summary>Keeps all findings of a list.</summary>
    public void AddRange(IReadOnlyList<Diagnostic> findings)
    {
        foreach (Diagnostic finding in findings)
            Add(finding);
    }

    /// <summary>What was kept, and a last line for what was not.</summary>
    public List<Diagnostic> ToList()
    {
        var list = new List<Diagnostic>(_items);
        if (_dropped > 0)
        {
            list.Add(new Diagnostic(
                DiagnosticSeverity.Note, _firstDropped, "",
                    $"{_dropped} more findings from here on"));
        }

        return list;
    }
}
