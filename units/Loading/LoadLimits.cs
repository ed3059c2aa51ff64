namespace InitTx.Units.Loading;

/// <summary>
/// What reading and parsing may cost at most. Everything beyond a limit is left out and named in a
/// <see cref="Model.Diagnostic"/>; nothing here ever throws.
/// </summary>
public sealed record LoadLimits
{
    /// <summary>Limits for a system manager: many times what a full Debian needs.</summary>
    public static readonly LoadLimits Default = new();

    /// <summary>Bytes of one line, continuations joined (LONG_LINE_MAX of systemd 252).</summary>
    public int MaxLineBytes { get; init; } = 1024 * 1024;

    /// <summary>Bytes of one file.</summary>
    public int MaxFileBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Bytes of all files of a tree together.</summary>
    public int MaxTreeBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Entries of all directories of a tree together.</summary>
    public int MaxTreeEntries { get; init; } = 200_000;

    /// <summary>Bytes of one path or link target (PATH_MAX of Linux).</summary>
    public int MaxPathBytes { get; init; } = 4096;

    /// <summary>Assignments of one file.</summary>
    public int MaxAssignments { get; init; } = 65_536;

    /// <summary>Findings kept for one unit; what follows is counted, not kept.</summary>
    public int MaxDiagnostics { get; init; } = 200;

    /// <summary>Drop-in files of one unit.</summary>
    public int MaxDropIns { get; init; } = 1024;

    /// <summary>Edges of one unit.</summary>
    public int MaxDependencies { get; init; } = 65_536;

    /// <summary>Words of one list value (commands, environment, paths).</summary>
    public int MaxListItems { get; init; } = 16_384;

    /// <summary>Verbs of one service (initx.unit(5)).</summary>
    public int MaxVerbs { get; init; } = 64;

    /// <summary>Characters that one value may have after specifiers are expanded.</summary>
    public int MaxExpandedLength { get; init; } = 1024 * 1024;
}
