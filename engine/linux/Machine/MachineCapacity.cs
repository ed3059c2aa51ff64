using System.Buffers.Text;
using InitTx.Linux.Handles;

namespace InitTx.Linux.Machine;

/// <summary>How much of a thing the machine has, from files that the kernel makes up.</summary>
public static class MachineCapacity
{
    private const ulong KiB = 1024;
    private const ulong MostTasks = 4_194_303;

    /// <summary>Bytes of memory; the highest number where it is not known.</summary>
    public static ulong MemoryBytes(string proc = "/proc")
    {
        Span<byte> text = stackalloc byte[8192];
        SysResult read = Files.ReadAll(Files.Cwd, proc + "/meminfo", text);
        ReadOnlySpan<byte> all = read.IsOk ? text[..read.Value] : default;
        int at = all.IndexOf("MemTotal:"u8);
        if (at < 0)
            return ulong.MaxValue;
        return Utf8Parser.TryParse(all[(at + 9)..].TrimStart((byte)' '), out ulong kib, out _)
            ? kib * KiB : ulong.MaxValue;
    }

    /// <summary>Tasks that there can be at one time (pid_max, threads-max).</summary>
    public static ulong Tasks(string proc = "/proc") => Math.Min(MostTasks, Math.Min(
        Number(proc + "/sys/kernel/pid_max"), Number(proc + "/sys/kernel/threads-max")));

    /// <summary>A file with one number; the highest for "max" or where there is none.</summary>
    public static ulong Number(string path)
    {
        Span<byte> text = stackalloc byte[32];
        SysResult read = Files.ReadAll(Files.Cwd, path, text);
        return read.IsOk && Utf8Parser.TryParse(text[..read.Value], out ulong value, out _)
            ? value : ulong.MaxValue;
    }
}
