using System.Text;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Machine;

/// <summary>uname(2).</summary>
public sealed record KernelName(string Release, string Version, string Machine, string Node);

/// <summary>Names of the machine: kernel, host, machine id, boot id.</summary>
public static unsafe class SystemIdentity
{
    private const int HostNameMax = 64;

    /// <summary>What the kernel calls itself and the machine.</summary>
    public static KernelName Kernel()
    {
        Libc.SystemName name;
        Libc.uname(&name);
        return new(
            Text(name.Release), Text(name.Version), Text(name.Machine), Text(name.Node));

        static string Text(byte* field)
        {
            var bytes = new ReadOnlySpan<byte>(field, 65);
            int end = bytes.IndexOf((byte)0);
            return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
        }
    }

    /// <summary>
    /// Sets the host name from the text of /etc/hostname: the first line that is no comment. EINVAL
    /// when it is no host name; EPERM without the right (a container's name is its manager's).
    /// </summary>
    public static SysResult SetHostName(ReadOnlySpan<byte> file)
    {
        if (!TryParseHostName(file, out string name))
            return SysResult.Fail(Errno.EINVAL);
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        fixed (byte* start = bytes)
            return SysResult.Of(Libc.sethostname(start, (nuint)bytes.Length));
    }

    /// <summary>
    /// hostname(5): labels of letters, digits and hyphens, at most 64 characters.
    /// </summary>
    public static bool TryParseHostName(ReadOnlySpan<byte> file, out string name)
    {
        name = "";
        while (!file.IsEmpty)
        {
            int end = file.IndexOf((byte)'\n');
            var line = (end < 0 ? file : file[..end]).Trim(" \t\r"u8);
            file = end < 0 ? default : file[(end + 1)..];
            if (line.IsEmpty || line[0] == (byte)'#')
                continue;
            if (line.Length > HostNameMax || line[0] == (byte)'.' || line[^1] == (byte)'.')
                return false;
            byte before = (byte)'.';
            foreach (byte c in line)
            {
                bool good = char.IsAsciiLetterOrDigit((char)c) || c is (byte)'_'
                    || (c == (byte)'-' && before != (byte)'.')
                    || (c == (byte)'.' && before is not ((byte)'.' or (byte)'-'));
                if (!good)
                    return false;
                before = c;
            }

            name = Encoding.ASCII.GetString(line);
            return before != (byte)'-';
        }

        return false;
    }

    /// <summary>
    /// machine-id(5): 32 hexadecimal digits, given back in lower case. Also takes the form with
    /// hyphens of /proc/sys/kernel/random/boot_id. False for "uninitialized", zeros and the rest.
    /// </summary>
    public static bool TryParseId(ReadOnlySpan<byte> file, out string id)
    {
        id = "";
        Span<char> digits = stackalloc char[32];
        int count = 0;
        bool isZero = true;
        foreach (byte c in file.TrimEnd("\n "u8))
        {
            if (c == (byte)'-' && count is 8 or 12 or 16 or 20)
                continue;
            if (!char.IsAsciiHexDigit((char)c) || count == 32)
                return false;
            isZero &= c == (byte)'0';
            digits[count++] = char.ToLowerInvariant((char)c);
        }

        if (count != 32 || isZero)
            return false;
        id = new string(digits);
        return true;
    }

    /// <summary>The kernel's id of this boot, 32 hexadecimal digits; null without /proc.</summary>
    public static string? BootId()
    {
        Span<byte> text = stackalloc byte[64];
        var read = Files.ReadAll(Files.Cwd, "/proc/sys/kernel/random/boot_id", text);
        return read.IsOk && TryParseId(text[..read.Value], out string id) ? id : null;
    }
}
