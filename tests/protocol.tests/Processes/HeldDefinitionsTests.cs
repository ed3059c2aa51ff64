using InitTx.Init.Recovery;
using InitTx.Units.Model;
using InitTx.Units.Recording;

namespace InitTx.Protocol.Tests.Processes;

/// <summary>What a new image of the manager makes of the definitions that it finds.</summary>
public sealed class HeldDefinitionsTests
{
    private static readonly HeldDefinition[] Some =
    [
        new(new UnitDefinition
        {
            Name = UnitName.Parse("a.service"),
            LoadState = UnitLoadState.Loaded,
            Service = new ServiceSettings(),
        }, "its file is broken"),
    ];

    [Test]
    public void They_come_back_with_the_reading_that_they_are_of()
    {
        IReadOnlyList<HeldDefinition>? again =
            HeldDefinitions.Parse(HeldDefinitions.Bytes(Some, 7).ToArray(), out ulong generation);
        Assert.Multiple(() =>
        {
            Assert.That(generation, Is.EqualTo(7));
            Assert.That(again, Has.Count.EqualTo(1));
            Assert.That(again![0].Unit.Name, Is.EqualTo(Some[0].Unit.Name));
            Assert.That(again[0].DiskProblem, Is.EqualTo(Some[0].DiskProblem));
        });
    }

    [Test]
    public void Damage_anywhere_a_cut_and_another_version_leave_none()
    {
        byte[] bytes = HeldDefinitions.Bytes(Some, 7).ToArray();
        for (int i = 0; i < bytes.Length; i++)
        {
            byte[] damaged = [.. bytes];
            damaged[i] ^= 0x10;
            Assert.That(HeldDefinitions.Parse(damaged, out _), Is.Null, $"byte {i}");
            Assert.That(HeldDefinitions.Parse(bytes[..i], out _), Is.Null, $"cut at {i}");
        }
    }
}
