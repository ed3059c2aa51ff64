using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core.Supervision;

/// <summary>What the end of a process means (systemd.service(5), SuccessExitStatus=).</summary>
internal static class ExitRule
{
    private const int SigHup = 1;
    private const int SigInt = 2;
    private const int SigPipe = 13;
    private const int SigTerm = 15;

    /// <summary>
    /// Success for code 0, the unit's own success set and, for a daemon, the signals that commonly
    /// ask it to end; otherwise what went wrong.
    /// </summary>
    /// <param name="isDaemon">False for commands: of them only code 0 is clean.</param>
    public static UnitResult Classify(ExitKind kind, int code, bool isDaemon, ExitStatusSet success)
    {
        if (IsIn(success, kind, code))
            return UnitResult.Success;
        return kind switch
        {
            ExitKind.Exited => code == 0 ? UnitResult.Success : UnitResult.ExitCode,
            ExitKind.Killed => isDaemon && code is SigHup or SigInt or SigPipe or SigTerm
                ? UnitResult.Success
                : UnitResult.Signal,
            ExitKind.Dumped => UnitResult.CoreDump,
            ExitKind.None => UnitResult.Success,
            _ => throw Invariant.Unreachable("exit kind"),
        };
    }

    /// <summary>What an exit tells of the rest of the unit.</summary>
    public static Leftovers LeftoversOf(bool? cgroupEmpty) => cgroupEmpty switch
    {
        true => Leftovers.None,
        false => Leftovers.Some,
        null => Leftovers.Unknown,
    };

    /// <summary>
    /// True when the set names this code (of an exit) or signal (of a killed process).
    /// </summary>
    public static bool IsIn(ExitStatusSet set, ExitKind kind, int code) => kind switch
    {
        ExitKind.None => false,
        ExitKind.Exited => Contains(set.Codes, code),
        ExitKind.Killed or ExitKind.Dumped => Contains(set.Signals, code),
        _ => throw Invariant.Unreachable("exit kind"),
    };

    private static bool Contains(IReadOnlyList<int> values, int value)
    {
        for (int i = 0; i < values.Count; i++)
        {
            if (values[i] == value)
                return true;
        }

        return false;
    }
}
