using System.Buffers;
using InitTx.Core;
using InitTx.Simulation.Boot;
using InitTx.Units.Recording;

namespace InitTx.Simulation.Running;

/// <summary>
/// What outlives the manager beside the journal: the unit files as they were read last, and the
/// definitions in force, as bytes, with the reading that they are of (HeldDefinitions in initxd).
/// </summary>
internal sealed class HeldUnits
{
    private byte[]? _definitions;
    private GeneratedCatalog? _of;

    /// <summary>The last reading; null before the first reload.</summary>
    public GeneratedCatalog? Files { get; private set; }

    /// <summary>The definitions are of an older reading than the files.</summary>
    public bool AwaitsReload => _definitions is not null && !ReferenceEquals(_of, Files);

    /// <summary>The definitions; null while none are held.</summary>
    public IReadOnlyList<HeldDefinition>? Definitions() => _definitions is null
        ? null
        : DefinitionRecord.TryRead(_definitions, out IReadOnlyList<HeldDefinition> units)
            ? units
            : throw new InvalidOperationException("definitions that were held cannot be read");

    /// <summary>Holds what is in force.</summary>
    public void Write(Engine engine)
    {
        _definitions = Bytes(engine.Definitions());
        _of = Files;
        if (!engine.TakeAlike(Definitions()!))
            throw new InvalidOperationException("definitions in force are not those just held");
    }

    /// <summary>Other files take the place of those read last; the engine hears next.</summary>
    public void Replace(Engine engine, GeneratedCatalog files)
    {
        Write(engine);
        Files = files;
    }

    /// <summary>Definitions as they are held.</summary>
    public static byte[] Bytes(IReadOnlyList<HeldDefinition> definitions)
    {
        var output = new ArrayBufferWriter<byte>();
        DefinitionRecord.Write(definitions, output);
        return output.WrittenSpan.ToArray();
    }
}
