namespace InitTx.Units.Model;

/// <summary>
/// One <c>ConditionX=</c> or <c>AssertX=</c> line (systemd.unit(5), "Conditions and Asserts").
/// All plain ones must hold; of those marked <paramref name="Triggering"/> at least one must.
/// </summary>
/// <param name="Type">The word after Condition or Assert, for example <c>PathExists</c>.</param>
/// <param name="Argument">The operand after the prefixes, specifiers expanded.</param>
/// <param name="Negated">Written with <c>!</c>.</param>
/// <param name="Triggering">Written with <c>|</c>.</param>
/// <param name="IsAssert">A failed assert fails the job; a failed condition skips the unit.</param>
/// <param name="Source">Where it was written.</param>
public sealed record UnitCondition(
    string Type,
    string Argument,
    bool Negated,
    bool Triggering,
    bool IsAssert,
    SourceLocation Source);
