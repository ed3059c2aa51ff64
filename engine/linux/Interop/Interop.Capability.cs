using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>capset(2) and the prctl(2) words around capabilities and keyrings.</summary>
internal static unsafe partial class Libc
{
    internal const int PR_CAPBSET_READ = 23;
    internal const int PR_CAPBSET_DROP = 24;
    internal const int PR_GET_SECUREBITS = 27;
    internal const int PR_SET_SECUREBITS = 28;
    internal const int PR_SET_TIMERSLACK = 29;
    internal const int PR_CAP_AMBIENT = 47;
    internal const nuint PR_CAP_AMBIENT_IS_SET = 1;
    internal const nuint PR_CAP_AMBIENT_RAISE = 2;
    internal const nuint PR_CAP_AMBIENT_CLEAR_ALL = 4;
    internal const long SYS_capget = 125;
    internal const long SYS_capset = 126;
    internal const long SYS_keyctl = 250;
    internal const long KEYCTL_JOIN_SESSION_KEYRING = 1;
    internal const long KEYCTL_LINK = 8;
    internal const long KEY_SPEC_SESSION_KEYRING = -3;
    internal const long KEY_SPEC_USER_KEYRING = -4;

    /// <summary>struct __user_cap_header_struct.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct CapabilityHeader
    {
        internal uint Version;
        internal int Pid;
    }

    /// <summary>struct __user_cap_data_struct.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct CapabilityData
    {
        internal uint Effective;
        internal uint Permitted;
        internal uint Inheritable;
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    internal static partial long syscall_capset(
        long number, CapabilityHeader* header, CapabilityData* data);

    [LibraryImport("libc", EntryPoint = "syscall")]
    internal static partial long syscall_keyctl(long number, long operation, long a, long b);
}
