using System.Text;
using InitTx.Oracle.Tests.Judge;
using InitTx.Units.Model;

namespace InitTx.Oracle.Tests.Compare;

/// <summary>
/// Counts what is compared and keeps what differs. A difference is explained when an entry of the
/// reviewed list (accepted.txt) says so; everything else is a fault of ours.
/// </summary>
internal sealed class Comparison(string name)
{
    private readonly StringBuilder _unexplained = new();
    private readonly Dictionary<string, int> _byField = new(StringComparer.Ordinal);

    public int Units { get; private set; }
    public int Fields { get; private set; }
    public int Dependencies { get; private set; }
    public int Jobs { get; private set; }
    public int Edges { get; private set; }
    public int Explained { get; private set; }
    public int Differing { get; private set; }

    /// <summary>Everything without an explanation, a paragraph each.</summary>
    public string Unexplained => _unexplained.ToString();

    /// <summary>How often each field differs without an explanation: where to look first.</summary>
    public string Summary => string.Join(", ", _byField.OrderByDescending(f => f.Value)
        .Select(f => $"{f.Key} {f.Value}"));

    /// <summary>The line for the report.</summary>
    public string Figure =>
        $"figure: oracle {name}: {Units} units, {Fields} fields, {Dependencies} dependencies, "
        + $"{Jobs} jobs, {Edges} edges compared; {Explained} differ by the list, "
        + $"{Differing} unexplained";

    /// <summary>One unit of ours against systemd's.</summary>
    public void Compare(UnitDefinition ours, Dump dump, AcceptedList accepted)
    {
        if (!dump.Units.TryGetValue(ours.Name.Value, out DumpUnit? theirs))
        {
            Record(accepted, ours.Name.Value, "Id", ours.Name.Value, "(no such unit)");
            return;
        }

        Units++;
        Record(accepted, ours.Name.Value, "LoadState", UnitFields.LoadState(ours),
            theirs.LoadState);
        if (ours.LoadState != UnitLoadState.Loaded || theirs.LoadState != "loaded")
            return;
        foreach (UnitField field in UnitFields.All)
        {
            if (field.Ours(ours) is { } mine)
                Record(accepted, ours.Name.Value, field.Name, mine, field.Theirs(theirs) ?? "");
        }

        foreach ((DependencyKind kind, string word) in DependencyForm.Kinds)
        {
            SortedSet<string> mine = DependencyForm.Ours(ours, kind);
            SortedSet<string> judged = DependencyForm.Theirs(theirs, word, dump.MachineMounts);
            DependencyForm.Settle(mine, judged);
            Dependencies += judged.Count;
            Record(accepted, ours.Name.Value, word, mine, judged);
        }
    }

    /// <summary>
    /// Jobs and orders. What systemd did in some runs only must be in one of them; what it did in
    /// all runs must be there.
    /// </summary>
    public void CompareJobs(
        string what, SortedSet<string> ours, IReadOnlyList<SortedSet<string>> theirs,
        bool edges, AcceptedList accepted)
    {
        (SortedSet<string> always, SortedSet<string> ever) = AlwaysAndEver(theirs);
        if (edges)
            Edges += always.Count;
        else
            Jobs += always.Count;
        string field = edges ? "edges" : "jobs";
        Record(accepted, what, field, string.Join('\n', ours.Except(ever)), "", "only ours");
        Record(accepted, what, field, "", string.Join('\n', always.Except(ours)),
            "only systemd's");
    }

    /// <summary>Whether <see cref="CompareJobs"/> would find no difference.</summary>
    public static bool IsAmong(SortedSet<string> ours, IReadOnlyList<SortedSet<string>> theirs)
    {
        (SortedSet<string> always, SortedSet<string> ever) = AlwaysAndEver(theirs);
        return ours.IsSubsetOf(ever) && ours.IsSupersetOf(always);
    }

    private static (SortedSet<string> Always, SortedSet<string> Ever) AlwaysAndEver(
        IReadOnlyList<SortedSet<string>> theirs)
    {
        var always = new SortedSet<string>(theirs[0], StringComparer.Ordinal);
        var ever = new SortedSet<string>(StringComparer.Ordinal);
        foreach (SortedSet<string> run in theirs)
        {
            always.IntersectWith(run);
            ever.UnionWith(run);
        }

        return (always, ever);
    }

    public void Record(
        AcceptedList accepted, string unit, string field, string ours, string theirs,
        string note = "")
    {
        Fields++;
        if (ours == theirs)
            return;
        if (accepted.Explains(unit, field, ours, theirs))
        {
            Explained++;
            return;
        }

        Note(unit, field, $"  ours    {ours}\n  systemd {theirs}", note);
    }

    public void Fail(string unit, string field, string why) => Note(unit, field, "  " + why, "");

    public void Record(
        AcceptedList accepted, string unit, string field, SortedSet<string> ours,
        SortedSet<string> theirs)
    {
        Fields++;
        if (ours.SetEquals(theirs))
            return;
        string more = string.Join(", ", ours.Except(theirs));
        string less = string.Join(", ", theirs.Except(ours));
        if (accepted.Explains(unit, field, more, less))
        {
            Explained++;
            return;
        }

        Note(unit, field, $"  only ours      {more}\n  only systemd's {less}", "");
    }

    private void Note(string unit, string field, string text, string note)
    {
        Differing++;
        _byField[field] = _byField.GetValueOrDefault(field) + 1;
        if (_unexplained.Length < 60_000)
            _unexplained.Append(unit).Append(' ').Append(field).Append(' ').Append(note)
                .Append(":\n").Append(text).Append('\n');
    }
}
