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

    [Test]
    public void A_verb_has_a_name_and_commands()
    {
        ServiceSettings service = Load("""
            Verb=rotate /bin/kill -USR1 $MAINPID
            Verb=dump-2 -/usr/bin/dump %p "two words"
            Verb=rotate /bin/sync
            TimeoutVerbSec=10min
            """).Service!;
        Assert.That(service.Verbs.Select(verb => $"{verb.Name} {verb.Commands.Count}"),
            Is.EqualTo(new[] { "rotate 2", "dump-2 1" }));
        ExecCommand dump = service.Verbs[1].Commands[0];
        Assert.That(dump.Arguments, Is.EqualTo(new[] { "/usr/bin/dump", "a", "two words" }));
        Assert.That(dump.Flags, Is.EqualTo(ExecCommandFlags.IgnoreFailure));
        Assert.That(service.Verbs[0].Commands[1].Source.ToString(), Does.EndWith("a.service:6"));
        Assert.That(service.TimeoutVerbUs, Is.EqualTo(600_000_000));
        Assert.That(Load("Verb=rotate /bin/true\nVerb=").Service!.Verbs, Is.Empty);
    }

    [TestCase("Verb=Rotate /bin/true", "a verb's name is")]
    [TestCase("Verb=2nd /bin/true", "a verb's name is")]
    [TestCase("Verb=a_b /bin/true", "a verb's name is")]
    [TestCase("Verb=a234567890123456789012345678901234 /bin/true", "a verb's name is")]
    [TestCase("Verb=rotate", "the verb 'rotate' has no command")]
    [TestCase("Verb=rotate -relative/path", "relative/path")]
    [TestCase("TimeoutVerbSec=soon", "no time span")]
    public void What_is_no_verb_is_said_and_ignored(string line, string message)
    {
        UnitDefinition unit = Load(line);
        Assert.That(unit.Diagnostics.Single().Message, Does.Contain(message));
        Assert.That(unit.Service!.Verbs, Is.Empty);
        Assert.That(unit.LoadState, Is.EqualTo(UnitLoadState.Loaded));
    }

    [Test]
    public void The_number_of_verbs_is_limited()
    {
        UnitDefinition unit = Load(string.Join('\n',
            Enumerable.Range(0, 70).Select(i => $"Verb=v{i} /bin/true")));
        Assert.That(unit.Service!.Verbs, Has.Count.EqualTo(64));
        Assert.That(unit.Diagnostics, Has.Count.EqualTo(6));
        Assert.That(unit.Diagnostics[0].Message, Does.Contain("limit MaxVerbs"));
    }

    [Test]
    public void A_service_may_be_asked_before_it_is_stopped()
    {
        Assert.That(Load("ExecCheck=/bin/one\nExecCheck=/bin/two x").Service!.ExecCheck
            .Select(command => command.Path), Is.EqualTo(new[] { "/bin/one", "/bin/two" }));
        Assert.That(Load("ExecCheck=/bin/one\nExecCheck=").Service!.ExecCheck, Is.Empty);
    }

    [TestCase("Verb=rotate /bin/true")]
    [TestCase("ExecCheck=/bin/true")]
    [TestCase("TimeoutVerbSec=4")]
    public void Only_services_have_verbs_and_checks(string line)
    {
        UnitDefinition unit = new TextTree().File("a.target", $"[X-InitTx]\n{line}\n")
            .Load("a.target");
        Assert.That(unit.Diagnostics.Single().Message,
            Is.EqualTo($"only services have {line.Split('=')[0]}=, ignored"));
    }

    private static UnitDefinition Load(string lines) => new TextTree().File(
        "a.service", $"[Service]\nExecStart=/bin/true\n[X-InitTx]\n{lines}\n").Load("a.service");
}
