using InitTx.Units.Model;

namespace InitTx.Units.Directives;

/// <summary>What a directive is about (research: what is lost when it is not applied).</summary>
public enum DirectiveClass : byte
{
    /// <summary>Ignoring it breaks the service or its life cycle.</summary>
    Core,

    /// <summary>The service works without it, less safely.</summary>
    Sandbox,

    /// <summary>Limits, weights, priorities.</summary>
    Resource,

    /// <summary>How output is kept.</summary>
    Logging,

    /// <summary>Texts and what only enable and disable read.</summary>
    Metadata,
}

/// <summary>One row of the directive table.</summary>
/// <param name="Section">Section without brackets.</param>
/// <param name="Key">Key.</param>
/// <param name="Class">What it is about.</param>
/// <param name="Treatment">What this version does with it.</param>
/// <param name="Reason">Why, if it is not honoured; else empty.</param>
public sealed record DirectiveRow(
    string Section, string Key, DirectiveClass Class, DirectiveTreatment Treatment, string Reason)
{
    /// <summary>Member of the family on which <c>UnhonouredSecurity=</c> decides.</summary>
    public bool IsSecurity => Class == DirectiveClass.Sandbox;
}
