using System.Diagnostics.CodeAnalysis;
using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Protocol;
using InitTx.Protocol.Calls;
using InitTx.Units.Model;

namespace InitTx.Init.Control;

/// <summary>From a call that is well formed to a request that the engine takes.</summary>
internal static class RequestTranslator
{
    /// <summary>Signal that `kill` sends when none is named: SIGTERM.</summary>
    private const int DefaultSignal = 15;

    /// <summary>The caller has checked the right to call.</summary>
    public static bool TryTranslate(
        Call call,
        RequestId id,
        Requester requester,
        [NotNullWhen(true)] out ControlRequest? request,
        [NotNullWhen(false)] out CallError? error)
    {
        request = null;
        CallParameters from = call.Parameters;
        if (VerbOf(call, out RequestVerb verb) is { } noVerb)
            error = noVerb;
        else if (ModeOf(from.Mode, out JobMode mode) is { } noMode)
            error = noMode;
        else if (WhomOf(from.Whom, out KillWhom whom) is { } noWhom)
            error = noWhom;
        else if (NamesOf(from.Units, out IReadOnlyList<UnitName> names) is { } noName)
            error = noName;
        else if (NamesOf(from.Stops, out IReadOnlyList<UnitName> stops) is { } noStop)
            error = noStop;
        else if (names.Count + stops.Count == 0 && NeedsUnits(verb, call))
            error = Invalid("units", "is missing");
        else if (verb == RequestVerb.Undo && from.Transaction == 0)
            error = Invalid("transaction", "is missing");
        else if (verb == RequestVerb.Do && !ServiceVerb.IsName(from.Action))
            error = Invalid("action", "is the name of a verb: lower-case letters, digits, hyphens");
        else
        {
            error = null;
            request = new ControlRequest
            {
                Id = id,
                Verb = verb,
                Requester = requester,
                Units = names,
                Mode = mode,
                NoBlock = from.NoBlock,
                NoRollback = from.NoRollback,
                SettleUs = from.SettleUs,
                Stops = stops,
                Force = from.Force,
                Action = verb == RequestVerb.Do ? from.Action : null,
                NoCheck = from.NoCheck,
                DryRun = call.Method.Method == ManagerMethod.Plan,
                PlanHash = from.PlanHash,
                TimeoutUs = from.TimeoutUs,
                Reason = from.Reason,
                Signal = from.Signal == 0 ? DefaultSignal : from.Signal,
                Whom = whom,
                Transaction = new TransactionId(from.Transaction),
                CancelOnDisconnect = from.CancelOnDisconnect,
                FileVerb = verb == RequestVerb.UnitFiles ? from.Verb! : "",
                Changes = from.Changes,
            };
        }

        return request is not null;
    }

    /// <summary>The verb of CONTRACT, which Plan names and the other methods are.</summary>
    public static bool TryParseVerb(string? word, out RequestVerb verb)
    {
        (bool known, verb) = word switch
        {
            "start" => (true, RequestVerb.Start),
            "stop" => (true, RequestVerb.Stop),
            "restart" => (true, RequestVerb.Restart),
            "try-restart" => (true, RequestVerb.TryRestart),
            "reload" => (true, RequestVerb.Reload),
            "reload-or-restart" => (true, RequestVerb.ReloadOrRestart),
            "isolate" => (true, RequestVerb.Isolate),
            "apply" => (true, RequestVerb.Apply),
            "undo" => (true, RequestVerb.Undo),
            "do" => (true, RequestVerb.Do),
            _ => (false, RequestVerb.Start),
        };
        return known;
    }

    private static CallError? VerbOf(Call call, out RequestVerb verb)
    {
        if (call.Method.Method == ManagerMethod.Plan)
        {
            return TryParseVerb(call.Parameters.Verb, out verb)
                ? null
                : Invalid("verb", "start, stop, restart, try-restart, reload, reload-or-restart, "
                    + "isolate, apply, undo and do can be planned");
        }

        RequestVerb? found = call.Method.Method switch
        {
            ManagerMethod.Start => RequestVerb.Start,
            ManagerMethod.Stop => RequestVerb.Stop,
            ManagerMethod.Restart => RequestVerb.Restart,
            ManagerMethod.TryRestart => RequestVerb.TryRestart,
            ManagerMethod.Reload => RequestVerb.Reload,
            ManagerMethod.ReloadOrRestart => RequestVerb.ReloadOrRestart,
            ManagerMethod.Isolate => RequestVerb.Isolate,
            ManagerMethod.Apply => RequestVerb.Apply,
            ManagerMethod.Undo => RequestVerb.Undo,
            ManagerMethod.Do => RequestVerb.Do,
            ManagerMethod.ResetFailed => RequestVerb.ResetFailed,
            ManagerMethod.Kill => RequestVerb.Kill,
            ManagerMethod.Freeze => RequestVerb.Freeze,
            ManagerMethod.Thaw => RequestVerb.Thaw,
            ManagerMethod.DaemonReload => RequestVerb.DaemonReload,
            ManagerMethod.RecordUnitFiles => RequestVerb.UnitFiles,
            ManagerMethod.Reexec => RequestVerb.Reexec,
            ManagerMethod.Poweroff => RequestVerb.Poweroff,
            ManagerMethod.Reboot => RequestVerb.Reboot,
            ManagerMethod.Halt => RequestVerb.Halt,
            ManagerMethod.CancelTransaction => RequestVerb.CancelTransaction,
            ManagerMethod.WaitTransaction => RequestVerb.WaitTransaction,
            _ => null,
        };
        verb = found ?? RequestVerb.Start;
        if (verb == RequestVerb.UnitFiles && !IsFileVerb(call.Parameters.Verb))
        {
            return Invalid("verb", "enable, disable, mask, unmask, preset, preset-all, edit and "
                + "apply change unit files");
        }

        return found is null
            ? new CallError(
                CallErrorKind.MethodNotFound, call.Method.WireName, "it changes nothing")
            : null;
    }

    private static bool NeedsUnits(RequestVerb verb, Call call) =>
        verb == RequestVerb.Apply
        || (call.Method.Method == ManagerMethod.Plan && verb != RequestVerb.Undo);

    private static bool IsFileVerb(string? word) => word is "enable" or "disable" or "mask"
        or "unmask" or "preset" or "preset-all" or "edit" or "apply";

    private static CallError? ModeOf(string? word, out JobMode mode)
    {
        (bool known, mode) = word switch
        {
            null or "fail" => (true, JobMode.Fail),
            "replace" => (true, JobMode.Replace),
            "queue" => (true, JobMode.Queue),
            _ => (false, JobMode.Fail),
        };
        return known ? null : Invalid("mode", "fail, replace or queue");
    }

    private static CallError? WhomOf(string? word, out KillWhom whom)
    {
        (bool known, whom) = word switch
        {
            null or "all" => (true, KillWhom.All),
            "main" => (true, KillWhom.Main),
            "control" => (true, KillWhom.Control),
            _ => (false, KillWhom.All),
        };
        return known ? null : Invalid("whom", "all, main or control");
    }

    private static CallError? NamesOf(
        IReadOnlyList<string> texts, out IReadOnlyList<UnitName> names)
    {
        var list = new List<UnitName>(texts.Count);
        names = list;
        foreach (string text in texts)
        {
            if (!UnitName.TryParse(text, out UnitName name))
                return Invalid(
                    "units", $"'{text}' is no unit name: write its type, as in x.service");
            list.Add(name);
        }

        return null;
    }

    private static CallError Invalid(string parameter, string message) =>
        new(CallErrorKind.InvalidParameter, parameter, message);
}
