using System.Buffers;
using InitTx.Units.Model;

namespace InitTx.Units.Recording;

/// <summary>A definition in force, and why it is not what lies on disk.</summary>
/// <param name="Unit">The definition.</param>
/// <param name="DiskProblem">
/// What was wrong with the unit's newer files when a reload kept this definition; null for none.
/// </param>
public readonly record struct HeldDefinition(UnitDefinition Unit, string? DiskProblem);

/// <summary>
/// Definitions as bytes: what one image of the manager leaves to the next, so that it need not
/// read unit files again, and has a unit's good definition although its file is broken by now.
/// </summary>
/// <remarks>
/// Form: magic, version, then tables (texts, unit names, places in files, and what many units have
/// alike: dependencies, lists of them, [Install], streams, execution, kill and service settings),
/// then the units. Whatever reads it gets one object for what is alike, so that definitions that
/// were read take half the memory of those that were loaded. The bytes are not checked for damage
/// here: the caller keeps a sum beside them.
/// </remarks>
public static class DefinitionRecord
{
    /// <summary>
    /// To be raised with each change of the model or the form; no other version is read.
    /// </summary>
    public const byte Version = 8;

    private static ReadOnlySpan<byte> Magic => "IXDEF"u8;

    /// <summary>Writes definitions in the order given.</summary>
    public static void Write(IReadOnlyList<HeldDefinition> units, IBufferWriter<byte> output)
    {
        var packer = new Packer();
        packer.List(units, static (to, held) =>
        {
            UnitRecording.Write(to, held.Unit);
            to.Text(held.DiskProblem);
        });
        output.Write(Magic);
        output.Write([Version]);
        packer.CopyTo(output);
    }

    /// <summary>
    /// Reads what <see cref="Write"/> wrote. Total: false for anything else, whatever the bytes;
    /// what is made is bounded by a small multiple of their number.
    /// </summary>
    public static bool TryRead(byte[] bytes, out IReadOnlyList<HeldDefinition> units) =>
        TryRead(bytes, bytes.Length, out units);

    /// <summary>As <see cref="TryRead(byte[], out IReadOnlyList{HeldDefinition})"/>.</summary>
    /// <param name="length">How many of the bytes it is, from the first.</param>
    public static bool TryRead(
        byte[] bytes, int length, out IReadOnlyList<HeldDefinition> units)
    {
        units = [];
        if (length <= Magic.Length || !bytes.AsSpan(0, length).StartsWith(Magic)
            || bytes[Magic.Length] != Version)
            return false;
        var from = new Unpacker(bytes, Magic.Length + 1, length);
        from.ReadTables();
        HeldDefinition[] read = from.Array(static f =>
            new HeldDefinition(UnitRecording.Read(f), f.TextOrNull()));
        if (!from.Ok || !from.AtEnd)
            return false;
        units = read;
        return true;
    }
}
