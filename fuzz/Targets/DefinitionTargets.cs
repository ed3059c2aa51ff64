using System.Buffers;
using InitTx.Fuzz.Running;
using InitTx.Units.Loading;
using InitTx.Units.Model;
using InitTx.Units.Parsing;
using InitTx.Units.Recording;
using static InitTx.Fuzz.Running.FuzzTarget;

namespace InitTx.Fuzz.Targets;

/// <summary>The definitions that one image of the manager leaves to the next.</summary>
internal static class DefinitionTargets
{
    public static readonly FuzzTarget Definitions =
        new("definitions", Check, Make, ["IXDEF\x03", "\xff\xff\xff\xff\x0f", "\0\0\0\0"]);

    private static void Check(byte[] input)
    {
        if (!DefinitionRecord.TryRead(input, out IReadOnlyList<HeldDefinition> units))
            return;

        // The tables may have been in another order; what was read is written in one.
        byte[] bytes = Bytes(units);
        Require(DefinitionRecord.TryRead(bytes, out IReadOnlyList<HeldDefinition> again),
            "definitions that were read cannot be read again");
        Require(again.Count == units.Count, "a definition is lost");
        Require(Bytes(again).AsSpan().SequenceEqual(bytes),
            "definitions differ after a round trip");
        foreach ((UnitDefinition unit, _) in units)
            Require(unit.Settings.Count(static s => s.Key is null) == 0, "a setting has no key");
    }

    private static byte[] Make(Prng random)
    {
        string[] names = ["a.service", "a.socket", "a.timer", "a.mount", "a.path"];
        List<UnitTreeEntry> entries = [];
        foreach (string name in names)
            entries.Add(UnitTreeEntry.OfFile(name, Grammar.ServiceText(random)));
        var loader = new UnitLoader(
            UnitFileTree.Of(new UnitTreeDirectory("/u", entries, [])),
            SpecifierContext.Unknown, LoadLimits.Default);
        return Bytes([.. names.Take(1 + random.Below(names.Length)).Select(
            n => new HeldDefinition(loader.Load(UnitName.Parse(n)), null))]);
    }

    private static byte[] Bytes(IReadOnlyList<HeldDefinition> units)
    {
        var output = new ArrayBufferWriter<byte>();
        DefinitionRecord.Write(units, output);
        return output.WrittenSpan.ToArray();
    }
}
