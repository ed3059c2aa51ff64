using InitTx.Core.Ports;

namespace InitTx.Core;

/// <summary>
/// Why something happens: the kind, the row that caused it (0 for none), and in words.
/// </summary>
internal readonly record struct Cause(CauseKind Kind, long Seq, string? Text = null)
{
    public Cause With(string? text) => this with { Text = text };
}
