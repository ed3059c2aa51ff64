using InitTx.Protocol;
using InitTx.Protocol.Calls;

namespace InitTx.Cli.Client;

/// <summary>Calls as the verbs make them.</summary>
internal static class Calls
{
    public static Call Of(ManagerMethod method) =>
        new(ManagerInterface.Of(method), new(), false, false);

    public static Call Of(ManagerMethod method, CallParameters parameters, bool more = false) =>
        new(ManagerInterface.Of(method), parameters, more, false);

    public static Call OfUnits(ManagerMethod method, IReadOnlyList<string> units) =>
        Of(method, new CallParameters { Present = ParameterKeys.Units, Units = units });

    public static Call OfTransaction(ManagerMethod method, long transaction, bool more = false) =>
        Of(
            method,
            new CallParameters { Present = ParameterKeys.Transaction, Transaction = transaction },
            more);

    /// <summary>With the text that goes on record; null for none.</summary>
    public static CallParameters WithReason(CallParameters parameters, string? reason) =>
        reason is null
            ? parameters
            : parameters with
            {
                Reason = reason,
                Present = parameters.Present | ParameterKeys.Reason,
            };
}
