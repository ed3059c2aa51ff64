using InitTx.Cli.Client;
using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;
using InitTx.Protocol;
using InitTx.Protocol.Answers;

namespace InitTx.Cli.Compatibility;

/// <summary>
/// Which of systemctl's exit statuses a refused change has: those of LSB, which scripts tell apart.
/// Asked of the manager after the refusal, so that what is not refused costs nothing.
/// </summary>
internal static class RefusalStatus
{
    private const int Failure = 1;
    private const int NotImplemented = 3;
    private const int NotPermitted = 4;
    private const int NotInstalled = 5;

    /// <summary>1 where none of the finer ones fits, or the manager does not say.</summary>
    public static int Of(Session session, ManagerMethod method, IReadOnlyList<string> units)
    {
        using var manager = new Manager(session);
        foreach (string[] part in units.Chunk(ShowVerb.UnitsPerCall))
        {
            if (!manager.Ask(Calls.OfUnits(ManagerMethod.ShowUnits, part))
                || !manager.TryRead(AnswerJson.Default.ShowAnswer, out ShowAnswer answer))
                return Failure;
            foreach (ShownUnitAnswer unit in answer.Units)
            {
                if (Of(method, unit) is var status and not Failure)
                    return status;
            }
        }

        return Failure;
    }

    private static int Of(ManagerMethod method, ShownUnitAnswer unit) => unit switch
    {
        { Status.LoadState: "not-found" } => NotInstalled,
        { Status.LoadState: not "loaded" } => Failure,
        { CanReload: false } when method == ManagerMethod.Reload => NotImplemented,
        { CanStart: false } when method is ManagerMethod.Start or ManagerMethod.Restart
            or ManagerMethod.TryRestart => NotPermitted,
        { CanStop: false } when method is ManagerMethod.Stop or ManagerMethod.Restart
            or ManagerMethod.TryRestart => NotPermitted,
        _ => Failure,
    };
}
