using InitTx.Core;
using InitTx.Units.Model;

namespace InitTx.Exec.Conditions;

/// <summary>
/// How a unit's conditions and asserts came out; the detail names the ones that decided.
/// </summary>
internal readonly record struct ConditionVerdict(PrepareOutcome Outcome, string Detail);

/// <summary>Whether one condition holds, before negation.</summary>
internal enum ConditionResult : byte
{
    No,
    Yes,

    /// <summary>It cannot be told, or is not known: it fails, negated or not.</summary>
    Unknown,
}

/// <summary>
/// The logic of systemd.unit(5), "Conditions and Asserts": all plain ones hold, and of those marked
/// with <c>|</c> at least one. Conditions are looked at before asserts.
/// </summary>
internal sealed class ConditionChecker(SystemFiles system)
{
    private readonly ConditionTable _table = new(system);

    public ConditionVerdict Check(IReadOnlyList<UnitCondition> conditions)
    {
        string? failed = Failure(conditions, asserts: false);
        if (failed is not null)
            return new ConditionVerdict(PrepareOutcome.ConditionFailed, failed);
        failed = Failure(conditions, asserts: true);
        return failed is null
            ? new ConditionVerdict(PrepareOutcome.Ready, "")
            : new ConditionVerdict(PrepareOutcome.AssertFailed, failed);
    }

    private string? Failure(IReadOnlyList<UnitCondition> conditions, bool asserts)
    {
        var triggers = new List<string>();
        bool triggered = false;
        foreach (UnitCondition condition in conditions)
        {
            if (condition.IsAssert != asserts || (condition.Triggering && triggered))
                continue;
            ConditionResult result = _table.Test(
                condition.Type, condition.Argument, out string why);
            bool holds = result != ConditionResult.Unknown
                && result == (condition.Negated ? ConditionResult.No : ConditionResult.Yes);
            if (condition.Triggering)
            {
                triggered = holds;
                triggers.Add(Describe(condition, why));
            }
            else if (!holds)
            {
                return $"{Describe(condition, why)} does not hold";
            }
        }

        return triggered || triggers.Count == 0
            ? null
            : $"none of {string.Join(", ", triggers)} holds";
    }

    private static string Describe(UnitCondition condition, string why)
    {
        string line = $"{(condition.IsAssert ? "Assert" : "Condition")}{condition.Type}="
            + (condition.Triggering ? "|" : "") + (condition.Negated ? "!" : "")
            + condition.Argument;
        return $"{line} ({condition.Source}{(why.Length == 0 ? "" : $": {why}")})";
    }
}
