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

    /// <summary>Why the chain ends before a root cause; null when it reaches one.</summary>
    public string? Incomplete { get; init; }
}
