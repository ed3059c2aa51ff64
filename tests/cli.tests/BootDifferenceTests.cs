using InitTx.Cli.History;

namespace InitTx.Cli.Tests;

/// <summary>What `initx diff-boots` finds.</summary>
public sealed class BootDifferenceTests
{
    [Test]
    public void Boots_that_did_the_same_do_not_differ()
    {
        BootStory story = Story("a", ("x", 10), ("y", 20));
        Assert.That(new BootDifference(story, story, null).IsEmpty);
    }

    [Test]
    public void A_unit_that_only_one_of_them_started_is_named_with_its_result()
    {
        var difference = new BootDifference(
            Story("a", ("x", 10), ("gone", 20)), Story("b", ("new", 10), ("x", 10)), null);
        Assert.That(difference.Only, Is.EqualTo(new[]
        {
            new Changed<string>("gone", "done", ""), new Changed<string>("new", "", "done"),
        }));
    }

    [TestCase(100_000, 140_000, 0)]
    [TestCase(100_000, 160_000, 1)]
    [TestCase(1_000_000, 1_150_000, 0)]
    [TestCase(1_000_000, 700_000, 1)]
    public void A_duration_differs_by_fifty_milliseconds_and_a_fifth(long was, long now, int found)
    {
        var difference = new BootDifference(Story("a", ("x", was)), Story("b", ("x", now)), null);
        Assert.That(difference.Durations, Has.Count.EqualTo(found));
        Assert.That(
            new BootDifference(Story("a", ("x", was)), Story("b", ("x", now)), 1).Durations,
            Has.Count.EqualTo(1), "--by=1us");
    }

    [Test]
    public void The_fewest_units_that_moved_are_named()
    {
        var difference = new BootDifference(
            Story("a", ("p", 1), ("q", 1), ("r", 1), ("s", 1)),
            Story("b", ("q", 1), ("r", 1), ("s", 1), ("p", 1)), null);
        Assert.That(difference.Order, Is.EqualTo(new[] { new Changed<long>("p", 1, 4) }));
    }

    [Test]
    public void Failures_are_compared_by_how_often()
    {
        BootStory a = Story("a", ("x", 1)) with
        {
            Failures = new Dictionary<string, int> { ["x"] = 2, ["y"] = 1 },
        };
        BootStory b = Story("b", ("x", 1)) with
        {
            Failures = new Dictionary<string, int> { ["y"] = 1 },
        };
        Assert.That(
            new BootDifference(a, b, null).Failures,
            Is.EqualTo(new[] { new Changed<long>("x", 2, 0) }));
    }

    private static BootStory Story(string boot, params (string Unit, long Us)[] starts) => new(
        boot,
        starts.Select((s, i) => new BootStart(s.Unit, "done", 0, s.Us, i + 1))
            .ToDictionary(s => s.Unit),
        new Dictionary<string, int>());
}
