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
        "remount", "unmount", "swapon", "swapoff", "check", "verb", "stop-pre",
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
            ExecRole.Check => service.ExecCheck,
            ExecRole.Verb => VerbCommands(service),
            ExecRole.Mount or ExecRole.Remount or ExecRole.Unmount or ExecRole.SwapOn
                or ExecRole.SwapOff or ExecRole.StopPre => [],
            _ => throw Invariant.Unreachable("exec role"),
        };

    /// <summary>
    /// The commands that a unit's files have for a role, in the order in which they run.
    /// </summary>
    public static IReadOnlyList<ExecCommand> Commands(UnitDefinition unit, ExecRole role) =>
        unit switch
        {
            { Service: { } service } => Commands(service, role),
            { Socket: { } socket } => Commands(socket, role),
            _ => [],
        };

    private static IReadOnlyList<ExecCommand> Commands(SocketSettings socket, ExecRole role) =>
        role switch
        {
            ExecRole.StartPre => socket.ExecStartPre,
            ExecRole.StartPost => socket.ExecStartPost,
            ExecRole.StopPre => socket.ExecStopPre,
            ExecRole.StopPost => socket.ExecStopPost,
            ExecRole.Main or ExecRole.Condition or ExecRole.Reload or ExecRole.Stop
                or ExecRole.Mount or ExecRole.Remount or ExecRole.Unmount or ExecRole.SwapOn
                or ExecRole.SwapOff or ExecRole.Check or ExecRole.Verb => [],
            _ => throw Invariant.Unreachable("exec role"),
        };

    /// <summary>
    /// Where a verb's commands lie among those of <see cref="ExecRole.Verb"/>; (0, 0) for a verb
    /// that the service does not have.
    /// </summary>
    public static (int First, int End) VerbRange(ServiceSettings service, string? verb)
    {
        int first = 0;
        foreach (ServiceVerb known in service.Verbs)
        {
            if (known.Name == verb)
                return (first, first + known.Commands.Count);
            first += known.Commands.Count;
        }

        return (0, 0);
    }

    // Those of all verbs, so that a command is known by role and number alone.
    private static List<ExecCommand> VerbCommands(ServiceSettings service)
    {
        var commands = new List<ExecCommand>();
        foreach (ServiceVerb verb in service.Verbs)
            commands.AddRange(verb.Commands);
        return commands;
    }
}
