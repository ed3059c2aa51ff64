namespace InitTx.Units.Model;

/// <summary>The prefixes of an Exec line (systemd.service(5), "Command lines").</summary>
[Flags]
public enum ExecCommandFlags : byte
{
    None = 0,

    /// <summary><c>-</c>: a failure is recorded and counts as success.</summary>
    IgnoreFailure = 1,

    /// <summary><c>:</c>: no variable expansion.</summary>
    NoEnvironmentExpansion = 2,

    /// <summary><c>+</c>: runs with full privileges.</summary>
    FullyPrivileged = 4,

    /// <summary><c>!</c>: user and group settings are not applied.</summary>
    NoUser = 8,

    /// <summary><c>!!</c>: as <c>!</c>, only where ambient capabilities are missing.</summary>
    AmbientMagic = 16,
}

/// <summary>
/// One command: specifiers are expanded and quotes removed, variables are not
/// (<see cref="CommandExpander"/> does that when the process starts).
/// </summary>
/// <param name="Path">Absolute path, or a bare name to be found on the fixed search path.</param>
/// <param name="Arguments">The words of argv, argv[0] included.</param>
/// <param name="Flags">The prefixes.</param>
/// <param name="Source">Where the line starts.</param>
public sealed record ExecCommand(
    string Path,
    IReadOnlyList<string> Arguments,
    ExecCommandFlags Flags,
    SourceLocation Source);
