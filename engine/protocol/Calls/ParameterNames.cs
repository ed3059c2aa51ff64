using System.Text.Json;

namespace InitTx.Protocol.Calls;

/// <summary>The wire names of <see cref="ParameterKeys"/>.</summary>
public static class ParameterNames
{
    private static readonly (ParameterKeys Key, string Name)[] Names =
    [
        (ParameterKeys.Units, "units"),
        (ParameterKeys.Mode, "mode"),
        (ParameterKeys.NoBlock, "noBlock"),
        (ParameterKeys.NoRollback, "noRollback"),
        (ParameterKeys.PlanHash, "planHash"),
        (ParameterKeys.Timeout, "timeout"),
        (ParameterKeys.Reason, "reason"),
        (ParameterKeys.Signal, "signal"),
        (ParameterKeys.Whom, "whom"),
        (ParameterKeys.Transaction, "transaction"),
        (ParameterKeys.CancelOnDisconnect, "cancelOnDisconnect"),
        (ParameterKeys.Verb, "verb"),
        (ParameterKeys.After, "after"),
        (ParameterKeys.AfterSeq, "afterSeq"),
        (ParameterKeys.BeforeSeq, "beforeSeq"),
        (ParameterKeys.Limit, "limit"),
        (ParameterKeys.States, "states"),
        (ParameterKeys.Types, "types"),
        (ParameterKeys.All, "all"),
        (ParameterKeys.Interface, "interface"),
        (ParameterKeys.Changes, "changes"),
        (ParameterKeys.Settle, "settle"),
        (ParameterKeys.Stops, "stops"),
        (ParameterKeys.Force, "force"),
        (ParameterKeys.Action, "action"),
        (ParameterKeys.NoCheck, "noCheck"),
    ];

    /// <summary>Every key with its name.</summary>
    public static IReadOnlyList<(ParameterKeys Key, string Name)> All => Names;

    /// <summary>The name of one key.</summary>
    public static string Of(ParameterKeys key)
    {
        foreach ((ParameterKeys candidate, string name) in Names)
        {
            if (candidate == key)
                return name;
        }

        throw new ArgumentException($"not one key: {key}", nameof(key));
    }

    /// <summary>The key that the reader stands on; None when it is not known.</summary>
    internal static ParameterKeys Match(ref Utf8JsonReader reader)
    {
        foreach ((ParameterKeys key, string name) in Names)
        {
            if (reader.ValueTextEquals(name))
                return key;
        }

        return ParameterKeys.None;
    }
}
