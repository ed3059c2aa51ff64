using InitTx.Core.Ports;

namespace InitTx.Core.Lifecycle;

/// <summary>How a run of a unit ended.</summary>
/// <param name="Kind">How its main process ended; None where it had none.</param>
internal readonly record struct RunEnd(UnitResult Result, ExitKind Kind, int Code)
{
    /// <summary>There was no run.</summary>
    public static readonly RunEnd None = new(UnitResult.Success, ExitKind.None, 0);
}
