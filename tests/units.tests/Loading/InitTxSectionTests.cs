using InitTx.Units.Model;

namespace InitTx.Units.Tests.Loading;

/// <summary>[X-InitTx]: what units say to InitTx alone (initx.unit(5)).</summary>
public sealed class InitTxSectionTests
{
    [Test]
    public void Without_the_section_the_manager_decides_and_a_rollback_takes_the_unit_along()
    {
        UnitDefinition unit = Load("");
        Assert.That(unit.Rollback, Is.True);
        Assert.That(unit.RefuseUnhonouredSecurity, Is.Null);
    }

    [TestCase("Rollback=no", false)]
    [TestCase("Rollback=no\nRollback=yes", true)]
    [TestCase("Rollback=perhaps", true)]
    [TestCase("Rollback=no\nRollback=perhaps", false)]
    public void Rollback_is_a_switch(string lines, bool expected) =>
        Assert.That(Load(lines).Rollback, Is.EqualTo(expected));

    [TestCase("UnhonouredSecurity=refuse", true)]
    [TestCase("UnhonouredSecurity=warn", false)]
    [TestCase("UnhonouredSecurity=warn\nUnhonouredSecurity=", null)]
    [TestCase("UnhonouredSecurity=Warn", null)]
    public void The_unit_s_own_word_on_security_that_is_not_applied(string lines, bool? expected) =>
        Assert.That(Load(lines).RefuseUnhonouredSecurity, Is.EqualTo(expected));

    [Test]
    public void A_drop_in_may_say_it()
    {
        UnitDefinition unit = new TextTree()
            .File("a.service", "[Service]\nExecStart=/bin/true\n")
            .File("a.service.d/local.conf", "[X-InitTx]\nRollback=no\n").Load("a.service");
        Assert.That(unit.Rollback, Is.False);
        EffectiveSetting setting = unit.Settings.Single(s => s.Key == "Rollback");
        Assert.That(setting.Source.ToString(), Does.EndWith("a.service.d/local.conf:2"));
    }

    [Test]
    public void A_mistyped_key_is_answered_with_the_nearest_one()
    {
        UnitDefinition unit = Load("RollBack=no");
        Assert.That(unit.Diagnostics.Single().Message,
            Is.EqualTo("unknown key in [X-InitTx], ignored; did you mean Rollback=?"));
    }

    private static UnitDefinition Load(string lines) => new TextTree().File(
        "a.service", $"[Service]\nExecStart=/bin/true\n[X-InitTx]\n{lines}\n").Load("a.service");
}
