using InitTx.Cli.Tests.Support;

namespace InitTx.Cli.Tests;

/// <summary>`initx freeze` and `initx thaw`.</summary>
public sealed class FreezeTests : ManagerFixture
{
    [SetUp]
    public void StartLone() => Assert.That(Run("start", "lone").Code, Is.Zero);

    [Test]
    public void Status_and_show_tell_who_is_frozen()
    {
        CliRun freeze = Run("freeze", "lone", "--reason", "backup");
        Assert.That((freeze.Code, freeze.Error), Is.EqualTo((0, "")));
        Assert.That(Run("status", "lone").Out, Does.Contain("active (running, frozen)"));
        Assert.That(Run("status", "lone", "--json").Out, Does.Contain("\"freezer\":\"frozen\""));
        Assert.That(
            Run("show", "lone", "-p", "FreezerState", "--value").Out, Is.EqualTo("frozen\n"));
        Assert.That(Run("history", "lone").Out, Does.Contain("frozen"));
        Assert.That(Run("history").Out, Does.Contain("lone.service; backup"));
        Assert.That(Run("thaw", "lone").Code, Is.Zero);
        Assert.That(Run("status", "lone").Out, Does.Contain("active (running)"));
        Assert.That(
            Run("show", "lone", "-p", "FreezerState", "--value").Out, Is.EqualTo("running\n"));
    }

    [Test]
    public void What_the_kernel_would_not_fails_with_its_reason()
    {
        Manager.Broken.Add("lone.service");
        CliRun freeze = Run("freeze", "lone");
        Assert.That(freeze.Code, Is.EqualTo(1), freeze.Out);
        Assert.That(freeze.Error, Does.Contain("lone.service is not frozen")
            .And.Contain("no cgroup v2").And.Contain("initx history lone.service"));
    }

    [Test]
    public void It_waits_for_the_kernel_and_not_for_ever()
    {
        Manager.Facts.FreezesSlowly = true;
        CliRun freeze = Run("freeze", "lone", "--timeout", "100ms");
        Assert.That(freeze.Code, Is.EqualTo(124), freeze.Error);
        Assert.That(freeze.Error, Does.Contain("not frozen yet after").And.Contain("initx thaw"));
        Assert.That(Run("status", "lone").Out, Does.Contain("freezing"));
        Assert.That(Run("thaw", "lone").Code, Is.Zero);
        Assert.That(Run("freeze", "lone", "--no-block").Code, Is.Zero);
    }

    [TestCase(3, "web")]
    [TestCase(4, "nothing-like-it")]
    [TestCase(2, "lone", "--timeout", "0")]
    [TestCase(2, "lone", "--timeout", "soon")]
    [TestCase(2)]
    public void What_cannot_be_frozen_is_refused(int code, params string[] args)
    {
        CliRun freeze = Run(["freeze", .. args]);
        Assert.That(freeze.Code, Is.EqualTo(code), freeze.Error);
        Assert.That(freeze.Error, Is.Not.Empty);
    }

    [Test]
    public void A_user_may_not()
    {
        Manager.Uid = 1_000;
        Assert.That(Run("freeze", "lone").Code, Is.EqualTo(5));
        Assert.That(Run("thaw", "lone").Code, Is.EqualTo(5));
    }

    [Test]
    public void Systemctl_has_both()
    {
        Assert.That(RunAs("systemctl", "freeze", "lone").Code, Is.Zero);
        Assert.That(RunAs("systemctl", "show", "-p", "FreezerState", "lone").Out,
            Is.EqualTo("FreezerState=frozen\n"));
        Assert.That(RunAs("systemctl", "thaw", "lone").Code, Is.Zero);
        Assert.That(RunAs("systemctl", "freeze").Code, Is.EqualTo(1));
        Assert.That(RunAs("systemctl", "freeze", "nothing-like-it").Code, Is.EqualTo(1));
    }
}
