using System.Text;
using InitTx.Linux.Interop;

namespace InitTx.Linux.BlackBox;

/// <summary>A spawn between intent and committed pid, as the black box has it.</summary>
/// <param name="Slot">Its number, for <see cref="SpawnSlots.Free"/>.</param>
/// <param name="Token">The caller's.</param>
/// <param name="Role">The caller's.</param>
/// <param name="Unit">The unit's name.</param>
/// <param name="Pid">Stored by the kernel as part of clone; 0: the child did not run.</param>
/// <param name="TakenNs">CLOCK_BOOTTIME of the intent, nanoseconds.</param>
public sealed record UsedSlot(int Slot, ulong Token, int Role, string Unit, int Pid, long TakenNs);

/// <summary>
/// Spawn slots (DESIGN §3): commit the intent, take a slot, spawn, commit the pid, free the slot.
/// After a crash each used slot is resolved: with a pid it is adopted, without one nothing ran.
/// </summary>
public static class SpawnSlots
{
    /// <summary>Slots in all.</summary>
    public const int Limit = ShimNative.SlotLimit;

    private const int NameTooLong = -36;

    /// <summary>
    /// The slot, or -EAGAIN when all are used, -ENAMETOOLONG for a name over 255 bytes.
    /// </summary>
    public static unsafe int Take(ulong token, int role, string unit)
    {
        byte* bytes = stackalloc byte[ShimNative.UnitMax];
        Span<byte> room = new(bytes, ShimNative.UnitMax - 1);
        return Encoding.UTF8.TryGetBytes(unit, room, out int length)
            ? ShimNative.SlotTake(token, (uint)role, bytes, (uint)length)
            : NameTooLong;
    }

    /// <summary>0, or -EINVAL for a number that is no slot.</summary>
    public static int Free(int slot) => ShimNative.SlotFree(slot);

    /// <summary>Every used slot whose checksum holds; bad ones are freed.</summary>
    public static unsafe List<UsedSlot> Enumerate()
    {
        List<UsedSlot> found = [];
        ShimNative.Slot slot;
        for (int from = 0; (from = ShimNative.SlotNext(from, &slot)) >= 0; from++)
        {
            found.Add(new UsedSlot(
                from,
                slot.Token,
                (int)slot.Role,
                StartInfo.Text(slot.Unit, ShimNative.UnitMax),
                slot.Pid,
                (long)slot.TakenNs));
        }

        return found;
    }
}
