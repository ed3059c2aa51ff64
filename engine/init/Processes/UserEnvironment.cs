using System.Collections;

namespace InitTx.Init.Processes;

/// <summary>
/// What a user's manager passes on to its services: the variables that it was started with, as
/// systemd(1) does with --user, but for those that speak of its own start.
/// </summary>
internal static class UserEnvironment
{
    private static readonly HashSet<string> Own = new(StringComparer.Ordinal)
    {
        "CACHE_DIRECTORY", "CONFIGURATION_DIRECTORY", "CREDENTIALS_DIRECTORY", "EXIT_CODE",
        "EXIT_STATUS", "INVOCATION_ID", "JOURNAL_STREAM", "LISTEN_FDNAMES", "LISTEN_FDS",
        "LISTEN_PID", "LOGS_DIRECTORY", "MAINPID", "MANAGERPID", "NOTIFY_SOCKET", "PIDFILE",
        "RUNTIME_DIRECTORY", "SERVICE_RESULT", "STATE_DIRECTORY", "SYSTEMD_EXEC_PID",
        "WATCHDOG_PID", "WATCHDOG_USEC",
    };

    /// <summary>In order of names; empty for the system's manager.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Of(ManagerPaths paths)
    {
        if (paths.Home is not { } home)
            return [];
        var variables = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in System.Environment.GetEnvironmentVariables())
        {
            if (!Own.Contains((string)entry.Key))
                variables[(string)entry.Key] = (string?)entry.Value ?? "";
        }

        variables["HOME"] = home;
        variables["XDG_RUNTIME_DIR"] = paths.DirectoryBases[0];
        return [.. variables];
    }
}
