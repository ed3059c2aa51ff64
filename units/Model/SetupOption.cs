namespace InitTx.Units.Model;

/// <summary>
/// One setting of systemd.exec(5) that only the child needs: sandbox, capabilities, scheduling,
/// credentials. Checked and brought into one form when the unit is loaded, then kept as text until
/// initx-exec reads it: PID 1 decides nothing by it. Lists keep the order in which they were
/// written, one entry each; a switch that is off is not there at all.
/// </summary>
/// <param name="Key">The directive, by its present name.</param>
/// <param name="Value">Its value: specifiers expanded, masks as hexadecimal numbers.</param>
public readonly record struct SetupOption(string Key, string Value)
{
    /// <summary>Options that have no business in a command line that every user can read.</summary>
    public bool IsSecret => Key is "SetCredential" or "StandardInputData";
}
