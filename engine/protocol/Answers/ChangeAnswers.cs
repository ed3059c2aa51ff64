namespace InitTx.Protocol.Answers;

/// <summary>
/// One reply in the stream of a call that changes something: <c>accepted</c>, any number of
/// <c>progress</c>, <c>settling</c> where the commit is held, then <c>finished</c>.
/// </summary>
public sealed record ChangeAnswer
{
    /// <summary>accepted, progress, settling or finished.</summary>
    public string Event { get; init; } = "";

    public long Transaction { get; init; }

    /// <summary>accepted: how many jobs the plan has.</summary>
    public int Jobs { get; init; }

    /// <summary>progress: the job.</summary>
    public long Job { get; init; }

    public string? Unit { get; init; }
    public string? Kind { get; init; }

    /// <summary>progress: queued, running or ended.</summary>
    public string? State { get; init; }

    /// <summary>progress: the job's result once it ended.</summary>
    public string? Result { get; init; }

    public string? UnitState { get; init; }
    public string? Detail { get; init; }

    /// <summary>settling: for how long the units have to stay as they are.</summary>
    public double Seconds { get; init; }

    /// <summary>finished: the transaction's outcome.</summary>
    public string? Outcome { get; init; }

    /// <summary>finished: the exit status of `initx`.</summary>
    public int Code { get; init; }

    public IReadOnlyList<string>? Messages { get; init; }
}

/// <summary>
/// The parameters of the error Refused, and of every other error as far as they have them.
/// </summary>
public sealed record ErrorAnswer
{
    /// <summary>The exit status of `initx`.</summary>
    public int Code { get; init; }

    public IReadOnlyList<string>? Messages { get; init; }
    public string? Message { get; init; }
    public string? Parameter { get; init; }
    public string? Method { get; init; }
    public string? Interface { get; init; }
}

/// <summary>One edge of the chain that leads to a job.</summary>
public sealed record ReasonAnswer
{
    public string Unit { get; init; } = "";
    public string Dependency { get; init; } = "";
    public string Source { get; init; } = "";
}

/// <summary>One job of a plan.</summary>
public sealed record PlannedJobAnswer
{
    public string Unit { get; init; } = "";
    public string Kind { get; init; } = "";
    public IReadOnlyList<ReasonAnswer> Reasons { get; init; } = [];
}

/// <summary>
/// One part of a plan: the first has goals, refusals and hash; the others add jobs or edges (or
/// units, which only the JSON output looks at).
/// </summary>
public sealed record PlanPartAnswer
{
    public IReadOnlyList<string>? Goals { get; init; }
    public IReadOnlyList<PlannedJobAnswer>? Jobs { get; init; }
    public IReadOnlyList<IReadOnlyList<string>>? Edges { get; init; }
    public IReadOnlyList<string>? Irreversible { get; init; }
    public IReadOnlyList<string>? Dropped { get; init; }
    public IReadOnlyList<string>? Refused { get; init; }
    public int Code { get; init; }
    public string? Hash { get; init; }
    public string? Basis { get; init; }
}
