using System.Globalization;

namespace InitTx.Units.Parsing;

/// <summary>The capabilities of capabilities(7), by number, and sets of them as masks.</summary>
public static class CapabilityNames
{
    /// <summary>Every capability that the kernel may ever have.</summary>
    public const ulong All = ulong.MaxValue >> 1;

    private const string Prefix = "CAP_";

    private static readonly string[] Names =
    [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID",
        "SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW",
        "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT",
        "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD",
        "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG",
        "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE",
    ];

    /// <summary>The number of a name (CAP_KILL, in any case) or of a number; else -1.</summary>
    public static int Parse(ReadOnlySpan<char> word)
    {
        if (Numbers.TryUnsigned(word, out ulong number))
            return number < 63 ? (int)number : -1;
        if (!word.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            return -1;
        for (int i = 0; i < Names.Length; i++)
        {
            if (word[Prefix.Length..].Equals(Names[i], StringComparison.OrdinalIgnoreCase))
                return i;
        }

        return -1;
    }

    /// <summary>CAP_CHOWN for 0 and so on; the bare number for one without a name here.</summary>
    public static string Of(int number) => number < Names.Length
        ? Prefix + Names[number]
        : number.ToString(CultureInfo.InvariantCulture);
}
