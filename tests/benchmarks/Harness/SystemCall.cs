using System.Runtime.InteropServices;

namespace InitTx.Benchmarks.Harness;

/// <summary>kill(2): a process that is started for it would cost more than what is measured.</summary>
internal static partial class SystemCall
{
    [LibraryImport("libc", EntryPoint = "kill")]
    internal static partial int Kill(int pid, int signal);
}
