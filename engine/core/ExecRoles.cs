using InitTx.Units.Model;

namespace InitTx.Core;

/// <summary>
/// Stable words for <see cref="ExecRole"/> and which list of commands a role runs.
/// </summary>
public static class ExecRoles
{
    private static readonly string[] Words =
    [
        "main", "condition", "start-pre", "start-post", "reload", "stop", "stop-post", "mount",
        "remount", "unmount", "swapon", "swapoff",
    ];

    /// <summary>The word that rows and the store use.</summary>
    public static string Word(ExecRole role) => Words[(int)role];

    /// <summary>The role of a recorded word.</summary>
    public static bool TryParse(string word, out ExecRole role)
    {
        int index = Array.IndexOf(Words, word);
        role = (ExecRole)Math.Max(index, 0);
        return index >= 0;
    }

    /// <summary>The commands of a service's role, in the order in which they run.</summary>
    public static IReadOnlyList<ExecCommand> Commands(ServiceSettings service, ExecRole role) =>
        role switch
        {
            ExecRole.Main => service.ExecStart,
            ExecRole.Condition => service.ExecCondition,
            ExecRole.StartPre => service.ExecStartPre,
            ExecRole.StartPost => service.ExecStartPost,
            ExecRole.Reload => service.ExecReload,
            ExecRole.Stop => service.ExecStop,
            ExecRole.StopPost => service.ExecStopPost,
            ExecRole.Mount or ExecRole.Remount or ExecRole.Unmount or ExecRole.SwapOn
                or ExecRole.SwapOff => [],
            _ => throw Invariant.Unreachable("exec role"),
        };
}
