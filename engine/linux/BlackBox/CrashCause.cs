using InitTx.Linux.Interop;

namespace InitTx.Linux.BlackBox;

/// <summary>A crash, hang or stray exit as the trampoline saw it.</summary>
/// <param name="Reason">Crash, Hang, Exit or RuntimeFailed.</param>
/// <param name="Signal">The fatal signal, 0 for a hang or exit.</param>
/// <param name="Code">si_code of sigaction(2); zero or less: a process sent it.</param>
/// <param name="Sender">That process, else 0.</param>
/// <param name="Thread">The thread (tid) it happened on.</param>
/// <param name="OffMainThread">
/// The main thread did not answer, so another one had to exec: children that asked for
/// PR_SET_PDEATHSIG were signalled.
/// </param>
/// <param name="Address">Faulting address, 0 if none.</param>
/// <param name="Instruction">Instruction pointer.</param>
/// <param name="BootTimeNs">CLOCK_BOOTTIME of it.</param>
/// <param name="HealthyNs">Loop time before it; 0: the loop had not begun.</param>
/// <param name="Rung">Rung chosen after it.</param>
/// <param name="Rapid">Rapid crashes in a row, with this one.</param>
/// <param name="EventId">Event in flight (<see cref="EventInFlight"/>), 0 for none: to be quarantined.</param>
/// <param name="EventKind">Its kind.</param>
/// <param name="EventUnit">Its unit.</param>
/// <param name="Text">One line for people.</param>
public sealed record CrashCause(
    StartReason Reason,
    int Signal,
    int Code,
    int Sender,
    int Thread,
    bool OffMainThread,
    ulong Address,
    ulong Instruction,
    long BootTimeNs,
    long HealthyNs,
    Rung Rung,
    int Rapid,
    ulong EventId,
    int EventKind,
    string EventUnit,
    string Text)
{
    internal static unsafe CrashCause? From(ShimNative.Cause* raw) =>
        raw->Reason == 0 ? null : new CrashCause(
            (StartReason)raw->Reason,
            raw->Signal,
            raw->Code,
            raw->Sender,
            raw->Thread,
            raw->OffMain != 0,
            raw->Address,
            raw->Instruction,
            (long)raw->TimeNs,
            (long)raw->HealthyNs,
            (Rung)raw->Rung,
            (int)raw->Rapid,
            raw->EventId,
            (int)raw->EventKind,
            StartInfo.Text(raw->EventUnit, ShimNative.UnitMax),
            StartInfo.Text(raw->Text, ShimNative.TextMax));
}
