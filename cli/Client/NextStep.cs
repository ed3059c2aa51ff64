namespace InitTx.Cli.Client;

/// <summary>
/// What a person can do about a refusal, where the manager's words leave it open.
/// </summary>
internal static class NextStep
{
    private const string Masked = " is masked";

    /// <summary>
    /// One sentence, or null where there is none to be given beyond what is said.
    /// </summary>
    public static string? After(string message)
    {
        if (message.IndexOf(Masked, StringComparison.Ordinal) is > 0 and var end)
            return $"initx unmask {message[..end]} takes the mask away";
        if (message.Contains("started and stopped at once", StringComparison.Ordinal))
            return "name only one of them, or have one stopped first";
        if (message.EndsWith("no such unit file", StringComparison.Ordinal))
            return "initx list-unit-files shows those there are";
        return message.Contains("the one with this hash", StringComparison.Ordinal)
            ? "initx plan shows what would be done now, with its hash"
            : null;
    }
}
