namespace InitTx.Units.Install;

/// <summary>What happens to a link.</summary>
public enum LinkAction : byte
{
    /// <summary>The link is made; nothing has its name.</summary>
    Create,

    /// <summary>The link, or an empty file that masks, is removed.</summary>
    Remove,
}

/// <summary>One step of an install verb, in the order in which it is to be done.</summary>
/// <param name="Path">Of the link, as the system below the root sees it.</param>
/// <param name="Target">What a link that is made names; empty for a removal.</param>
public sealed record LinkChange(LinkAction Action, string Path, string Target)
{
    /// <inheritdoc/>
    public override string ToString() => Action == LinkAction.Create
        ? $"Created symlink {Path} -> {Target}." : $"Removed {Path}.";
}

/// <summary>What an install verb would do: links to make and remove, and what to say.</summary>
public sealed class InstallPlan
{
    private readonly List<LinkChange> _changes = [];
    private readonly List<string> _errors = [];
    private readonly List<string> _warnings = [];
    private readonly List<string> _missing = [];

    /// <summary>The steps, in order.</summary>
    public IReadOnlyList<LinkChange> Changes => _changes;

    /// <summary>What could not be done. The steps are done all the same, as by systemctl.</summary>
    public IReadOnlyList<string> Errors => _errors;

    /// <summary>Units that were named and do not exist; nothing was done for them.</summary>
    public IReadOnlyList<string> Missing => _missing;

    /// <summary>What was done but may not be what was meant.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>True when a unit was named whose [Install] section says what enabling is.</summary>
    public bool HasInstallRules { get; internal set; }

    /// <summary>
    /// True when systemctl would exit with 1: it does not when the first thing that a unit's
    /// [Install] asks for could be done, whatever became of the rest.
    /// </summary>
    public bool FailsInSystemctl { get; internal set; }

    internal void Add(LinkChange change) => _changes.Add(change);

    internal void Error(string text) => _errors.Add(text);

    /// <summary>An error that is systemctl's as well.</summary>
    internal void Fail(string text)
    {
        FailsInSystemctl = true;
        _errors.Add(text);
    }

    internal void Miss(string text) => _missing.Add(text);

    internal void Warn(string text)
    {
        if (!_warnings.Contains(text))
            _warnings.Add(text);
    }
}
