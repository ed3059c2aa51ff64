namespace InitTx.Linux.Tests.Shim;

/// <summary>
/// The black box as the next image finds it: kept whole, or dropped entry by entry. Each case runs
/// the shim's own C code in a small program; replay one with its arguments printed on failure.
/// </summary>
[TestFixture]
public sealed class BlackBoxTests
{
    private NativeProgram _probe = null!;

    [OneTimeSetUp]
    public void Compile() => _probe = NativeProgram.WithShim("boxprobe.c");

    [OneTimeTearDown]
    public void Remove() => _probe.Dispose();

    /// <summary>Runs the commands in order and returns the line that each printed.</summary>
    private string[] Run(params string[] commands)
    {
        (int code, string output) = _probe.Run(commands);
        TestContext.Out.WriteLine($"boxprobe '{string.Join("' '", commands)}'\n{output}");
        Assert.That(code, Is.Zero, output);
        return [.. output.Split('\n').Select(line => line.Trim())];
    }

    [Test]
    public void A_first_start_has_its_file_for_an_image_and_no_cause()
    {
        Assert.That(
            Run("start")[0],
            Is.EqualTo("reason=0 starts=1 crashes=0 reexecs=0 image=3 held=0 closed=0 event=0: text="));
    }

    [Test]
    public void Once_held_the_image_needs_no_file_and_asking_again_changes_nothing()
    {
        string[] lines = Run("hold", "start", "hold", "crash", "start");
        Assert.That((lines[0], lines[2]), Is.EqualTo(("1", "1")));
        Assert.That(lines[1], Does.Contain("image=1"));
        Assert.That(lines[3], Does.StartWith("reason=2 starts=2 crashes=1").And.Contain("image=1"));
    }

    [Test]
    public void A_crash_before_it_is_held_finds_the_file_and_the_next_start_holds_it()
    {
        string[] lines = Run("crash", "start", "reexec", "start");
        Assert.That(lines[0], Does.StartWith("reason=2 starts=2 crashes=1").And.Contain("image=1"));
        Assert.That(lines[1], Does.StartWith("reason=1 starts=3").And.Contain("image=1"));
    }

    [Test]
    public void Everything_outlives_a_crash()
    {
        string[] lines = Run(
            "ring-append 100 3 50", "slot-take 77 a.service", "slot-pid 0 4242", "fd-make 20",
            "fd-add 20 one", "head-set 900", "facts-write remember", "event 5 guilty.service",
            "note because", "crash",
            "start", "ring-read", "slot-list", "fd-list", "head", "facts-read");
        Assert.Multiple(() =>
        {
            Assert.That(lines[9], Does.StartWith("reason=2 starts=2 crashes=1 reexecs=0 image=1 held=1 closed=0"));
            Assert.That(lines[9], Does.Contain("event=5:guilty.service").And.Contain("SIGILL").And.EndWith(": because"));
            Assert.That(lines[10], Is.EqualTo("first=100 last=102 count=3 bad=0 end=-2"));
            Assert.That(lines[11], Is.EqualTo("0:77:a.service:4242"));
            Assert.That(lines[12], Is.EqualTo("20:6:a.service:one"));
            Assert.That(lines[13], Is.EqualTo("0 900"));
            Assert.That(lines[14], Is.EqualTo("8 remember"));
        });
    }

    [Test]
    public void A_planned_start_counts_no_crash_and_an_event_that_ended_is_not_blamed()
    {
        string[] lines = Run("event 5 a.service", "event-done", "reexec", "start", "crash", "start");
        Assert.That(lines[2], Does.StartWith("reason=1 starts=2 crashes=0 reexecs=1"));
        Assert.That(lines[3], Does.StartWith("reason=2 starts=3 crashes=1").And.Contain("event=0:"));
    }

    [Test]
    public void A_box_whose_header_is_bad_is_replaced_and_said_to_be_lost()
    {
        string[] lines = Run(
            "head-set 900", "fd-make 20", "fd-add 20 gone", "spoil-header", "crash",
            "start", "head", "fd-flags 20", "head-set 5", "crash", "start", "head");
        Assert.Multiple(() =>
        {
            Assert.That(lines[4], Does.StartWith("reason=7 starts=1 crashes=0 reexecs=0 image=1 held=0"));
            Assert.That(lines[5], Is.EqualTo("-2 0"));
            Assert.That(lines[6], Is.EqualTo("-1"), "what it listed is not known any more");
            Assert.That(lines[8], Does.StartWith("reason=2 starts=2 crashes=1"), "the new one is as good");
            Assert.That(lines[9], Is.EqualTo("0 5"));
        });
    }

    [Test]
    public void Only_registered_descriptors_are_inherited()
    {
        string[] lines = Run(
            "fd-make 20", "fd-make 30", "fd-make 40", "fd-add 20 kept", "fd-add 40 dropped",
            "fd-drop 40", "fd-flags 20", "fd-flags 30", "fd-flags 40", "reexec",
            "fd-flags 20", "fd-flags 30", "fd-flags 40", "fd-list");
        Assert.Multiple(() =>
        {
            Assert.That(lines[6], Is.EqualTo("0"), "a registered descriptor survives exec");
            Assert.That(lines[7], Is.EqualTo("1"), "another does not");
            Assert.That(lines[8], Is.EqualTo("1"), "nor one that was taken off the list");
            Assert.That(lines[9], Is.EqualTo("0"));
            Assert.That(lines[10], Is.EqualTo("-1"));
            Assert.That(lines[11], Is.EqualTo("-1"));
            Assert.That(lines[12], Is.EqualTo("20:6:a.service:kept"));
        });
    }

    [Test]
    public void The_numbers_of_the_box_and_of_the_images_are_given_to_nothing_else()
    {
        string[] lines = Run("fd-fill 100", "crash", "fd-fill 100", "reexec", "fd-fill 100");
        Assert.That(lines[..3], Is.All.EqualTo("full given=0"));
    }

    [Test]
    public void Where_no_previous_image_is_none_is_found_when_the_state_is_lost()
    {
        string[] lines = Run("state-spoil", "reexec", "start", "ladder 10 1000 5");
        Assert.That(lines[1], Does.Contain("reason=1").And.Contain("image=1"));
        Assert.That(lines[2], Is.EqualTo("0 0 0 0 2"), "not 1, the previous image");
    }

    [TestCase("fd-replace 20", TestName = "A_descriptor_that_is_another_object_is_closed")]
    [TestCase("fd-spoil 20", TestName = "A_descriptor_whose_entry_is_bad_is_closed")]
    public void A_descriptor_that_does_not_check_out_is_closed(string damage)
    {
        string[] lines = Run(
            "fd-make 20", "fd-make 30", "fd-add 20 bad", "fd-add 30 good", damage, "crash",
            "start", "fd-flags 20", "fd-list");
        int at = Array.FindIndex(lines, line => line.StartsWith("reason=", StringComparison.Ordinal));
        Assert.That(lines[at], Does.Contain("held=1 closed=1"));
        Assert.That(lines[at + 1], Is.EqualTo("-1"));
        Assert.That(lines[at + 2], Is.EqualTo("30:6:a.service:good"));
    }

    [TestCase("fd-add 2 x", "-22")]
    [TestCase("fd-add 60 x", "-22")]
    [TestCase("fd-add 61 x", "-22")]
    [TestCase("fd-add 16384 x", "-28")]
    [TestCase("fd-add 500 x", "-9")]
    public void Descriptors_that_cannot_be_handed_over_are_refused(string command, string error) =>
        Assert.That(Run(command)[0], Is.EqualTo(error));

    [Test]
    public void Slots_are_reused_and_a_bad_one_is_freed()
    {
        string[] lines = Run(
            "slot-take 1 a", "slot-take 2 b", "slot-take 3 c", "slot-free 1", "slot-pid 2 5",
            "slot-list", "slot-spoil 0", "slot-list", "slot-take 4 d", "slot-list", "slot-free 1024");
        Assert.Multiple(() =>
        {
            Assert.That(lines[5], Is.EqualTo("0:1:a:0 2:3:c:5"));
            Assert.That(lines[7], Is.EqualTo("2:3:c:5"));
            Assert.That(lines[8], Is.EqualTo("3"));
            Assert.That(lines[9], Is.EqualTo("2:3:c:5 3:4:d:0"));
            Assert.That(lines[10], Is.EqualTo("-22"));
        });
    }

    [Test]
    public void The_head_survives_a_store_cut_short()
    {
        Assert.That(Run("head", "head-set 10", "head-set 11", "head-spoil 11")[..4],
            Is.EqualTo(new[] { "-2 0", "0 10", "0 11", "0 10" }));
        Assert.That(Run("head-set 10", "head-spoil 10", "head-set 12")[..3],
            Is.EqualTo(new[] { "0 10", "-2 0", "0 12" }));
        Assert.That(Run("head-set 10", "head-set 11", "head-set 3", "head-set 4")[..4],
            Is.EqualTo(new[] { "0 10", "0 11", "0 3", "0 4" }), "a new store counts from below");
    }

    [Test]
    public void Facts_that_do_not_check_out_are_not_read() =>
        Assert.That(Run("facts-read", "facts-write abc", "facts-read", "facts-spoil", "facts-read")[..5],
            Is.EqualTo(new[] { "-2", "0", "3 abc", "", "-2" }));

    [TestCase(50, 1)]
    [TestCase(480, 1)]
    [TestCase(481, 2)]
    [TestCase(3840, 8)]
    public void The_ring_keeps_the_newest_records_of_any_length(int length, int slots)
    {
        int fits = (4096 - 1) / slots;
        string[] lines = Run($"ring-append 1 {fits + 500} {length}", "ring-read");
        string[] fields = lines[1].Split(' ');
        int count = int.Parse(fields[2]["count=".Length..]);
        Assert.Multiple(() =>
        {
            Assert.That(fields[1], Is.EqualTo($"last={fits + 500}"));
            Assert.That(count, Is.InRange(fits, fits + 1));
            Assert.That(fields[3], Is.EqualTo("bad=0"));
        });
    }

    [Test]
    public void The_ring_refuses_a_record_that_is_too_long() =>
        Assert.That(Run("ring-append 1 1 3841", "ring-read")[..2],
            Is.EqualTo(new[] { "-90", "first=-1 last=-1 count=0 bad=0 end=-2" }));

    [Test]
    public void A_bad_part_costs_its_own_record_only() =>
        Assert.That(Run("ring-append 1 3 900", "ring-spoil 4", "ring-read")[2],
            Is.EqualTo("first=1 last=3 count=2 bad=0 end=-2"));

    [TestCase("ring-lose-count 0")]
    [TestCase("ring-lose-count 3")]
    [TestCase("ring-lose-count 12345678")]
    public void The_ring_finds_its_end_again_when_the_counter_is_bad(string damage) =>
        Assert.That(Run("ring-append 1 5 100", damage, "ring-append 6 1 100", "ring-read")[3],
            Is.EqualTo("first=1 last=6 count=6 bad=0 end=-2"));
}
