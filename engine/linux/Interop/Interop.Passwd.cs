using System.Runtime.InteropServices;

namespace InitTx.Linux.Interop;

/// <summary>
/// The user database (getpwnam_r(3), getgrnam_r(3), getgrouplist(3)). It loads modules and may ask
/// the network: only dynamically linked helpers may call it, never initxd.
/// </summary>
internal static unsafe partial class Libc
{
    /// <summary>struct passwd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Passwd
    {
        internal byte* Name;
        internal byte* Password;
        internal uint Uid;
        internal uint Gid;
        internal byte* Gecos;
        internal byte* Home;
        internal byte* Shell;
    }

    /// <summary>struct group.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Group
    {
        internal byte* Name;
        internal byte* Password;
        internal uint Gid;
        internal byte** Members;
    }

    [LibraryImport("libc")]
    internal static partial int getpwnam_r(
        byte* name, Passwd* into, byte* buffer, nuint size, Passwd** result);

    [LibraryImport("libc")]
    internal static partial int getpwuid_r(
        uint uid, Passwd* into, byte* buffer, nuint size, Passwd** result);

    [LibraryImport("libc")]
    internal static partial int getgrnam_r(
        byte* name, Group* into, byte* buffer, nuint size, Group** result);

    [LibraryImport("libc")]
    internal static partial int getgrgid_r(
        uint gid, Group* into, byte* buffer, nuint size, Group** result);

    [LibraryImport("libc")]
    internal static partial int getgrouplist(byte* name, uint gid, uint* groups, int* count);
}
