using InitTx.PlannerCheck.Scenarios;

namespace InitTx.PlannerCheck.Running;

/// <summary>What was compared and what differed; one a thread, added up at the end.</summary>
internal sealed class Tally
{
    private const int MostShown = 20;
    private readonly List<string> _shown = [];

    public long Graphs { get; set; }
    public long Plans { get; set; }
    public long Refused { get; set; }

    /// <summary>Plans for which the rules leave more than one answer.</summary>
    public long Choices { get; set; }

    /// <summary>Plans whose order was compared as well.</summary>
    public long Orders { get; set; }

    /// <summary>Plans made again with units loaded the other way round.</summary>
    public long Loadings { get; set; }

    public long Differences { get; private set; }

    public IReadOnlyList<string> Shown => _shown;

    public void Differ(Scenario scenario, string what)
    {
        Differences++;
        if (_shown.Count < MostShown)
            _shown.Add($"{scenario}\n    {what}");
    }

    public void Add(Tally other)
    {
        Graphs += other.Graphs;
        Plans += other.Plans;
        Refused += other.Refused;
        Choices += other.Choices;
        Orders += other.Orders;
        Loadings += other.Loadings;
        Differences += other.Differences;
        foreach (string line in other._shown)
        {
            if (_shown.Count < MostShown)
                _shown.Add(line);
        }
    }
}
