using InitTx.Cli.Client;
using InitTx.Cli.Hosting;
using InitTx.Protocol;
using InitTx.Protocol.Answers;
using InitTx.Units.Loading;

namespace InitTx.Cli.Logs;

/// <summary>Where the output of units is kept.</summary>
/// <param name="Target">The manager's <c>LogTarget=</c>; empty when it was not asked.</param>
/// <param name="Directories">
/// On disk, and in memory for what came while the disk could not be written.
/// </param>
internal sealed record LogPlaces(string Target, IReadOnlyList<string> Directories)
{
    /// <summary>True where output goes to files.</summary>
    public bool HasFiles => Target is "" or "files" or "syslog";

    /// <summary>As the manager says, or where it is by default when there is none.</summary>
    public static LogPlaces Of(Session session)
    {
        if (!File.Exists(session.SocketPath))
            return Default(session);
        using var manager = new Manager(session);
        return manager.Ask(Calls.Of(ManagerMethod.GetManager))
            && manager.TryRead(AnswerJson.Default.ManagerAnswer, out ManagerAnswer answer)
                ? Of(answer)
                : Default(session);
    }

    /// <summary>From an answer that is at hand.</summary>
    public static LogPlaces Of(ManagerAnswer answer) =>
        new(answer.Logs.Target, [answer.Logs.Directory, answer.Logs.Volatile]);

    // CONTRACT "initxd": the defaults of the state and runtime directories.
    private static LogPlaces Default(Session session)
    {
        if (!session.Options.User)
            return new LogPlaces("", ["/var/log/initx", "/run/initx/log"]);
        UserPlaces own = session.Places;
        return new LogPlaces("", [$"{own.Logs}/initx", $"{own.ManagerRuntime}/log"]);
    }
}
