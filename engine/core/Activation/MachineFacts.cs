using InitTx.Core.Recovery;

namespace InitTx.Core.Activation;

/// <summary>
/// What timers have to know of the machine and of the manager. The core has no randomness: delays
/// are drawn from these, so the same boot of the same machine draws the same.
/// </summary>
public sealed record MachineFacts
{
    private const int IdBytes = 16;

    public static readonly MachineFacts None = new();

    /// <summary>The 16 bytes of machine-id(5); zeros where there is none.</summary>
    public byte[] MachineId { get; init; } = new byte[IdBytes];

    /// <summary>16 bytes that are others on every boot.</summary>
    public byte[] BootId { get; init; } = new byte[IdBytes];

    /// <summary>The manager's own user.</summary>
    public uint Uid { get; init; }

    /// <summary>Not a user's manager.</summary>
    public bool IsSystem { get; init; } = true;

    /// <summary>
    /// The kernel is older than the system: OnBootSec= counts from the manager's start.
    /// </summary>
    public bool IsContainer { get; init; }

    internal void Write(RecordWriter to)
    {
        to.Text(Convert.ToHexString(MachineId));
        to.Text(Convert.ToHexString(BootId));
        to.Long(Uid);
        to.Bool(IsSystem);
        to.Bool(IsContainer);
    }

    internal static MachineFacts Read(ref RecordReader from) => new()
    {
        MachineId = Id(ref from),
        BootId = Id(ref from),
        Uid = (uint)Math.Clamp(from.Long(), 0, uint.MaxValue),
        IsSystem = from.Bool(),
        IsContainer = from.Bool(),
    };

    private static byte[] Id(ref RecordReader from)
    {
        string text = from.Text();
        byte[] id = new byte[IdBytes];
        if (text.Length == 2 * IdBytes
            && Convert.FromHexString(text, id, out _, out _) == System.Buffers.OperationStatus.Done)
            return id;
        from.Fail("an id is no 16 bytes");
        return new byte[IdBytes];
    }
}
