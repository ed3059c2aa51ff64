namespace InitTx.Linux.Identity;

/// <summary>One user of the database (passwd(5)).</summary>
public sealed record UserRecord(string Name, uint Uid, uint Gid, string Home, string Shell)
{
    private static readonly string[] NoShells =
    [
        "/bin/nologin", "/sbin/nologin", "/usr/bin/nologin", "/usr/sbin/nologin", "/bin/false",
        "/usr/bin/false", "/bin/true", "/usr/bin/true",
    ];

    /// <summary>
    /// With an empty home or shell where the database has one for form's sake: no directory of the
    /// user's own, a program that lets nobody in. Services are told of neither (systemd.exec(5),
    /// "Environment Variables in Spawned Processes", $HOME and $SHELL).
    /// </summary>
    public UserRecord WithoutPlaceholders() => this with
    {
        Home = Home.StartsWith('/') && Home.Trim('/').Length > 0 ? Home : "",
        Shell = Shell.StartsWith('/') && !NoShells.Contains(Shell, StringComparer.Ordinal)
            ? Shell
            : "",
    };
}
