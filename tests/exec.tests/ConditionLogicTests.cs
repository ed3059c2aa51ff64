using InitTx.Core;
using InitTx.Exec.Conditions;
using InitTx.Exec.Tests.Support;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Exec.Tests;

public sealed class ConditionLogicTests
{
    private Sandbox _sandbox = null!;

    [SetUp]
    public void SetUp() => _sandbox = new Sandbox();

    [TearDown]
    public void TearDown() => _sandbox.Dispose();

    // Y and N are conditions that hold and do not; ? one that cannot be told.
    [TestCase("", "Ready")]
    [TestCase("Y", "Ready")]
    [TestCase("N", "ConditionFailed")]
    [TestCase("!N", "Ready")]
    [TestCase("!Y", "ConditionFailed")]
    [TestCase("Y N", "ConditionFailed")]
    [TestCase("?", "ConditionFailed")]
    [TestCase("!?", "ConditionFailed")]
    [TestCase("|N |Y", "Ready")]
    [TestCase("|Y |N", "Ready")]
    [TestCase("|N |N", "ConditionFailed")]
    [TestCase("|!N", "Ready")]
    [TestCase("|? |Y", "Ready")]
    [TestCase("|?", "ConditionFailed")]
    [TestCase("Y |N", "ConditionFailed")]
    [TestCase("N |Y", "ConditionFailed")]
    [TestCase("Y |N |Y !N", "Ready")]
    [TestCase("=Y", "Ready")]
    [TestCase("=N", "AssertFailed")]
    [TestCase("=!Y", "AssertFailed")]
    [TestCase("=|N =|Y", "Ready")]
    [TestCase("=N N", "ConditionFailed")]
    [TestCase("|Y =|N", "AssertFailed")]
    public void Conditions_combine_as_the_manual_says(string text, string outcome)
    {
        ConditionVerdict verdict = new ConditionChecker(_sandbox.System).Check(Parse(text));
        Assert.That(verdict.Outcome.ToString(), Is.EqualTo(outcome), verdict.Detail);
    }

    [Test]
    public void A_failure_names_the_line_that_decided()
    {
        ConditionVerdict verdict = new ConditionChecker(_sandbox.System).Check(Parse("Y !Y"));
        Assert.That(verdict.Detail, Is.EqualTo(
            "ConditionPathExists=!/ (/etc/x.service:2) does not hold"));
        verdict = new ConditionChecker(_sandbox.System).Check(Parse("=|N =|?"));
        Assert.That(verdict.Detail, Is.EqualTo(
            "none of AssertPathExists=|/nonexistent/x (/etc/x.service:1), "
            + "AssertFirstBoot=|perhaps (/etc/x.service:2: cannot be told) holds"));
    }

    [Test]
    public void Every_type_that_the_parser_knows_can_be_tested() =>
        Assert.That(
            new ConditionTable(_sandbox.System).Types, Is.EquivalentTo(ConditionParser.Types));

    [Test]
    public void An_unknown_type_fails_and_says_so()
    {
        ConditionVerdict verdict = new ConditionChecker(_sandbox.System).Check(
            [new UnitCondition("Moon", "full", false, false, false, new SourceLocation("/x", 3))]);
        Assert.That(verdict.Outcome, Is.EqualTo(PrepareOutcome.ConditionFailed));
        Assert.That(verdict.Detail, Does.Contain("no such condition is known"));
    }

    private static List<UnitCondition> Parse(string text)
    {
        var conditions = new List<UnitCondition>();
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            (string type, string argument) = word[^1] switch
            {
                'Y' => ("PathExists", "/"),
                'N' => ("PathExists", "/nonexistent/x"),
                _ => ("FirstBoot", "perhaps"),
            };
            conditions.Add(new UnitCondition(
                type, argument, word.Contains('!'), word.Contains('|'), word.Contains('='),
                new SourceLocation("/etc/x.service", conditions.Count + 1)));
        }

        return conditions;
    }
}
