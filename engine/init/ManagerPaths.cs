namespace InitTx.Init;

/// <summary>
/// Where this manager keeps what it needs; decided once from options and environment.
/// </summary>
internal sealed record ManagerPaths
{
    public required bool User { get; init; }

    /// <summary>The home directory of whose manager it is; null for the system's.</summary>
    public string? Home { get; init; }

    /// <summary><c>/run/initx</c>, or a user's <c>$XDG_RUNTIME_DIR/initx</c>.</summary>
    public required string Runtime { get; init; }

    public required string State { get; init; }
    public required string Config { get; init; }

    /// <summary>Directories of unit files, highest precedence first.</summary>
    public required IReadOnlyList<string> UnitPath { get; init; }

    /// <summary>initx-exec's absolute path.</summary>
    public required string ExecHelper { get; init; }

    /// <summary>
    /// Bases of RuntimeDirectory= and its like: run, state, cache, logs, configuration.
    /// </summary>
    public required IReadOnlyList<string> DirectoryBases { get; init; }

    /// <summary>
    /// Where stamp files of Persistent= timers lie: systemd's own directory, so that a timer which
    /// ran under one manager has run for the other.
    /// </summary>
    public required string TimerStamps { get; init; }

    /// <summary>
    /// LANG and its like for services; empty for a user's manager, which has them from its own
    /// environment.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, string>> Locale { get; init; } = [];

    /// <summary>Where the logger's files are, unless LogDirectory= says otherwise.</summary>
    public string LogDirectory => DirectoryBases[3] + "/initx";

    /// <summary>A unit's own directory for as long as it runs; root's.</summary>
    public string UnitState(Units.Model.UnitName unit) => $"{Runtime}/units/{unit.Value}";

    /// <summary>Which name has which id of DynamicUser=; root's.</summary>
    public string DynamicUsers => Runtime + "/dynamic-users";

    public string ControlSocket => Runtime + "/control";

    public string NotifySocket => Runtime + "/notify";

    /// <summary>The message bus of the system, or of the user.</summary>
    public string SystemBus => User
        ? Runtime[..Runtime.LastIndexOf('/')] + "/bus"
        : "/run/dbus/system_bus_socket";

    public string JournalDirectory => Runtime + "/journal";

    /// <summary>Held as long as a manager runs on this directory.</summary>
    public string LockFile => Runtime + "/lock";
}
