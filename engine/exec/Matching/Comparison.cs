namespace InitTx.Exec.Matching;

/// <summary>
/// An operator and its operand, as <c>ConditionKernelVersion=</c>, <c>ConditionOSRelease=</c>,
/// <c>ConditionMemory=</c> and <c>ConditionCPUs=</c> write them.
/// </summary>
internal readonly record struct Comparison(string Operator, string Operand)
{
    // The longer first: "<" begins "<=" and "<>".
    private static readonly string[] Operators =
        ["!$=", "$=", "<=", ">=", "==", "!=", "<>", "<", ">", "="];

    /// <summary>The operator in front; empty when there is none.</summary>
    public static Comparison Parse(string text)
    {
        foreach (string op in Operators)
        {
            if (text.StartsWith(op, StringComparison.Ordinal))
                return new Comparison(op, text[op.Length..].Trim());
        }

        return new Comparison("", text);
    }

    /// <summary>
    /// Whether an order result (negative, zero, positive) satisfies a relative operator.
    /// </summary>
    public bool Holds(int order) => Operator switch
    {
        "<" => order < 0,
        "<=" => order <= 0,
        "=" or "==" => order == 0,
        "!=" or "<>" => order != 0,
        ">" => order > 0,
        _ => order >= 0,
    };

    /// <summary>
    /// A version or any text against the operand: <c>=</c> and <c>!=</c> compare text, <c>$=</c>
    /// matches a pattern, the others order versions; without operator it is a pattern.
    /// </summary>
    public bool HoldsForText(string actual) => Operator switch
    {
        "" or "$=" => Wildcard.Matches(Operand, actual),
        "!$=" => !Wildcard.Matches(Operand, actual),
        "=" => actual == Operand,
        "!=" => actual != Operand,
        _ => Holds(VersionOrder.Compare(actual, Operand)),
    };
}
