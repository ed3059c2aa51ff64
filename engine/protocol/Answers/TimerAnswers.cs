namespace InitTx.Protocol.Answers;

/// <summary>One line of `initx list-timers`.</summary>
public sealed record TimerAnswer
{
    public string Unit { get; init; } = "";
    public string State { get; init; } = "";
    public string SubState { get; init; } = "";

    /// <summary>What it starts; null when its file names nothing that exists.</summary>
    public string? Activates { get; init; }

    /// <summary>When it elapses next; null when nothing is to come.</summary>
    public string? Next { get; init; }

    /// <summary>Seconds until then; below 0 when it is overdue.</summary>
    public double? Left { get; init; }

    /// <summary>When it elapsed last; null for never.</summary>
    public string? Last { get; init; }

    /// <summary>Seconds since then.</summary>
    public double? Passed { get; init; }
}

/// <summary>ListTimers: one page, by name.</summary>
public sealed record TimerListAnswer
{
    public IReadOnlyList<TimerAnswer> Timers { get; init; } = [];

    /// <summary>Ask again after this name; null when this was the last page.</summary>
    public string? Next { get; init; }
}
