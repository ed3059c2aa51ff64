namespace InitTx.Units.Loading;

/// <summary>Whose units a manager runs.</summary>
public enum ManagerScope : byte
{
    /// <summary>The machine's: PID 1.</summary>
    System,

    /// <summary>One user's.</summary>
    User,
}

/// <summary>
/// The directories that unit files are looked for in (systemd.unit(5), "Unit File Load Path").
/// </summary>
public static class UnitPath
{
    private static readonly string[] SystemPath =
    [
        "/etc/initx/system.control",
        "/etc/systemd/system.control",
        "/run/initx/system.control",
        "/run/systemd/system.control",
        "/run/initx/transient",
        "/run/systemd/transient",
        "/run/initx/generator.early",
        "/run/systemd/generator.early",
        "/etc/initx/system",
        "/etc/systemd/system",
        "/etc/systemd/system.attached",
        "/run/initx/system",
        "/run/systemd/system",
        "/run/systemd/system.attached",
        "/run/initx/generator",
        "/run/systemd/generator",
        "/usr/local/lib/systemd/system",
        "/usr/lib/initx/system",
        "/usr/lib/systemd/system",
        "/lib/systemd/system",
        "/run/initx/generator.late",
        "/run/systemd/generator.late",
    ];

    /// <summary>
    /// The system manager's unit path, highest precedence first; a user's is
    /// <see cref="UserPlaces.UnitPath"/>.
    /// </summary>
    public static IReadOnlyList<string> System => SystemPath;

    /// <summary>A user manager's unit path; an empty directory leaves its entries out.</summary>
    /// <param name="configHome"><c>$XDG_CONFIG_HOME</c> or <c>~/.config</c>.</param>
    /// <param name="dataHome"><c>$XDG_DATA_HOME</c> or <c>~/.local/share</c>.</param>
    /// <param name="runtimeDir"><c>$XDG_RUNTIME_DIR</c>.</param>
    /// <param name="dataDirs">
    /// <c>$XDG_DATA_DIRS</c>, colon-separated; empty for the default.
    /// </param>
    public static IReadOnlyList<string> User(
        string configHome, string dataHome, string runtimeDir, string dataDirs)
    {
        List<string> path = [];
        Add(path, configHome, "/systemd/user.control");
        Add(path, runtimeDir, "/systemd/user.control");
        Add(path, runtimeDir, "/systemd/transient");
        Add(path, runtimeDir, "/systemd/generator.early");
        Add(path, configHome, "/initx/user");
        Add(path, configHome, "/systemd/user");
        path.AddRange(["/etc/initx/user", "/etc/systemd/user"]);
        Add(path, runtimeDir, "/initx/user");
        Add(path, runtimeDir, "/systemd/user");
        path.AddRange(["/run/initx/user", "/run/systemd/user"]);
        Add(path, runtimeDir, "/systemd/generator");
        Add(path, dataHome, "/systemd/user");
        foreach (string dir in (dataDirs.Length > 0 ? dataDirs : "/usr/local/share:/usr/share")
            .Split(':'))
            Add(path, dir.TrimEnd('/'), "/systemd/user");
        path.AddRange(
        [
            "/usr/local/lib/systemd/user", "/usr/lib/initx/user", "/usr/lib/systemd/user",
            "/lib/systemd/user",
        ]);
        Add(path, runtimeDir, "/systemd/generator.late");
        return path;
    }

    /// <summary>
    /// Reads <c>--unit-path=</c>: directories separated by colons; a colon at the end is followed
    /// by the defaults, otherwise the list replaces them.
    /// </summary>
    public static IReadOnlyList<string> Parse(string option, IReadOnlyList<string> defaults)
    {
        List<string> path = [];
        foreach (string part in option.Split(':'))
        {
            string dir = part.Length > 1 ? part.TrimEnd('/') : part;
            if (dir.Length > 0 && !path.Contains(dir))
                path.Add(dir);
        }

        if (option.EndsWith(':'))
            path.AddRange(defaults.Where(d => !path.Contains(d)));
        return path;
    }

    private static void Add(List<string> path, string home, string tail)
    {
        if (home.Length > 0)
            path.Add(home + tail);
    }
}
