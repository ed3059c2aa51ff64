using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>
/// libseccomp (seccomp_init(3) and its like), loaded when the first of them is called: only
/// initx-exec does, in a process that a unit with a filter asks for. And seccomp(2) itself.
/// </summary>
internal static unsafe partial class Libc
{
    internal const long SYS_seccomp = 317;
    internal const long SECCOMP_SET_MODE_FILTER = 1;

    /// <summary>struct scmp_arg_cmp.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct SeccompCompare
    {
        internal uint Argument;
        internal uint Operator;
        internal ulong A;
        internal ulong B;
    }

    /// <summary>struct sock_fprog.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct FilterProgram
    {
        internal ushort Length;
        internal byte* Filter;
    }

    [LibraryImport("libseccomp.so.2")]
    internal static partial nint seccomp_init(uint action);

    [LibraryImport("libseccomp.so.2")]
    internal static partial void seccomp_release(nint context);

    [LibraryImport("libseccomp.so.2")]
    internal static partial int seccomp_arch_add(nint context, uint architecture);

    [LibraryImport("libseccomp.so.2")]
    internal static partial int seccomp_arch_remove(nint context, uint architecture);

    [LibraryImport("libseccomp.so.2")]
    internal static partial uint seccomp_arch_resolve_name(byte* name);

    [LibraryImport("libseccomp.so.2")]
    internal static partial int seccomp_attr_set(nint context, uint attribute, uint value);

    [LibraryImport("libseccomp.so.2")]
    internal static partial int seccomp_syscall_resolve_name(byte* name);

    [LibraryImport("libseccomp.so.2")]
    internal static partial int seccomp_rule_add_array(
        nint context, uint action, int syscall, uint count, SeccompCompare* compares);

    [LibraryImport("libseccomp.so.2")]
    internal static partial int seccomp_export_bpf(nint context, int fd);

    [LibraryImport("libc", EntryPoint = "syscall")]
    internal static partial long syscall_seccomp(
        long number, long operation, long flags, FilterProgram* program);
}
