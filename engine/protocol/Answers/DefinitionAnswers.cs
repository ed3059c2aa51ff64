namespace InitTx.Protocol.Answers;

/// <summary>One effective assignment and where it was written.</summary>
public sealed record SettingAnswer
{
    public string Section { get; init; } = "";
    public string Key { get; init; } = "";

    /// <summary>Null when it is withheld from this reader.</summary>
    public string? Value { get; init; }

    /// <summary>file:line, or built-in.</summary>
    public string Source { get; init; } = "";
}

/// <summary>A unit's files and what they amount to.</summary>
public sealed record ShownUnitAnswer
{
    public UnitAnswer Status { get; init; } = new();
    public IReadOnlyList<SettingAnswer> Settings { get; init; } = [];
    public IReadOnlyList<DependencyAnswer> Dependencies { get; init; } = [];
    public bool CanStart { get; init; }
    public bool CanStop { get; init; }
    public bool CanReload { get; init; }
    public bool CanIsolate { get; init; }
}

/// <summary>ShowUnits.</summary>
public sealed record ShowAnswer
{
    public IReadOnlyList<ShownUnitAnswer> Units { get; init; } = [];
}

/// <summary>One edge from a unit.</summary>
public sealed record DependencyAnswer
{
    /// <summary>The setting: Requires, Wants, After …</summary>
    public string Kind { get; init; } = "";

    public string Unit { get; init; } = "";

    /// <summary>file, directory, implicit or default.</summary>
    public string Origin { get; init; } = "";

    public string Source { get; init; } = "";
}

/// <summary>A unit with its forward edges.</summary>
public sealed record UnitEdgesAnswer
{
    public string Unit { get; init; } = "";
    public string LoadState { get; init; } = "";
    public string State { get; init; } = "";
    public IReadOnlyList<DependencyAnswer> Dependencies { get; init; } = [];
}

/// <summary>ListDependencies: one page.</summary>
public sealed record DependencyListAnswer
{
    public IReadOnlyList<UnitEdgesAnswer> Units { get; init; } = [];
    public string? Next { get; init; }
}

/// <summary>One finding about a unit's files.</summary>
public sealed record FindingAnswer
{
    /// <summary>note, warning or error.</summary>
    public string Severity { get; init; } = "";

    /// <summary>file:line.</summary>
    public string Source { get; init; } = "";

    public int Column { get; init; }
    public string Directive { get; init; } = "";
    public string Message { get; init; } = "";

    /// <summary>The line itself, for a caret; may be empty.</summary>
    public string SourceLine { get; init; } = "";
}

/// <summary>A directive that is not fully honoured.</summary>
public sealed record UnhonouredAnswer
{
    public string Section { get; init; } = "";
    public string Key { get; init; } = "";

    /// <summary>approximated, ignored or refused.</summary>
    public string Treatment { get; init; } = "";

    public string Reason { get; init; } = "";
    public bool Security { get; init; }
    public string Source { get; init; } = "";
}

/// <summary>What lint says of one unit.</summary>
public sealed record LintedUnitAnswer
{
    public string Unit { get; init; } = "";
    public string LoadState { get; init; } = "";
    public string? LoadError { get; init; }
    public string? Path { get; init; }
    public IReadOnlyList<FindingAnswer> Findings { get; init; } = [];
    public IReadOnlyList<UnhonouredAnswer> Unhonoured { get; init; } = [];
}

/// <summary>LintUnits: one page.</summary>
public sealed record LintAnswer
{
    public IReadOnlyList<LintedUnitAnswer> Units { get; init; } = [];
    public string? Next { get; init; }
}
