namespace InitTx.Cli.History.Charts;

/// <summary>What a unit did during a part of a chart, by what it is drawn.</summary>
internal enum Phase : byte
{
    /// <summary>Its job waited for other jobs.</summary>
    Waiting,

    Activating,
    Active,
    Deactivating,
    Failed,
}

/// <summary>One part of a bar, microseconds after the chart's beginning.</summary>
internal readonly record struct PhaseSpan(Phase Phase, long FromUs, long ToUs);

/// <summary>One job of a transaction as a row; all times after the chart's beginning.</summary>
internal sealed record ChartBar
{
    public required string Unit { get; init; }

    /// <summary>start, stop, restart …</summary>
    public required string Kind { get; init; }

    public required long Job { get; init; }

    /// <summary>The job's result; "open" while it has none.</summary>
    public required string Result { get; init; }

    public required long QueuedUs { get; init; }

    /// <summary>When it had nothing to wait for any more; the end when it never ran.</summary>
    public required long BegunUs { get; init; }

    public required long EndedUs { get; init; }

    /// <summary>The job whose end let this one begin; 0 for none.</summary>
    public long After { get; init; }

    /// <summary>On the chain that decided how long the transaction took.</summary>
    public bool IsCritical { get; init; }

    /// <summary>In order of time, without overlap.</summary>
    public IReadOnlyList<PhaseSpan> Phases { get; init; } = [];

    /// <summary>How long the job itself took.</summary>
    public long TookUs => EndedUs - BegunUs;
}

/// <summary>
/// A transaction over time: its jobs in the order in which they began, and the chain of jobs,
/// each released by the end of the one before, that decided how long it took.
/// </summary>
internal sealed record Chart
{
    public required string Boot { get; init; }
    public required long Transaction { get; init; }
    public required string Verb { get; init; }
    public required string Goals { get; init; }

    /// <summary>The transaction's outcome; "running" while it has none.</summary>
    public required string Outcome { get; init; }

    /// <summary>It is the transaction that the boot was.</summary>
    public required bool IsBoot { get; init; }

    /// <summary>Who asked: uid and program, as far as known.</summary>
    public string? By { get; init; }

    /// <summary>The boot's own words: kernel, version.</summary>
    public string? Facts { get; init; }

    /// <summary>The chart's zero, microseconds since 1970.</summary>
    public required long BegunAtUs { get; init; }

    /// <summary>The transaction's begin and end after the chart's zero.</summary>
    public required long PlannedUs { get; init; }

    public required long LengthUs { get; init; }

    public required IReadOnlyList<ChartBar> Bars { get; init; }

    /// <summary>First to last.</summary>
    public required IReadOnlyList<ChartBar> CriticalPath { get; init; }

    /// <summary>Bars that were not taken into the chart, the shortest ones.</summary>
    public int LeftOut { get; init; }
}
