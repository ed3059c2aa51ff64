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
    private IReadOnlyList<HeldDefinition>? _definitions;
    private GeneratedCatalog? _of;

    /// <summary>The last reading; null before the first reload.</summary>
    public GeneratedCatalog? Files { get; private set; }

    /// <summary>The definitions are of an older reading than the files.</summary>
    public bool AwaitsReload => _definitions is not null && !ReferenceEquals(_of, Files);

    /// <summary>The definitions as they come back from their bytes; null for none.</summary>
    /// <remarks>Read once: they never change, so all engines may have the same objects.</remarks>
    public IReadOnlyList<HeldDefinition>? Definitions() => _definitions;

    /// <summary>Holds what is in force.</summary>
    public void Write(Engine engine)
    {
        _of = Files;
        IReadOnlyList<HeldDefinition> inForce = engine.Definitions();
        if (_definitions is { } held && AreThose(held, inForce))
            return;
        if (!DefinitionRecord.TryRead(Bytes(inForce), out IReadOnlyList<HeldDefinition> read))
            throw new InvalidOperationException("definitions that were held cannot be read");
        _definitions = read;
        if (!engine.TakeAlike(read))
            throw new InvalidOperationException("definitions in force are not those just held");
    }

    private static bool AreThose(
        IReadOnlyList<HeldDefinition> held, IReadOnlyList<HeldDefinition> inForce)
    {
        for (int i = 0; i < held.Count && i < inForce.Count; i++)
        {
            if (!ReferenceEquals(held[i].Unit, inForce[i].Unit)
                || held[i].DiskProblem != inForce[i].DiskProblem)
                return false;
        }

        return held.Count == inForce.Count;
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
