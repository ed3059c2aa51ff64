namespace InitTx.Protocol.Answers;

/// <summary>GetVersion.</summary>
public sealed record VersionAnswer
{
    public string Product { get; init; } = "";
    public string Version { get; init; } = "";
    public int Protocol { get; init; }
}

/// <summary>How a process ended.</summary>
public sealed record ExitAnswer
{
    /// <summary>exited, killed or dumped.</summary>
    public string? Kind { get; init; }

    /// <summary>Exit code, or the signal's number.</summary>
    public int Code { get; init; }
}

/// <summary>What came in by a socket with Accept=yes since the manager started.</summary>
public sealed record ConnectionsAnswer
{
    /// <summary>Connections for which an instance was started.</summary>
    public long Accepted { get; init; }

    /// <summary>Connections that were closed at once.</summary>
    public long Refused { get; init; }

    /// <summary>Connections that an instance serves now.</summary>
    public long Served { get; init; }
}

/// <summary>What StartLimitBurst= of a unit counts.</summary>
public sealed record StartLimitAnswer
{
    /// <summary>So many starts are allowed within the interval.</summary>
    public int Burst { get; init; }

    /// <summary>Seconds.</summary>
    public double Interval { get; init; }

    /// <summary>Starts that are remembered; older ones than the interval no longer count.</summary>
    public int Starts { get; init; }

    public DateTimeOffset? Oldest { get; init; }
    public DateTimeOffset? Newest { get; init; }
}

/// <summary>A unit's running or waiting job.</summary>
public sealed record JobAnswer
{
    public long Job { get; init; }
    public string Unit { get; init; } = "";
    public string Kind { get; init; } = "";
    public string State { get; init; } = "";
    public long Transaction { get; init; }

    /// <summary>What it waits for, in words.</summary>
    public string? WaitsFor { get; init; }

    public DateTimeOffset? Begun { get; init; }

    /// <summary>The unit at the end of the chain of waits; null for its own.</summary>
    public string? Culprit { get; init; }

    /// <summary>When it ends at the latest; null when nothing limits it.</summary>
    public DateTimeOffset? Until { get; init; }
}

/// <summary>One unit's state in full: `initx status UNIT --json`.</summary>
public sealed record UnitAnswer
{
    public string Unit { get; init; } = "";
    public string Description { get; init; } = "";
    public string LoadState { get; init; } = "";
    public string State { get; init; } = "";
    public string SubState { get; init; } = "";

    /// <summary>What was last asked for: active or inactive.</summary>
    public string Target { get; init; } = "";

    public string Result { get; init; } = "";
    public int MainPid { get; init; }
    public int ControlPid { get; init; }
    public DateTimeOffset? Since { get; init; }
    public long SinceSeq { get; init; }
    public int Restarts { get; init; }
    public long Transaction { get; init; }
    public string? Cgroup { get; init; }
    public long? Memory { get; init; }
    public long? MemoryPeak { get; init; }
    public long? Tasks { get; init; }

    /// <summary>Processor time, nanoseconds.</summary>
    public long? CpuNs { get; init; }
    public long? IoReadBytes { get; init; }
    public long? IoWriteBytes { get; init; }

    /// <summary>Limits that the unit asks for and does not have, each with the reason.</summary>
    public string? NotApplied { get; init; }

    /// <summary>running, freezing or frozen.</summary>
    public string Freezer { get; init; } = "";
    public string? Path { get; init; }
    public IReadOnlyList<string>? DropIns { get; init; }
    public IReadOnlyList<string>? Aliases { get; init; }
    public IReadOnlyList<string>? Documentation { get; init; }
    public IReadOnlyList<string>? TriggeredBy { get; init; }
    public string? LoadError { get; init; }
    /// <summary>
    /// Why the files on disk are not what the unit runs by; null when they are.
    /// </summary>
    public string? DiskError { get; init; }

    public string? StatusText { get; init; }
    public string? Condition { get; init; }

    /// <summary>Why it failed or was refused, in words.</summary>
    public string? Failure { get; init; }

    public ExitAnswer? MainExit { get; init; }

    /// <summary>Null for a unit without such a limit.</summary>
    public StartLimitAnswer? StartLimit { get; init; }

    /// <summary>Of a socket with Accept=yes; null for every other unit.</summary>
    public ConnectionsAnswer? Connections { get; init; }
    public JobAnswer? Job { get; init; }

    /// <summary>Directives of its files that are not fully honoured.</summary>
    public int Unhonoured { get; init; }
}

/// <summary>GetUnits.</summary>
public sealed record UnitsAnswer
{
    public IReadOnlyList<UnitAnswer> Units { get; init; } = [];
}

/// <summary>One line of `initx list`.</summary>
public sealed record ListEntryAnswer
{
    public string Unit { get; init; } = "";
    public string LoadState { get; init; } = "";
    public string State { get; init; } = "";
    public string SubState { get; init; } = "";
    public string Description { get; init; } = "";
    public int MainPid { get; init; }
}

/// <summary>ListUnits: one page.</summary>
public sealed record UnitListAnswer
{
    public IReadOnlyList<ListEntryAnswer> Units { get; init; } = [];

    /// <summary>Ask again after this name; null when this was the last page.</summary>
    public string? Next { get; init; }
}

/// <summary>Units by state.</summary>
public sealed record UnitCountsAnswer
{
    public int Total { get; init; }
    public int Active { get; init; }
    public int Inactive { get; init; }
    public int Failed { get; init; }
    public int Activating { get; init; }
    public int Deactivating { get; init; }
    public int Reloading { get; init; }
}

/// <summary>The journal's condition.</summary>
public sealed record JournalAnswer
{
    public string Level { get; init; } = "";
    public long Rows { get; init; }
    public long Gaps { get; init; }
    public string Archive { get; init; } = "";
}

/// <summary>The manager's state: `initx status --json`.</summary>
public sealed record ManagerAnswer
{
    public string Version { get; init; } = "";
    public int Pid { get; init; }
    public string Boot { get; init; } = "";
    public string State { get; init; } = "";
    public UnitCountsAnswer Units { get; init; } = new();
    public int Jobs { get; init; }
    public IReadOnlyList<string> Failed { get; init; } = [];
    public JournalAnswer Journal { get; init; } = new();
    public long Crashes { get; init; }
    public long Reexecs { get; init; }
    public string Rung { get; init; } = "";
    public double Uptime { get; init; }
    public IReadOnlyList<string> Missing { get; init; } = [];
    public LogsAnswer Logs { get; init; } = new();
}

/// <summary>Where the output of services goes: <c>LogTarget=</c>, and its files.</summary>
public sealed record LogsAnswer
{
    /// <summary>files, syslog, journald, kmsg, console or null.</summary>
    public string Target { get; init; } = "";

    /// <summary>One directory a unit in it.</summary>
    public string Directory { get; init; } = "";

    /// <summary>The same, in memory, for what came while the other could not be written.</summary>
    public string Volatile { get; init; } = "";
}

/// <summary>ListJobs: one page.</summary>
public sealed record JobListAnswer
{
    public IReadOnlyList<JobAnswer> Jobs { get; init; } = [];
    public long? Next { get; init; }
}
