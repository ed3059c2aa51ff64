using System.Text;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Machine;

/// <summary>What a record of utmp(5) says of a process.</summary>
public enum LoginKind : short
{
    Init = 5,
    Login = 6,
    User = 7,
    Dead = 8,
}

/// <summary>
/// The records of who is logged in (utmp(5), wtmp(5)) as the C library keeps them in /run/utmp and
/// /var/log/wtmp; nothing is made where a file is missing, so nothing is an error. For helper
/// processes, on their main thread.
/// </summary>
public static unsafe class LoginRecords
{
    private const int IdSize = 4;
    private static ReadOnlySpan<byte> History => "/var/log/wtmp\0"u8;

    /// <summary>
    /// Records this process, as login(1) finds it: first as one of init's, then as one that waits
    /// for a login, then as one of a user, as far as <paramref name="kind"/> goes.
    /// </summary>
    /// <param name="id">Of which the last four bytes count.</param>
    /// <param name="line">A terminal's path; or empty.</param>
    public static void Begin(string id, string line, LoginKind kind, string user)
    {
        Libc.LoginRecord record = default;
        record.Pid = Libc.getpid();
        record.Session = Libc.getsid(0);
        PutId(ref record, id);
        string place = line.StartsWith("/dev/", StringComparison.Ordinal) ? line[5..] : line;
        Put(new Span<byte>(record.Line, 32), place);
        for (LoginKind now = LoginKind.Init; now <= kind; now++)
        {
            record.Type = (short)now;
            if (now == LoginKind.User)
                Put(new Span<byte>(record.User, 32), user);
            Write(&record);
        }
    }

    /// <summary>
    /// Says of a record that it is over, if its process is; how it ended is not known here.
    /// </summary>
    public static void End(string id)
    {
        Libc.LoginRecord wanted = default;
        PutId(ref wanted, id);
        wanted.Type = (short)LoginKind.Init;
        Libc.setutxent();
        Libc.LoginRecord* found = Libc.getutxid(&wanted);
        Libc.LoginRecord record = found == null ? default : *found;
        Libc.endutxent();
        if (found == null || record.Type == (short)LoginKind.Dead || record.Pid <= 0
            || SysResult.Of(Libc.kill(record.Pid, 0)).Error != Errno.ESRCH)
            return;
        record.Type = (short)LoginKind.Dead;
        new Span<byte>(record.User, 32).Clear();
        new Span<byte>(record.Host, 256).Clear();
        Write(&record);
    }

    private static void Write(Libc.LoginRecord* record)
    {
        Libc.Timespec now;
        _ = Libc.clock_gettime(Libc.CLOCK_REALTIME, &now);
        record->Seconds = (int)now.Seconds;
        record->Microseconds = (int)(now.Nanoseconds / 1000);
        Libc.setutxent();
        _ = Libc.pututxline(record);
        Libc.endutxent();
        fixed (byte* history = History)
        {
            Libc.updwtmpx(history, record);
        }
    }

    private static void PutId(ref Libc.LoginRecord record, string id)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(id);
        fixed (byte* start = record.Id)
        {
            bytes.AsSpan(Math.Max(0, bytes.Length - IdSize)).CopyTo(new Span<byte>(start, IdSize));
        }
    }

    // Cut to the field's size; a full field has no NUL (utmp(5)).
    private static void Put(Span<byte> field, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        bytes.AsSpan(0, Math.Min(bytes.Length, field.Length)).CopyTo(field);
    }
}
