using InitTx.Core;

namespace InitTx.Linux.Processes;

/// <summary>
/// The start time of a child that was just made, told from the clock before and after: the kernel
/// takes it between the two from CLOCK_BOOTTIME and shows it in ticks of 10 ms (proc(5), field 22
/// of stat; USER_HZ), so both readings mostly name the same tick. Reading it from /proc costs
/// twice: 10 us now, and as much again at the end, when the kernel has to drop the entries that the
/// look made. Promises: an identity is the one that /proc would tell, or /proc is asked; the first
/// is always compared, and once /proc names another tick the clock is not believed any more.
/// Main thread only.
/// </summary>
public sealed class StartClock(ProcFs proc)
{
    private const long TickUs = 10_000;

    private bool _isCompared;
    private bool _isRefuted;

    /// <param name="beforeUs">CLOCK_BOOTTIME before clone(2).</param>
    /// <param name="afterUs">The same after it.</param>
    /// <returns>Start time 0 where /proc is missing: nothing could be compared with it.</returns>
    public ProcessIdentity Identify(int pid, long beforeUs, long afterUs)
    {
        (ulong first, ulong last) = ((ulong)(beforeUs / TickUs), (ulong)(afterUs / TickUs));
        if (proc.IsAvailable && _isCompared && !_isRefuted && first == last)
            return new ProcessIdentity(pid, first);
        ProcessIdentity told = proc.Identify(pid);
        if (told.StartTicks == 0)
            return told;
        _isCompared = true;
        _isRefuted |= told.StartTicks < first || told.StartTicks > last;
        return told;
    }
}
