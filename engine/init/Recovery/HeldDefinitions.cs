using System.Buffers;
using System.Buffers.Binary;
using InitTx.Core;
using InitTx.Journal.Degraded;
using InitTx.Linux.BlackBox;
using InitTx.Units.Recording;

namespace InitTx.Init.Recovery;

/// <summary>
/// The definitions in force in a sealed memfd, for the next image: it need not read unit files, and
/// a unit that is up goes on by the definition it has although its file is broken by now.
/// <list type="number">
/// <item>They name the reading of the unit path (its generation) that they are of. A newer one
/// beside them is a reload that was under way: the next image takes it in after them.</item>
/// <item>What is in them is never older than the last reload that was taken in before the newest
/// reading: they are written before the unit path is replaced.</item>
/// <item>A unit loaded later that is missing in them is loaded again from the same files; losing
/// all of them costs only that reading, and what item 1 keeps.</item>
/// </list>
/// </summary>
/// <remarks>Form: DefinitionRecord, the generation, CRC-32C over all before it.</remarks>
internal sealed class HeldDefinitions(HeldBlob tree)
{
    private const int Footer = 16;

    // Writing all again for each unit that is started by hand would cost more than reading it.
    private const int FewUnits = 16;

    private readonly HeldBlob _blob = new("unit-definitions");
    private int _count = -1;
    private int _version = -1;
    private ulong _generation;
    private ulong _refused = ulong.MaxValue;

    /// <summary>The unit path was read again, and the units have not heard of it.</summary>
    public bool AwaitsReload { get; private set; }

    /// <summary>Some are held, of whatever reading.</summary>
    public bool IsHeld => _blob.IsHeld;

    /// <summary>What the image before left; null when it is not to be used.</summary>
    public IReadOnlyList<HeldDefinition>? TakeOver(
        IReadOnlyList<HeldDescriptor> held, List<string> problems)
    {
        if (_blob.TakeOver(held) is not { } bytes)
            return null;
        if (Parse(bytes, out _generation) is not { } units)
        {
            problems.Add("the definitions in force are damaged or of another version: read anew");
            return null;
        }

        _count = units.Count;
        AwaitsReload = tree.IsHeld && tree.Generation != _generation;
        return units;
    }

    /// <summary>What is held now; null for none.</summary>
    public IReadOnlyList<HeldDefinition>? Read() =>
        _blob.Read() is { } bytes ? Parse(bytes, out _) : null;

    /// <summary>Nobody may use them: the rung without configuration.</summary>
    public void Forget(IReadOnlyList<HeldDescriptor> held)
    {
        _blob.TakeOver(held);
        _blob.Drop();
    }

    /// <summary>
    /// What is held is behind by a reload or by many units; asked of the kernel once a reload.
    /// </summary>
    public bool IsBehind(Engine engine) => _refused != tree.Generation
        && (_generation != tree.Generation || _count < 0
            || engine.Units.Count - _count > Math.Max(FewUnits, _count / 8));

    /// <summary>
    /// Holds what is in force where what is held is behind. Not between the replacement of the
    /// unit path and the event that tells the engine of it.
    /// </summary>
    /// <returns>Null, or in words why the kernel refused.</returns>
    public string? CatchUp(Engine engine) => IsBehind(engine) ? Write(engine) : null;

    /// <summary>Holds exactly what is in force, before the unit path is replaced.</summary>
    public string? BeforeReload(Engine engine) =>
        _generation == tree.Generation && _version == engine.TableVersion ? null : Write(engine);

    /// <summary>
    /// Null for anything but undamaged definitions of this version; total on any bytes.
    /// </summary>
    internal static IReadOnlyList<HeldDefinition>? Parse(byte[] bytes, out ulong generation)
    {
        generation = 0;
        if (bytes.Length <= Footer)
            return null;
        ReadOnlySpan<byte> footer = bytes.AsSpan(^Footer..);
        if (BinaryPrimitives.ReadUInt64LittleEndian(footer[8..]) != Crc32C.Of(bytes.AsSpan(..^8)))
            return null;
        generation = BinaryPrimitives.ReadUInt64LittleEndian(footer);
        return DefinitionRecord.TryRead(
            bytes, bytes.Length - Footer, out IReadOnlyList<HeldDefinition> units)
            ? units
            : null;
    }

    private string? Write(Engine engine)
    {
        IReadOnlyList<HeldDefinition> definitions = engine.Definitions();
        ReadOnlySpan<byte> bytes = Bytes(definitions, tree.Generation);
        if (_blob.Replace(bytes) is { } refused)
        {
            _refused = tree.Generation;
            return "the definitions in force cannot be kept for a re-exec: " + refused;
        }

        (_count, _version, _generation) =
            (definitions.Count, engine.TableVersion, tree.Generation);
        return null;
    }

    /// <summary>Definitions as they are held.</summary>
    internal static ReadOnlySpan<byte> Bytes(
        IReadOnlyList<HeldDefinition> definitions, ulong generation)
    {
        var bytes = new ArrayBufferWriter<byte>(64 * 1024);
        DefinitionRecord.Write(definitions, bytes);
        Number(bytes, generation);
        Number(bytes, Crc32C.Of(bytes.WrittenSpan));
        return bytes.WrittenSpan;
    }

    private static void Number(ArrayBufferWriter<byte> output, ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(output.GetSpan(8), value);
        output.Advance(8);
    }
}
