namespace InitTx.Units.Model;

/// <summary>
/// The [Install] section (systemd.unit(5)): read by enable, disable and preset only, never by a
/// start. Specifiers are expanded in all but templates.
/// </summary>
public sealed record InstallSettings
{
    /// <summary>A unit without [Install].</summary>
    public static readonly InstallSettings None = new();

    public IReadOnlyList<string> Alias { get; init; } = [];
    public IReadOnlyList<string> WantedBy { get; init; } = [];
    public IReadOnlyList<string> RequiredBy { get; init; } = [];
    public IReadOnlyList<string> UpheldBy { get; init; } = [];
    public IReadOnlyList<string> Also { get; init; } = [];
    public string? DefaultInstance { get; init; }

    /// <summary>True when enabling the unit would do nothing.</summary>
    public bool IsEmpty =>
        Alias.Count + WantedBy.Count + RequiredBy.Count + UpheldBy.Count + Also.Count == 0;
}
