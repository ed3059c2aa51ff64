namespace InitTx.Linux.Tests.Shim;

/// <summary>
/// The ladder's arithmetic, without waiting: "ladder H A N" are N crashes, each after H ms of healthy
/// loop and A ms after the one before; the answer is the rung after each. "previous 1" says that
/// there is a previous image.
/// </summary>
[TestFixture]
public sealed class LadderTests
{
    private NativeProgram _probe = null!;

    [OneTimeSetUp]
    public void Compile() => _probe = NativeProgram.WithShim("boxprobe.c");

    [OneTimeTearDown]
    public void Remove() => _probe.Dispose();

    [TestCase("0 0 0 0 2", "ladder 0 5 5",
        TestName = "Five_rapid_crashes_go_down_and_without_a_previous_image_past_its_rung")]
    [TestCase("0 0 0 0 1 1 1 1 1 2 2 2 2 2 3 3", "previous 1", "ladder 0 5 16",
        TestName = "Each_rung_takes_five_and_the_loop_is_the_last")]
    [TestCase("0 0 0 0 0 0 0 0 0 0", "ladder 199 300 4", "ladder 200 300 1", "ladder 199 300 4", "ladder 200 300 1",
        TestName = "A_healthy_start_between_breaks_the_row")]
    [TestCase("0 0 0 0 0 0", "ladder 500 2000 6",
        TestName = "Slow_crashes_stay")]
    [TestCase("2 2 2", "ladder 0 5 5", "ladder 59999 60000 2",
        TestName = "Less_than_a_minute_of_health_does_not_climb")]
    [TestCase("2 0", "ladder 0 5 5", "ladder 60000 60000 1",
        TestName = "A_minute_of_health_climbs")]
    [TestCase("2 2 2 2 2 1 1 0", "previous 1", "ladder 0 5 14", "ladder 60000 60000 1", "ladder 1000 5000 1", "ladder 60000 60000 1",
        TestName = "Each_minute_climbs_one_rung")]
    [TestCase("2 0", "previous 1", "ladder 0 5 10", "ladder 120000 120000 1",
        TestName = "Two_minutes_climb_two_rungs")]
    [TestCase("2 3", "previous 0 1", "ladder 0 5 2",
        TestName = "After_a_retry_of_the_loop_one_rapid_crash_is_enough")]
    [TestCase("0 0 0 0 0", "previous 0 1", "ladder 60000 60000 1", "ladder 0 5 4",
        TestName = "Until_it_was_healthy_for_a_minute")]
    public void Goes(string expected, params string[] commands)
    {
        string[] rungs = Run(commands);
        string[] wanted = expected.Split(' ');
        Assert.That(rungs.TakeLast(wanted.Length), Is.EqualTo(wanted));
    }

    [Test]
    public void More_than_sixty_crashes_in_a_minute_go_down_however_healthy()
    {
        string[] rungs = Run("ladder 900 983 61");
        Assert.That(rungs, Has.Length.EqualTo(61));
        Assert.That(rungs[..60], Is.All.EqualTo("0"), "sixty are not more than sixty");
        Assert.That(rungs[60], Is.EqualTo("2"), "the sixty-first comes 58.98 s after the first");
        Assert.That(Run("ladder 900 1001 200"), Is.All.EqualTo("0"), "sixty in 60.06 s, for ever");
    }

    [Test]
    public void The_first_crash_of_a_new_image_goes_back_within_a_minute()
    {
        string after = Output("previous 1", "changed 1000", "ladder 5000 100 1", "crash", "start");
        Assert.That(after, Does.Contain("starts=2").And.Contain("crashes=2"));
        Assert.That(Run("previous 1", "changed 1000", "ladder 5000 100 2"), Is.EqualTo(new[] { "0", "0" }));
        Assert.That(Run("previous 1", "changed 1000", "ladder 0 5 6"), Is.EqualTo(new[] { "0", "0", "0", "0", "0", "1" }),
            "the crash that went back is not one of the five");
        Assert.That(Run("previous 1", "changed 61000", "ladder 0 5 5"), Is.EqualTo(new[] { "0", "0", "0", "0", "1" }),
            "after a minute there is no going back");
    }

    private string Output(params string[] commands)
    {
        (int code, string output) = _probe.Run(commands);
        TestContext.Out.WriteLine($"boxprobe '{string.Join("' '", commands)}'\n{output}");
        Assert.That(code, Is.Zero, output);
        return output;
    }

    private string[] Run(params string[] commands) =>
        [.. Output(commands).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)];
}
