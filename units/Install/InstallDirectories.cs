namespace InitTx.Units.Install;

/// <summary>Where install verbs write, and what the directories they read stand for.</summary>
/// <param name="Persistent">Links that last: /etc/systemd/system.</param>
/// <param name="Runtime">Links until the next boot: /run/systemd/system.</param>
/// <param name="OtherPersistent">Read as <paramref name="Persistent"/> is, never written.</param>
/// <param name="OtherRuntime">Read as <paramref name="Runtime"/> is, never written.</param>
public sealed record InstallDirectories(
    string Persistent, string Runtime, string OtherPersistent, string OtherRuntime)
{
    /// <summary>The system manager's. Links are systemd's own, so that both inits agree.</summary>
    public static readonly InstallDirectories System = new(
        "/etc/systemd/system", "/run/systemd/system", "/etc/initx/system", "/run/initx/system");

    /// <summary>A user manager's.</summary>
    public static InstallDirectories User(string configHome, string runtimeDirectory) => new(
        configHome + "/systemd/user", runtimeDirectory + "/systemd/user",
        configHome + "/initx/user", runtimeDirectory + "/initx/user");

    /// <summary>The directory that a verb writes to.</summary>
    public string Of(bool runtime) => runtime ? Runtime : Persistent;

    internal bool IsPersistent(string directory) =>
        directory == Persistent || directory == OtherPersistent;

    internal bool IsRuntime(string directory) => directory == Runtime || directory == OtherRuntime;
}
