namespace InitTx.Linux.Signals;

/// <summary>One signal as signalfd(2) delivered it.</summary>
/// <param name="Number">The signal.</param>
/// <param name="Code">si_code: at most 0 when a process sent it, positive when the kernel
/// did.</param>
/// <param name="SenderPid">The sender in our PID namespace; 0 when it is outside or the
/// kernel.</param>
/// <param name="SenderUid">The sender's real uid.</param>
public readonly record struct SignalInfo(int Number, int Code, int SenderPid, int SenderUid);
