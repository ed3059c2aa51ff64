using System.Text.RegularExpressions;
using InitTx.Oracle.Tests.Judge;

namespace InitTx.Oracle.Tests.Compare;

/// <summary>
/// Where we differ from systemd on purpose: accepted.txt, reviewed with every change. An entry
/// names one directive and one rule; one that explains nothing any more is stale and fails.
/// </summary>
internal sealed class AcceptedList
{
    /// <summary>The most entries that the list may have.</summary>
    public const int MaxEntries = 30;

    private readonly List<Entry> _entries = [];

    /// <summary>Reads the entries that belong to one comparison.</summary>
    public static AcceptedList Read(string comparison)
    {
        var list = new AcceptedList();
        foreach (Entry entry in ReadAll())
        {
            if (entry.Comparison == comparison)
                list._entries.Add(entry);
        }

        return list;
    }

    /// <summary>All entries, each with its comparison.</summary>
    public static List<Entry> ReadAll()
    {
        List<Entry> entries = [];
        string file = Path.Combine(SystemdRoot.Source, "tests/oracle/accepted.txt");
        foreach (string line in File.ReadAllLines(file))
        {
            if (line.Length == 0 || line[0] == '#')
                continue;
            string[] parts = line.Split('|', StringSplitOptions.TrimEntries);
            Assert.That(parts, Has.Length.EqualTo(6), $"{file}: {line}");
            entries.Add(new Entry(
                parts[0], parts[1], Whole(parts[2]), Whole(parts[3]), Whole(parts[4]), parts[5]));
        }

        return entries;
    }

    /// <summary>True when an entry says that this difference is meant.</summary>
    public bool Explains(string unit, string field, string ours, string theirs)
    {
        foreach (Entry entry in _entries)
        {
            if (entry.Field == field && entry.Unit.IsMatch(unit) && entry.Ours.IsMatch(ours)
                && entry.Theirs.IsMatch(theirs))
            {
                entry.Uses++;
                return true;
            }
        }

        return false;
    }

    /// <summary>Entries that explained nothing.</summary>
    public IEnumerable<string> Stale() =>
        _entries.Where(e => e.Uses == 0).Select(e => $"{e.Field} ({e.Rule})");

    private static Regex Whole(string pattern) =>
        new($"^(?:{pattern})$", RegexOptions.Singleline | RegexOptions.CultureInvariant);

    internal sealed record Entry(
        string Comparison, string Field, Regex Unit, Regex Ours, Regex Theirs, string Rule)
    {
        public int Uses { get; set; }
    }
}
