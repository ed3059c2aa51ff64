using System.Buffers;
using System.Reflection;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using InitTx.Tests;
using InitTx.Units.Loading;
using InitTx.Units.Model;
using InitTx.Units.Recording;
using InitTx.Units.Tests.Loading;

namespace InitTx.Units.Tests.Recording;

public sealed class DefinitionRecordTests
{
    [Test]
    public void Definitions_of_any_content_come_back_as_they_were()
    {
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var maker = new DefinitionMaker(seed);
            List<HeldDefinition> units =
            [
                new(maker.Definition(), null), new(maker.Definition(), "broken on disk"),
                new(maker.Definition(), ""),
            ];
            Assert.That(Text(Again(units)), Is.EqualTo(Text(units)), $"seed {seed}");
        }).Check(Properties.Of(60));
    }

    [Test]
    public void Each_property_of_the_model_comes_back_by_itself()
    {
        var maker = new DefinitionMaker(1);
        int tried = 0;

        // Structs are copies; their few fields are the first test's.
        foreach (Type type in DefinitionMaker.Types.Where(static t => !t.IsValueType))
        {
            foreach (PropertyInfo property in DefinitionMaker.Held(type))
            {
                // Drawn until one holds the type; then this one property is another.
                (UnitDefinition unit, object holder) = Holding(type);
                string before = DefinitionMaker.Text(unit);
                property.SetValue(holder, maker.Other(property, property.GetValue(holder)));
                if (property.Name == nameof(UnitDefinition.Name) && unit.Socket is null)
                    continue;
                string changed = DefinitionMaker.Text(unit);
                Assert.That(changed, Is.Not.EqualTo(before), $"{type.Name}.{property.Name}");
                Assert.That(DefinitionMaker.Text(Again([new(unit, null)])[0].Unit),
                    Is.EqualTo(changed), $"{type.Name}.{property.Name}");
                tried++;
            }
        }

        Assert.That(tried, Is.GreaterThan(150));
    }

    [Test]
    public void A_model_of_another_shape_has_another_version()
    {
        var shape = new StringBuilder();
        foreach (Type type in DefinitionMaker.Types)
        {
            foreach (PropertyInfo property in DefinitionMaker.Held(type))
                shape.Append(type.Name).Append('.').Append(property).Append('\n');
        }

        byte[] digest = Sha256Digest.Of(Encoding.UTF8.GetBytes(shape.ToString()));
        Assert.That((DefinitionRecord.Version, Convert.ToHexString(digest)[..16]),
            Is.EqualTo(((byte)8, Shape)),
            "the model has changed: raise DefinitionRecord.Version, then write it and the new "
                + $"digest here; the shape is now\n{shape}");
    }

    [Test]
    public void What_units_have_alike_comes_back_as_one_object()
    {
        const string Service = "[Service]\nExecStart=/bin/true\nUser=web\nKillMode=process\n";
        UnitLoader loader =
            new TextTree().File("a.service", Service).File("b.service", Service).Loader();
        UnitDefinition a = loader.Load(UnitName.Parse("a.service"));
        UnitDefinition b = loader.Load(UnitName.Parse("b.service"));
        IReadOnlyList<HeldDefinition> again = Again([new(a, null), new(b, null)]);
        Assert.Multiple(() =>
        {
            Assert.That(DefinitionMaker.Text(again[0].Unit), Is.EqualTo(DefinitionMaker.Text(a)));
            Assert.That(DefinitionMaker.Text(again[1].Unit), Is.EqualTo(DefinitionMaker.Text(b)));
            Assert.That(again[0].Unit.Exec, Is.SameAs(again[1].Unit.Exec));
            Assert.That(again[0].Unit.Kill, Is.SameAs(again[1].Unit.Kill));
        });
    }

    [Test]
    public void Every_cut_is_refused_and_no_flipped_byte_throws()
    {
        var maker = new DefinitionMaker(7);
        byte[] bytes = Bytes([new(maker.Definition(), null), new(maker.Definition(), "x")]);
        for (int cut = 0; cut < bytes.Length; cut++)
            Assert.That(DefinitionRecord.TryRead(bytes[..cut], out _), Is.False, $"cut at {cut}");
        for (int i = 0; i < bytes.Length; i++)
        {
            foreach (byte flip in new byte[] { 0x01, 0x80, 0xFF })
            {
                byte[] copy = [.. bytes];
                copy[i] ^= flip;
                Assert.DoesNotThrow(() => Walk(copy), $"byte {i} ^ {flip}");
            }
        }
    }

    [Test]
    public void Another_version_is_refused()
    {
        byte[] bytes = Bytes([new(new DefinitionMaker(3).Definition(), null)]);
        bytes[5]++;
        Assert.That(DefinitionRecord.TryRead(bytes, out _), Is.False);
    }

    // What is read must also enumerate.
    private static void Walk(byte[] bytes)
    {
        if (DefinitionRecord.TryRead(bytes, out IReadOnlyList<HeldDefinition> units))
            Text(units);
    }

    private static (UnitDefinition Unit, object Holder) Holding(Type type)
    {
        for (int seed = 0; seed < 1000; seed++)
        {
            UnitDefinition unit = new DefinitionMaker(seed).Definition();
            if (Find(unit, type) is { } holder)
                return (unit, holder);
        }

        throw new InvalidOperationException($"nothing holds a {type}");
    }

    private static object? Find(object from, Type type)
    {
        if (from.GetType() == type)
            return from;
        foreach (PropertyInfo property in DefinitionMaker.Held(from.GetType()))
        {
            object? value = property.GetValue(from);
            if (value is System.Collections.IEnumerable list and not string)
                value = list.Cast<object>().FirstOrDefault();
            if (value is not null && DefinitionMaker.Types.Contains(value.GetType())
                && Find(value, type) is { } found)
                return found;
        }

        return null;
    }

    private static IReadOnlyList<HeldDefinition> Again(IReadOnlyList<HeldDefinition> units)
    {
        Assert.That(DefinitionRecord.TryRead(
            Bytes(units), out IReadOnlyList<HeldDefinition> again), Is.True);
        return again;
    }

    private static byte[] Bytes(IReadOnlyList<HeldDefinition> units)
    {
        var output = new ArrayBufferWriter<byte>();
        DefinitionRecord.Write(units, output);
        return output.WrittenSpan.ToArray();
    }

    private static string Text(IReadOnlyList<HeldDefinition> units) =>
        string.Join('\n', units.Select(u => DefinitionMaker.Text(u.Unit) + u.DiskProblem
            + (u.DiskProblem is null)));

    private const string Shape = "BDD2221F612F5E23";
}
