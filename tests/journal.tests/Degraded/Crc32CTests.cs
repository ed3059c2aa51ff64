using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using InitTx.Journal.Degraded;
using InitTx.Tests;

namespace InitTx.Journal.Tests.Degraded;

public sealed class Crc32CTests
{
    [Test]
    public void The_check_value_of_the_catalogue_comes_out()
    {
        Assert.That(Crc32C.Of("123456789"u8), Is.EqualTo(0xE3069283));
        Assert.That(Crc32C.ByTables("123456789"u8), Is.EqualTo(0xE3069283));
    }

    [Test]
    public void Any_bytes_have_the_sum_that_the_framework_gives_them()
    {
        Prop.ForAll(Gen.ArrayOf(Gen.Choose(0, 255)).ToArbitrary(), numbers =>
        {
            uint crc = uint.MaxValue;
            byte[] bytes = [.. numbers.Select(static n => (byte)n)];
            foreach (byte b in bytes)
                crc = BitOperations.Crc32C(crc, b);
            return Crc32C.Of(bytes) == ~crc && Crc32C.ByTables(bytes) == ~crc;
        }).Check(Properties.Config);
    }
}
