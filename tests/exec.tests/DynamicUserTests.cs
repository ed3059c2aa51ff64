using InitTx.Exec.Serve;
using InitTx.Exec.Tests.Support;
using InitTx.Linux.Identity;

namespace InitTx.Exec.Tests;

/// <summary>
/// DynamicUser=: names and ids are those that systemd 252 gives (seen under it), so directories
/// that a unit leaves behind have the right owner when the other init system boots.
/// </summary>
public sealed class DynamicUserTests
{
    private Sandbox _sandbox = null!;

    [SetUp]
    public void SetUp() => _sandbox = new Sandbox();

    [TearDown]
    public void TearDown() => _sandbox.Dispose();

    [TestCase("test.service", "test")]
    [TestCase("_a-1.service", "_a-1")]
    [TestCase("getty@tty1.service", "getty")]
    [TestCase("directory-dynamic-cache-and-logs.service", "_du2b1afa54e1aefb05")]
    [TestCase("1a.service", "_du50a20ff36733c754")]
    public void The_name_is_that_of_the_unit_or_a_hash_of_it(string unit, string name) =>
        Assert.That(DynamicUsers.NameFor(unit), Is.EqualTo(name));

    [TestCase("identity-dynamic-user", 63587u)]
    [TestCase("somebody", 65339u)]
    [TestCase("_du2b1afa54e1aefb05", 61958u)]
    public void The_id_follows_from_the_name(string name, uint id)
    {
        Assert.That(Find(name), Is.EqualTo(id));
        Assert.That(Find(name), Is.EqualTo(id), "asked again");
    }

    [Test]
    public void An_id_that_another_name_has_is_passed_over()
    {
        _sandbox.Make("ids");
        _sandbox.Link("ids/65339", "another");
        uint id = Find("somebody");
        Assert.That(id, Is.InRange(61184, 65519).And.Not.EqualTo(65339));
        Assert.That(Find("another"), Is.Not.EqualTo(id));
    }

    private uint Find(string name)
    {
        Assert.That(
            DynamicUsers.Find(_sandbox.At("ids"), name, out UserRecord? user), Is.Null);
        Assert.That(user!.Gid, Is.EqualTo(user.Uid));
        return user.Uid;
    }
}
