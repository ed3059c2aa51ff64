namespace InitTx.Units.Model;

/// <summary>
/// The unit types of systemd.unit(5); the order is stable because journals store it.
/// </summary>
public enum UnitKind : byte
{
    Service,
    Socket,
    Target,
    Device,
    Mount,
    Automount,
    Swap,
    Path,
    Timer,
    Slice,
    Scope,
}

/// <summary>
/// Whether and how a unit's files were read; the words of systemctl's LOAD column.
/// </summary>
public enum UnitLoadState : byte
{
    /// <summary>Read and usable.</summary>
    Loaded,

    /// <summary>No file of that name on the unit path.</summary>
    NotFound,

    /// <summary>
    /// A file was read, but a setting makes the unit unusable (no ExecStart, a cycle of Type
    /// rules).
    /// </summary>
    BadSetting,

    /// <summary>The file could not be read or is not a unit file at all.</summary>
    Error,

    /// <summary>A link to /dev/null or an empty file: never to be started.</summary>
    Masked,

    /// <summary>Another name of a unit that is loaded under its own.</summary>
    Merged,
}
