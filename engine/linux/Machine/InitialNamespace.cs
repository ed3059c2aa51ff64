using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Machine;

/// <summary>Whether we are on the machine itself or in a container (pid_namespaces(7)).</summary>
public static unsafe class InitialNamespace
{
    /// <summary>
    /// True in the machine's first PID namespace, whose number is fixed in the kernel
    /// (PROC_PID_INIT_INO). False when it cannot be told: what depends on it could harm the
    /// machine.
    /// </summary>
    public static bool IsOurs() => Find() == true;

    /// <summary>
    /// True in another PID namespace than the machine's first. False also when it cannot be told:
    /// the first process of the machine must never exit.
    /// </summary>
    public static bool IsAnother() => Find() == false;

    private static bool? Find()
    {
        byte* path = stackalloc byte[4096];
        if (Files.Encode("/proc/self/ns/pid", path).IsError)
            return null;
        Span<byte> target = stackalloc byte[64];
        SysResult length;
        fixed (byte* start = target)
            length = SysResult.Of(
                Libc.readlinkat(Libc.AT_FDCWD, path, start, (nuint)target.Length));
        if (length.IsError || !target.StartsWith("pid:["u8))
            return null;
        return target[..length.Value].SequenceEqual("pid:[4026531836]"u8);
    }
}
