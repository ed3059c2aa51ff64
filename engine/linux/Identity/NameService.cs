using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Identity;

/// <summary>
/// Users and groups by name or number, as systemd.exec(5) takes them. Asks the C library's name
/// services, which load modules and may wait for the network: for helper processes only, never for
/// PID 1. Root is known without an answer, so that a broken database does not keep root's services
/// down; nobody without asking, since the kernel gives that id a meaning of its own.
/// </summary>
public static unsafe class NameService
{
    private const int FirstBuffer = 1024;
    private const int LargestBuffer = 1 << 20;
    private const int LongestName = 256;
    private const int MostGroups = 65_536;
    private static readonly UserRecord Root = new("root", 0, 0, "/root", "/bin/sh");
    private static readonly UserRecord Nobody =
        new("nobody", 65534, 65534, "/", "/usr/sbin/nologin");

    /// <summary>Where this file is, nobody is who the databases say (as for systemd).</summary>
    public const string NobodyOfDatabase = "/etc/systemd/dont-synthesize-nobody";

    /// <summary>A user by name or decimal uid. ESRCH: there is none.</summary>
    public static SysResult<UserRecord> User(string nameOrUid)
    {
        if (nameOrUid is "root" or "0")
            return SysResult<UserRecord>.Ok(Ask("root", null).Value ?? Root);
        if (nameOrUid is "nobody" or "65534" && Files.Status(
            Files.Cwd, NobodyOfDatabase, out _).Error == Errno.ENOENT)
            return SysResult<UserRecord>.Ok(Nobody);
        return IsNumber(nameOrUid, out uint uid) ? Ask(null, uid) : Ask(nameOrUid, null);
    }

    /// <summary>A group's gid by name or decimal number. ESRCH: there is none.</summary>
    public static SysResult Group(string nameOrGid)
    {
        if (nameOrGid is "root" or "0")
            return new SysResult(0);
        bool byNumber = IsNumber(nameOrGid, out uint gid);
        byte* name = stackalloc byte[LongestName];
        if (!byNumber && !Encode(nameOrGid, name))
            return SysResult.Fail(Errno.EINVAL);
        for (int size = FirstBuffer; ; size *= 4)
        {
            byte[] buffer = new byte[size];
            Libc.Group group;
            Libc.Group* result = null;
            int error;
            fixed (byte* start = buffer)
            {
                error = byNumber
                    ? Libc.getgrgid_r(gid, &group, start, (nuint)size, &result)
                    : Libc.getgrnam_r(name, &group, start, (nuint)size, &result);
            }

            if (error == (int)Errno.ERANGE && size < LargestBuffer)
                continue;
            return result is not null ? new SysResult(group.Gid) : Missing(error);
        }
    }

    /// <summary>All groups that a user is a member of, <paramref name="gid"/> among them.</summary>
    /// <returns>A count, or the errno.</returns>
    public static SysResult Groups(string user, uint gid, out uint[] groups)
    {
        groups = [];
        byte* name = stackalloc byte[LongestName];
        if (!Encode(user, name))
            return SysResult.Fail(Errno.EINVAL);
        for (int room = 64; ; room *= 4)
        {
            uint[] found = new uint[room];
            int count = room;
            int result;
            fixed (uint* start = found)
            {
                result = Libc.getgrouplist(name, gid, start, &count);
            }

            if (result >= 0)
            {
                groups = found[..count];
                return new SysResult(count);
            }

            if (room >= MostGroups)
                return SysResult.Fail(Errno.E2BIG);
        }
    }

    private static SysResult<UserRecord> Ask(string? userName, uint? uid)
    {
        string what = $"user {userName ?? uid!.Value.ToString(CultureInfo.InvariantCulture)}";
        byte* name = stackalloc byte[LongestName];
        if (userName is not null && !Encode(userName, name))
            return SysResult<UserRecord>.Fail(Errno.EINVAL, what);
        for (int size = FirstBuffer; ; size *= 4)
        {
            byte[] buffer = new byte[size];
            Libc.Passwd entry;
            Libc.Passwd* result = null;
            fixed (byte* start = buffer)
            {
                int error = userName is null
                    ? Libc.getpwuid_r(uid!.Value, &entry, start, (nuint)size, &result)
                    : Libc.getpwnam_r(name, &entry, start, (nuint)size, &result);
                if (error == (int)Errno.ERANGE && size < LargestBuffer)
                    continue;
                return result is not null
                    ? SysResult<UserRecord>.Ok(new UserRecord(
                        Text(entry.Name), entry.Uid, entry.Gid, Text(entry.Home),
                        Text(entry.Shell)))
                    : SysResult<UserRecord>.Fail(Missing(error), what);
            }
        }
    }

    // getpwnam(3), "RETURN VALUE": these all mean that there is none.
    private static SysResult Missing(int error) => (Errno)error
        is Errno.None or Errno.ENOENT or Errno.ESRCH or Errno.EBADF or Errno.EPERM
        ? SysResult.Fail(Errno.ESRCH)
        : SysResult.Fail((Errno)error);

    private static string Text(byte* text) =>
        Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));

    // No sign, no blank, no zero before others: a name may begin with a digit on some systems.
    private static bool IsNumber(string text, out uint number) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)
        && number != uint.MaxValue && (text.Length == 1 || text[0] != '0');

    private static bool Encode(string name, byte* into)
    {
        if (name.Length == 0 || name.Contains('\0', StringComparison.Ordinal)
            || !Encoding.UTF8.TryGetBytes(
                name, new Span<byte>(into, LongestName - 1), out int length))
            return false;
        into[length] = 0;
        return true;
    }
}
