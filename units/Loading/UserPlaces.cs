using System.Globalization;

namespace InitTx.Units.Loading;

/// <summary>
/// Where a user's manager and its client keep things: the XDG base directories, as
/// file-hierarchy(7) and the XDG specification have them. One rule for both, so that they meet. A
/// variable counts when it is an absolute path.
/// </summary>
public sealed record UserPlaces
{
    /// <summary>Absolute, without a slash at the end.</summary>
    public required string Home { get; init; }

    /// <summary>
    /// <c>$XDG_RUNTIME_DIR</c>; without it <c>/run/user/UID</c> where that is the user's, else
    /// <c>~/.local/run</c>, which is on a disk and not emptied by a boot.
    /// </summary>
    public required string Runtime { get; init; }

    /// <summary><c>$XDG_STATE_HOME</c> or <c>~/.local/state</c>.</summary>
    public required string State { get; init; }

    /// <summary><c>$XDG_CACHE_HOME</c> or <c>~/.cache</c>.</summary>
    public required string Cache { get; init; }

    /// <summary><c>$XDG_CONFIG_HOME</c> or <c>~/.config</c>.</summary>
    public required string Config { get; init; }

    /// <summary><c>$XDG_DATA_HOME</c> or <c>~/.local/share</c>.</summary>
    public required string Data { get; init; }

    /// <summary><c>$XDG_DATA_DIRS</c>; empty for the default.</summary>
    public required string DataDirs { get; init; }

    /// <summary>Where LogsDirectory= and the logger write.</summary>
    public string Logs => State + "/log";

    /// <summary>The manager's own files that go with the boot.</summary>
    public string ManagerRuntime => Runtime + "/initx";

    /// <summary>The manager's own files that stay.</summary>
    public string ManagerState => State + "/initx";

    /// <summary>Directories of unit files, highest precedence first.</summary>
    public IReadOnlyList<string> UnitPath =>
        Loading.UnitPath.User(Config, Data, Runtime, DataDirs);

    /// <param name="environment">A variable's value; null when it is not set.</param>
    /// <param name="uid">Whose places.</param>
    /// <param name="isOwn">Whether a path is a directory that belongs to that user.</param>
    public static UserPlaces Of(
        Func<string, string?> environment, uint uid, Func<string, bool> isOwn)
    {
        string home = Absolute(environment("HOME")) ?? (uid == 0 ? "/root" : "");
        string users = string.Create(CultureInfo.InvariantCulture, $"/run/user/{uid}");
        return new UserPlaces
        {
            Home = home.Length == 0 ? "/" : home,
            Runtime = Absolute(environment("XDG_RUNTIME_DIR"))
                ?? (isOwn(users) ? users : home + "/.local/run"),
            State = Absolute(environment("XDG_STATE_HOME")) ?? home + "/.local/state",
            Cache = Absolute(environment("XDG_CACHE_HOME")) ?? home + "/.cache",
            Config = Absolute(environment("XDG_CONFIG_HOME")) ?? home + "/.config",
            Data = Absolute(environment("XDG_DATA_HOME")) ?? home + "/.local/share",
            DataDirs = environment("XDG_DATA_DIRS") ?? "",
        };
    }

    private static string? Absolute(string? path) =>
        path is { Length: > 1 } && path[0] == '/' ? path.TrimEnd('/') : null;
}
