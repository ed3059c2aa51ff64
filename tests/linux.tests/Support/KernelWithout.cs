using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace InitTx.Linux.Tests.Support;

/// <summary>
/// Runs an action on a thread for which the kernel refuses a system call, as an older kernel or an
/// old container's filter would (seccomp(2)). The filter ends with the thread; children that the
/// action makes have it too.
/// </summary>
internal static unsafe partial class KernelWithout
{
    private const int PR_SET_NO_NEW_PRIVS = 38;
    private const int PR_SET_SECCOMP = 22;
    private const nuint SECCOMP_MODE_FILTER = 2;
    private const uint SECCOMP_RET_ERRNO = 0x0005_0000;
    private const uint SECCOMP_RET_ALLOW = 0x7FFF_0000;
    private const ushort LoadWord = 0x20; // BPF_LD | BPF_W | BPF_ABS
    private const ushort JumpEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    private const ushort And = 0x54; // BPF_ALU | BPF_AND | BPF_K
    private const ushort Return = 0x06;
    private const uint ArgumentsAt = 16; // offsetof(struct seccomp_data, args)

    /// <summary>The whole call.</summary>
    internal static void Call(long number, Errno error, Action action) => Filtered(
        [
            new(LoadWord, 0, 0, 0),
            new(JumpEqual, 0, 1, (uint)number),
            new(Return, 0, 0, SECCOMP_RET_ERRNO | (uint)error),
            new(Return, 0, 0, SECCOMP_RET_ALLOW),
        ],
        action);

    /// <summary>The call while one of its arguments, under a mask, has a value.</summary>
    internal static void Argument(
        long number, int index, uint mask, uint value, Errno error, Action action) => Filtered(
        [
            new(LoadWord, 0, 0, 0),
            new(JumpEqual, 0, 4, (uint)number),
            new(LoadWord, 0, 0, ArgumentsAt + (8 * (uint)index)),
            new(And, 0, 0, mask),
            new(JumpEqual, 0, 1, value),
            new(Return, 0, 0, SECCOMP_RET_ERRNO | (uint)error),
            new(Return, 0, 0, SECCOMP_RET_ALLOW),
        ],
        action);

    private static void Filtered(Instruction[] code, Action action)
    {
        ExceptionDispatchInfo? failure = null;
        bool refused = false;
        var thread = new Thread(() =>
        {
            fixed (Instruction* start = code)
            {
                var program = new FilterProgram { Length = (ushort)code.Length, Start = start };
                refused = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
                    || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, (nuint)(&program), 0, 0) != 0;
            }

            if (refused)
                return;
            try
            {
                action();
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        Assert.That(refused, Is.False, "the kernel takes no seccomp filter");
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Instruction(ushort Code, byte IfTrue, byte IfFalse, uint Value);

    [StructLayout(LayoutKind.Sequential)]
    private struct FilterProgram
    {
        internal ushort Length;
        internal Instruction* Start;
    }

    [LibraryImport("libc")]
    private static partial int prctl(int option, nuint a, nuint b, nuint c, nuint d);
}
