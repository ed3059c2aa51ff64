using System.Buffers.Text;
using System.Globalization;
using System.Text;
using InitTx.Core;

namespace InitTx.Linux.Processes;

/// <summary>
/// What /proc tells about a process, for records: never its command line, environment or maps,
/// which the process owns and which can block on its memory. Bounded; what cannot be read is
/// empty, 0 or -1. The texts are the process's own choice: hostile, cleaned of control characters.
/// </summary>
public sealed record ProcessFacts
{
    private const int StatusSize = 4096;
    private const int CgroupSize = 8192;
    private const int LinkSize = 1024;

    public required ProcessIdentity Process { get; init; }
    public int ParentPid { get; init; }

    /// <summary>Field 3 of stat, or ' '.</summary>
    public char State { get; init; } = ' ';

    /// <summary>The command name, at most <see cref="ProcStatus.NameMax"/> characters.</summary>
    public string Comm { get; init; } = "";

    /// <summary>
    /// The executable, as its link says; empty for kernel threads and without permission.
    /// </summary>
    public string Exe { get; init; } = "";

    /// <summary>"pts/3", "tty1", or empty.</summary>
    public string Terminal { get; init; } = "";

    /// <summary>The real uid; uint.MaxValue where unknown.</summary>
    public uint Uid { get; init; } = uint.MaxValue;

    /// <summary>The audit login uid; -1 for none.</summary>
    public int LoginUid { get; init; } = -1;

    /// <summary>The audit session; -1 for none.</summary>
    public int SessionId { get; init; } = -1;

    /// <summary>The path in the cgroup2 hierarchy; empty where unknown.</summary>
    public string Cgroup { get; init; } = "";

    /// <summary>Reads all of it.</summary>
    public static ProcessFacts Read(ProcFs proc, int pid)
    {
        bool known = proc.TryStat(pid, out var stat);
        var (comm, uid) = ReadStatus(proc, pid);
        return new ProcessFacts
        {
            Process = known ? new(pid, stat.StartTicks) : new(pid, 0),
            ParentPid = stat.ParentPid,
            State = known ? stat.State : ' ',
            Comm = comm,
            Uid = uid,
            Exe = ReadExe(proc, pid),
            Terminal = TerminalName(stat.Terminal),
            LoginUid = ReadAuditId(proc, pid, "loginuid"u8),
            SessionId = ReadAuditId(proc, pid, "sessionid"u8),
            Cgroup = ReadCgroup(proc, pid),
        };
    }

    /// <summary>
    /// The path in the cgroup2 hierarchy, or empty; the only question of a notify message.
    /// </summary>
    public static string ReadCgroup(ProcFs proc, int pid)
    {
        Span<byte> text = stackalloc byte[CgroupSize];
        var read = proc.Read(pid, "cgroup"u8, text);
        return read.IsOk && ProcCgroup.TryFind(text[..read.Value], out var path)
            ? Encoding.UTF8.GetString(path)
            : "";
    }

    /// <summary>The name of a terminal's device number (proc(5), field 7 of stat).</summary>
    internal static string TerminalName(int device)
    {
        int major = (device >> 8) & 0xFFF;
        int minor = (device & 0xFF) | ((device >> 12) & 0xFFF00);
        return major switch
        {
            >= 136 and <= 143 => Named("pts/", ((major - 136) << 20) | minor),
            4 when minor < 64 => Named("tty", minor),
            4 => Named("ttyS", minor - 64),
            5 when minor == 1 => "console",
            _ => device == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{major}:{minor}"),
        };

        static string Named(string prefix, int number) =>
            prefix + number.ToString(CultureInfo.InvariantCulture);
    }

    private static ProcStatus ReadStatus(ProcFs proc, int pid)
    {
        Span<byte> text = stackalloc byte[StatusSize];
        var read = proc.Read(pid, "status"u8, text);
        return ProcStatus.Parse(read.IsError ? [] : text[..read.Value]);
    }

    private static string ReadExe(ProcFs proc, int pid)
    {
        Span<byte> link = stackalloc byte[LinkSize];
        var read = proc.ReadLink(pid, "exe"u8, link);
        return read.IsOk ? ProcStatus.Clean(link[..read.Value], LinkSize) : "";
    }

    private static int ReadAuditId(ProcFs proc, int pid, ReadOnlySpan<byte> name)
    {
        Span<byte> text = stackalloc byte[16];
        var read = proc.Read(pid, name, text);

        // 4294967295 is "not set".
        return read.IsOk && Utf8Parser.TryParse(text[..read.Value], out uint id, out _)
            ? unchecked((int)id)
            : -1;
    }
}
