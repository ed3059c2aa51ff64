using InitTx.Core.Job;

namespace InitTx.PlannerCheck.Reference;

/// <summary>What is wished for a unit; several at once.</summary>
[Flags]
internal enum Wish
{
    None = 0,
    Start = 1 << JobKind.Start,
    Stop = 1 << JobKind.Stop,
    Restart = 1 << JobKind.Restart,
    Reload = 1 << JobKind.Reload,
    Verify = 1 << JobKind.VerifyActive,

    /// <summary>Wants the unit up.</summary>
    Up = Start | Restart | Reload | Verify,
}
