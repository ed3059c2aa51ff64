using System.Text;
using InitTx.Linux.Interop;

namespace InitTx.Linux.BlackBox;

/// <summary>
/// The journal's head sequence as last committed: recovery compares it with what the store says, so
/// a replaced or truncated file is noticed.
/// </summary>
public static class HeadSequence
{
    /// <summary>Call after each commit.</summary>
    public static void Set(long sequence) => ShimNative.HeadSet((ulong)sequence);

    /// <summary>False: not known (no commit yet, or the field did not check out).</summary>
    public static unsafe bool TryGet(out long sequence)
    {
        ulong value;
        bool known = ShimNative.HeadGet(&value) >= 0;
        sequence = known ? (long)value : 0;
        return known;
    }
}

/// <summary>
/// The event that is being handled. A crash copies it into its cause, so that the next image can
/// quarantine what killed this one.
/// </summary>
public static class EventInFlight
{
    /// <summary>Names longer than 255 bytes are cut.</summary>
    public static unsafe void Enter(ulong id, int kind, ReadOnlySpan<byte> unit)
    {
        fixed (byte* bytes = unit)
        {
            ShimNative.EventEnter(id, (uint)kind, bytes, (uint)unit.Length);
        }
    }

    /// <summary>As above, of a unit name in text; one that does not fit is left out.</summary>
    public static unsafe void Enter(ulong id, int kind, ReadOnlySpan<char> unit)
    {
        byte* bytes = stackalloc byte[ShimNative.UnitMax];
        bool fits = Encoding.UTF8.TryGetBytes(
            unit, new Span<byte>(bytes, ShimNative.UnitMax - 1), out int length);
        ShimNative.EventEnter(id, (uint)kind, bytes, fits ? (uint)length : 0);
    }

    /// <summary>The event is done.</summary>
    public static void Leave() => ShimNative.EventLeave();
}

/// <summary>
/// A few kilobytes of the engine's own, kept for the next image under one checksum.
/// </summary>
public static class EngineFacts
{
    /// <summary>Bytes that fit.</summary>
    public const int Limit = ShimNative.FactsMax;

    /// <summary>Replaces what is kept. 0 or -EMSGSIZE.</summary>
    public static unsafe int Write(ReadOnlySpan<byte> facts)
    {
        fixed (byte* bytes = facts)
        {
            return ShimNative.FactsWrite(bytes, (uint)facts.Length);
        }
    }

    /// <summary>Bytes read; 0 when none are kept or they did not check out.</summary>
    public static unsafe int Read(Span<byte> facts)
    {
        fixed (byte* bytes = facts)
        {
            return Math.Max(0, ShimNative.FactsRead(bytes, (uint)facts.Length));
        }
    }
}

/// <summary>A process that the last-resort loop reaped.</summary>
/// <param name="Pid">The pid it had.</param>
/// <param name="Status">As waitpid(2).</param>
/// <param name="BootTimeNs">CLOCK_BOOTTIME, nanoseconds.</param>
public readonly record struct ReapedExit(int Pid, int Status, long BootTimeNs);

/// <summary>
/// Exit statuses collected while no managed code ran; the last 1,024. Read them after a recovery,
/// commit them, then clear.
/// </summary>
public static class ReapedExits
{
    public static unsafe List<ReapedExit> Enumerate()
    {
        List<ReapedExit> found = [];
        ShimNative.ExitEntry exit;
        for (int from = 0; (from = ShimNative.ExitNext(from, &exit)) >= 0; from++)
        {
            found.Add(new ReapedExit(exit.Pid, exit.Status, (long)exit.TimeNs));
        }

        return found;
    }

    public static void Clear() => _ = ShimNative.ExitsClear();
}

/// <summary>
/// The boot this black box belongs to: /proc/sys/kernel/random/boot_id, or a random one.
/// </summary>
public static class BootId
{
    public static unsafe Guid Get()
    {
        byte* id = stackalloc byte[16];
        return ShimNative.BootId(id) < 0
            ? Guid.Empty
            : new Guid(new ReadOnlySpan<byte>(id, 16), bigEndian: true);
    }
}
