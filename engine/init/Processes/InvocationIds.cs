using System.Buffers.Binary;
using System.Text;
using InitTx.Core;
using InitTx.Units.Model;

namespace InitTx.Init.Processes;

/// <summary>
/// INVOCATION_ID of a unit's activation (systemd.exec(5)): 128 bits in lower-case hex, the same for
/// all processes of one activation. Derived from the boot, the start of this manager and the row
/// that began the activation, all of which outlive a re-exec and a crash, so the id does too and
/// nothing more is kept.
/// </summary>
/// <param name="boot">The kernel's boot id.</param>
/// <param name="firstStartNs">This manager's first start in that boot (CLOCK_BOOTTIME).</param>
internal sealed class InvocationIds(Guid boot, long firstStartNs)
{
    private const int Bytes = 16;

    /// <summary>The id of the activation that the unit is in.</summary>
    public string Of(UnitRuntime unit)
    {
        string name = unit.Name.Value;
        Span<byte> text = stackalloc byte[Bytes + 16 + UnitName.MaxLength];
        boot.TryWriteBytes(text);
        BinaryPrimitives.WriteInt64LittleEndian(text[Bytes..], firstStartNs);
        BinaryPrimitives.WriteInt64LittleEndian(text[(Bytes + 8)..], unit.ActivationSeq);
        int length = Encoding.UTF8.GetBytes(name, text[(Bytes + 16)..]);
        byte[] hash = Sha256Digest.Of(text[..(Bytes + 16 + length)]);
        return Convert.ToHexStringLower(hash.AsSpan(0, Bytes));
    }
}
