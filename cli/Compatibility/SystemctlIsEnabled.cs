using InitTx.Cli.Client;
using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Protocol;
using InitTx.Protocol.Answers;

namespace InitTx.Cli.Compatibility;

/// <summary>
/// `systemctl is-enabled`: the words and status of systemctl(1), 0 for those that count as enabled.
/// </summary>
internal static class SystemctlIsEnabled
{
    private static readonly string[] Enabled =
        ["enabled", "enabled-runtime", "static", "alias", "indirect", "generated", "transient"];

    public static int Run(Session session, IReadOnlyList<string> typed)
    {
        if (UnitExpander.Expand(session, typed, out IReadOnlyList<string> units) is { } failed)
            return Systemctl.CodeOfChange(failed);
        using var manager = new Manager(session);
        if (!manager.Ask(Calls.OfUnits(ManagerMethod.GetUnits, units))
            || !manager.TryRead(AnswerJson.Default.UnitsAnswer, out UnitsAnswer answer))
        {
            return Systemctl.CodeOfChange(manager.Failure);
        }

        bool any = false;
        foreach (UnitAnswer unit in answer.Units)
        {
            if (Enablement.Of(unit) is { } word)
            {
                any |= Array.IndexOf(Enabled, word) >= 0;
                if (!session.Quiet)
                    session.Out.WriteLine(word);
            }
            else
            {
                session.Error.WriteLine(
                    $"Failed to get unit file state for {SafeText.Clean(unit.Unit)}: "
                    + "No such file or directory");
            }
        }

        return any ? 0 : 1;
    }
}
