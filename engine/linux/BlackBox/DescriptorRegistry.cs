using System.Text;
using InitTx.Linux.Interop;

namespace InitTx.Linux.BlackBox;

/// <summary>
/// What a registered descriptor is. Part of the hand-over format: numbers are never reused.
/// </summary>
public enum DescriptorKind
{
    None = 0,
    Listen = 1,
    Notify = 2,
    Control = 3,
    Client = 4,
    LogPipe = 5,
    Store = 6,
    HardwareWatchdog = 7,
    Other = 8,

    /// <summary>The pipe that tells whether a child has executed; the tag is its spawn.</summary>
    SpawnStatus = 9,

    /// <summary>
    /// An automount's control descriptor, whose tag is the request that waits, or its pipe.
    /// </summary>
    Automount = 10,

    /// <summary>
    /// A connection that an Accept=yes socket took; the unit is the socket, the tag its ticket.
    /// </summary>
    Connection = 11,

    /// <summary>
    /// One end of the pair that holds a unit's namespace; the tag is the unit's activation.
    /// </summary>
    Namespace = 12,
}

/// <summary>A descriptor that outlives this image.</summary>
/// <param name="Fd">Its number, the same in every image.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Tag">The caller's own number.</param>
/// <param name="Unit">Its unit, or empty.</param>
/// <param name="Name">FileDescriptorName=, or what tells two of a unit apart.</param>
public sealed record HeldDescriptor(int Fd, DescriptorKind Kind, ulong Tag, string Unit, string Name);

/// <summary>
/// The descriptors that are handed over to the next image, planned or not. Registered ones lose
/// CLOEXEC in PID 1 (children get close_range with CLOEXEC); whatever is not registered is closed at
/// start. An entry whose descriptor is not the same object (device, inode) is dropped and closed.
/// </summary>
public static class DescriptorRegistry
{
    /// <summary>Descriptor numbers from here on cannot be handed over (-ENOSPC).</summary>
    public const int Limit = ShimNative.FdLimit;

    private const int NameTooLong = -36;

    /// <summary>
    /// Registers an open descriptor and clears its CLOEXEC; registering again replaces the entry.
    /// Names longer than 255 bytes are -ENAMETOOLONG. 0 or a negative errno.
    /// </summary>
    public static unsafe int Register(
        int fd, DescriptorKind kind, string unit, string name, ulong tag = 0)
    {
        byte* unitBytes = stackalloc byte[ShimNative.UnitMax];
        byte* nameBytes = stackalloc byte[ShimNative.NameMax];
        Span<byte> unitRoom = new(unitBytes, ShimNative.UnitMax - 1);
        Span<byte> nameRoom = new(nameBytes, ShimNative.NameMax - 1);
        return Encoding.UTF8.TryGetBytes(unit, unitRoom, out int unitLength)
            && Encoding.UTF8.TryGetBytes(name, nameRoom, out int nameLength)
                ? ShimNative.FdRegister(
                    fd, (uint)kind, tag, unitBytes, (uint)unitLength, nameBytes, (uint)nameLength)
                : NameTooLong;
    }

    /// <summary>
    /// Call before closing the descriptor; it gets CLOEXEC back. 0 or a negative errno.
    /// </summary>
    public static int Unregister(int fd) => ShimNative.FdUnregister(fd);

    /// <summary>Every valid entry, in the order of descriptor numbers.</summary>
    public static unsafe List<HeldDescriptor> Enumerate()
    {
        List<HeldDescriptor> found = [];
        ShimNative.FdEntry entry;
        for (int from = 0; (from = ShimNative.FdNext(from, &entry)) >= 0; from++)
        {
            found.Add(new HeldDescriptor(
                entry.Fd,
                (DescriptorKind)entry.Kind,
                entry.Tag,
                StartInfo.Text(entry.Unit, ShimNative.UnitMax),
                StartInfo.Text(entry.Name, ShimNative.NameMax)));
        }

        return found;
    }
}
