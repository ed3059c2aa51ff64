using System.Globalization;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Transaction;

namespace InitTx.Core;

/// <summary>
/// What the manager orders of itself: dependencies, sockets, actions of failed units.
/// </summary>
public sealed partial class Engine
{
    /// <summary>
    /// A transaction of the manager's own.
    /// </summary>
    /// <param name="mode">Replace: other transactions' jobs give way to it.</param>
    /// <returns>Null when it began, else why not, which is then on record.</returns>
    internal string? Order(
        RequestVerb verb, UnitRuntime unit, Cause cause, JobMode mode = JobMode.Replace)
    {
        if (IsStopping)
            return "the system is going down";

        // Nobody is there to repair the files first: what is bound to a unit that went down must
        // not stay up because of an order among those that depend on it.
        var request = new PlanRequest(verb, [unit.Name], mode)
        {
            BreaksCycles = verb == RequestVerb.Stop,
        };
        PlanDraft draft = TransactionPlanner.Plan(this, request);
        if (draft.IsRefused)
        {
            string why = string.Join("; ", draft.Refused);
            if (unit.Id.Value >= 0)
            {
                Out.Touch(unit);
                Out.Rejected(unit, StateWords.Of(unit.Sub), TransactionWords.Of(verb),
                    cause.With(why));
            }

            return why;
        }

        if (draft.Jobs.Count == 0)
            return null;
        TransactionRuntime transaction = Book.New(verb);
        TransactionInstaller.Install(this, draft, transaction, cause);
        return null;
    }

    /// <summary>FailureAction= and its kin: what befalls the machine when a unit says so.</summary>
    /// <param name="status">0-255: what a manager ends with that is to exit.</param>
    internal void Carry(string action, UnitRuntime unit, string setting, int status = 1)
    {
        if (action is "none" or "" || IsStopping)
            return;
        (string word, bool force) = action switch
        {
            _ when action.EndsWith("-force", StringComparison.Ordinal) => (action[..^6], true),
            _ when action.EndsWith("-immediate", StringComparison.Ordinal) => (action[..^10], true),
            _ => (action, false),
        };
        ShutdownKind? kind = word switch
        {
            "reboot" => ShutdownKind.Reboot,
            "poweroff" => ShutdownKind.Poweroff,
            "halt" => ShutdownKind.Halt,
            "kexec" => ShutdownKind.Kexec,
            "exit" => ShutdownKind.Exit,
            _ => null,
        };
        var cause = new Cause(CauseKind.Dependency, unit.SinceSeq, $"{unit.Name}: {setting}{action}");
        if (kind is { } known)
            BeginShutdown(known, force, Requester.Manager, cause, null,
                known == ShutdownKind.Exit
                    ? status.ToString(CultureInfo.InvariantCulture)
                    : unit.Definition.RebootArgument);
        else
            Out.Rejected(unit, StateWords.Of(unit.Sub), setting, cause.With($"unknown action {action}"));
    }

    /// <summary>The plan request of a client's request.</summary>
    private static PlanRequest RequestOf(ControlRequest request) =>
        new(request.Verb, request.Units, request.Mode, IsBoot: false, IsManual: true)
        {
            Stops = request.Stops,
            Action = request.Action,
            IsExact = request.Verb == RequestVerb.Undo,
        };
}
