namespace InitTx.Journal.History;

/// <summary>A row with what it says in words, without its time.</summary>
public sealed record WhyStep(HistoryRow Row, string Sentence);

/// <summary>The answer to <c>initx why UNIT</c>.</summary>
public sealed record WhyAnswer
{
    public required string Unit { get; init; }

    /// <summary>One line: what state since when, or that nothing is known.</summary>
    public required string Summary { get; init; }

    /// <summary>
    /// From the current state back to the root cause; empty when nothing is known.
    /// </summary>
    public IReadOnlyList<WhyStep> Chain { get; init; } = [];

    /// <summary>What the unit's part of the chain led to in other units, oldest first.</summary>
    public IReadOnlyList<WhyStep> Followed { get; init; } = [];

    /// <summary>More followed than is listed.</summary>
    public bool MoreFollowed { get; init; }

    /// <summary>
    /// What else the request at the root changed: kind, unit and result of each job; empty where
    /// the root is no request.
    /// </summary>
    public IReadOnlyList<string> Also { get; init; } = [];

    /// <summary>The transaction at the root; 0 for none.</summary>
    public long Transaction { get; init; }

    /// <summary>
    /// How many seconds the unit was away before it was restarted by itself; null where it was not.
    /// </summary>
    public double? AwaySeconds { get; init; }

    /// <summary>What it was away for: how its process ended; null where it was not.</summary>
    public string? AwayBecause { get; init; }

    /// <summary>Which setting had it restarted; null where none did.</summary>
    public string? RestartedBy { get; init; }

    /// <summary>Why the chain ends before a root cause; null when it reaches one.</summary>
    public string? Incomplete { get; init; }
}
