namespace InitTx.Cli.Apply;

/// <summary>What one unit shall be; null where the document does not say.</summary>
/// <param name="State">active or inactive.</param>
/// <param name="Enabled">enabled, disabled or masked.</param>
internal sealed record DesiredUnit(string Unit, string? State, string? Enabled);

/// <summary>The document of `initx apply`: what units shall be, in the order of the file.</summary>
internal sealed record DesiredState(IReadOnlyList<DesiredUnit> Units, string? Reason);

/// <summary>One thing that is not as the document has it.</summary>
/// <param name="Setting">state or enabled.</param>
internal sealed record Difference(string Unit, string Setting, string From, string To)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Unit}: {Setting}: {From} -> {To}";
}
