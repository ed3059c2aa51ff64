using System.Diagnostics;
using InitTx.Core;
using InitTx.Exec.Tests.Support;
using InitTx.Linux.Channels;
using InitTx.Linux.Handles;
using InitTx.Linux.Prepare;
using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Exec.Tests;

/// <summary>The real program with --serve, asked over its socket.</summary>
public sealed class ServeTests
{
    private static readonly UnitName Unit = UnitName.Parse("test.service");
    private static readonly SourceLocation Source = new("/etc/test.service", 7);

    private Sandbox _sandbox = null!;
    private Helper _helper = null!;

    [SetUp]
    public void SetUp()
    {
        _sandbox = new Sandbox();
        _helper = Helper.Start();
    }

    [TearDown]
    public void TearDown()
    {
        _helper.Dispose();
        _sandbox.Dispose();
    }

    [Test]
    public void An_empty_preparation_is_ready()
    {
        var answer = _helper.Ask<PrepareAnswer.Prepared>(new PrepareQuestion.Prepare(11, Unit));
        Assert.That(answer.Outcome, Is.EqualTo(PrepareOutcome.Ready), answer.Detail);
        Assert.That(answer.HasIds, Is.False);
        Assert.That(answer.Environment, Is.Empty);
    }

    [Test]
    public void Garbage_is_skipped_and_the_next_question_is_answered()
    {
        _helper.SendBytes("nonsense"u8);
        _helper.SendBytes(new byte[1]);
        byte[] cut = new PrepareCodec().Encode(new PrepareQuestion.Prepare(1, Unit)).ToArray();
        _helper.SendBytes(cut.AsSpan(0, cut.Length - 1));
        var answer = _helper.Ask<PrepareAnswer.Prepared>(new PrepareQuestion.Prepare(12, Unit));
        Assert.That(answer.Outcome, Is.EqualTo(PrepareOutcome.Ready));
        Assert.That(_helper.End(out string errors), Is.Zero);
        Assert.That(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(3)
            .And.All.Contains("is no question and was skipped"));
    }

    [Test]
    public void It_ends_quietly_when_the_socket_closes()
    {
        _helper.Ask<PrepareAnswer.Prepared>(new PrepareQuestion.Prepare(1, Unit));
        Assert.That(_helper.End(out string errors), Is.Zero);
        Assert.That(errors, Is.Empty);
    }

    [Test]
    public void Answers_come_in_the_order_of_the_questions()
    {
        for (ulong token = 1; token <= 50; token++)
            _helper.Send(new PrepareQuestion.Prepare(token, Unit));
        for (ulong token = 1; token <= 50; token++)
            Assert.That(_helper.Receive(out _).Token, Is.EqualTo(token));
    }

    [Test]
    public void A_failed_condition_ends_it_before_anything_is_made()
    {
        var answer = _helper.Ask<PrepareAnswer.Prepared>(Runtime("made") with
        {
            Conditions =
                [new UnitCondition("PathExists", "/nonexistent", false, false, false, Source)],
        });
        Assert.That(answer.Outcome, Is.EqualTo(PrepareOutcome.ConditionFailed));
        Assert.That(answer.Detail, Does.Contain("/etc/test.service:7"));
        Assert.That(Directory.Exists(_sandbox.At("run/made")), Is.False);
    }

    [Test]
    public void A_user_brings_its_group_groups_home_and_shell()
    {
        var answer = _helper.Ask<PrepareAnswer.Prepared>(
            new PrepareQuestion.Prepare(1, Unit)
            {
                User = "daemon",
                SupplementaryGroups = ["tty"],
            });
        Assert.That(answer.Outcome, Is.EqualTo(PrepareOutcome.Ready), answer.Detail);
        Assert.That(answer.HasIds, Is.True);
        Assert.That((answer.Uid, answer.Gid, answer.UserName), Is.EqualTo((1u, 1u, "daemon")));
        Assert.That(
            (answer.Home, answer.Shell), Is.EqualTo(("/usr/sbin", "")), "a shell that is none");
        Assert.That(answer.Groups, Is.EqualTo(new uint[] { 1, 5 }));
    }

    [Test]
    public void A_dynamic_user_brings_its_name_and_neither_home_nor_shell()
    {
        var answer = _helper.Ask<PrepareAnswer.Prepared>(
            new PrepareQuestion.Prepare(1, Unit) { DynamicUsers = _sandbox.At("dynamic") });
        Assert.That(answer.Outcome, Is.EqualTo(PrepareOutcome.Ready), answer.Detail);
        Assert.That(
            (answer.UserName, answer.Home, answer.Shell), Is.EqualTo(("test", "", "")));
    }

    [TestCase("no-such-user", null, "User=no-such-user: there is no such user or group")]
    [TestCase("123456", null, "User=123456: there is no such user or group")]
    [TestCase(null, "no-such-group", "Group=no-such-group: there is no such user or group")]
    public void An_unknown_identity_fails_with_its_directive(
        string? user, string? group, string detail)
    {
        var answer = _helper.Ask<PrepareAnswer.Prepared>(
            new PrepareQuestion.Prepare(1, Unit) { User = user, Group = group });
        Assert.That(answer.Outcome, Is.EqualTo(PrepareOutcome.Failed));
        Assert.That(answer.Detail, Is.EqualTo(detail));
    }

    /// <summary>
    /// CVE-2017-1000082 and CVE-2020-13776: what looked like a number, or like none, ran as root.
    /// </summary>
    [TestCase("0day")]
    [TestCase("0x0")]
    [TestCase("0x4m")]
    [TestCase("00")]
    [TestCase("000000")]
    [TestCase("+0")]
    [TestCase("-0")]
    [TestCase(" 0")]
    [TestCase("0 ")]
    [TestCase("\u0660")]
    [TestCase("4294967295")]
    [TestCase("4294967296")]
    [TestCase("18446744073709551616")]
    [TestCase("")]
    public void CVE_2017_1000082_a_name_that_is_nobody_s_is_not_root_s(string name)
    {
        foreach (PrepareQuestion.Prepare question in (PrepareQuestion.Prepare[])
            [new(1, Unit) { User = name }, new(1, Unit) { Group = name }])
        {
            var answer = _helper.Ask<PrepareAnswer.Prepared>(question);
            Assert.That(answer.Outcome, Is.EqualTo(PrepareOutcome.Failed), $"'{name}'");
        }
    }

    [Test]
    public void A_group_alone_leaves_the_user()
    {
        var answer = _helper.Ask<PrepareAnswer.Prepared>(
            new PrepareQuestion.Prepare(1, Unit) { Group = "tty" });
        Assert.That(
            (answer.HasIds, answer.Uid, answer.Gid, answer.UserName), Is.EqualTo(
            (true, 0u, 5u, "")));
    }

    [Test]
    public void Environment_files_are_read_in_order_and_patterns_are_expanded()
    {
        _sandbox.Put("env/10.conf", "A=1\nB=\"two words\"\n");
        _sandbox.Put("env/20.conf", "A=3\n# comment\nC='x'\n");
        var answer = _helper.Ask<PrepareAnswer.Prepared>(Files(
            new(_sandbox.At("missing"), true, Source),
            new(_sandbox.At("env/*.conf"), false, Source)));
        Assert.That(answer.Outcome, Is.EqualTo(PrepareOutcome.Ready), answer.Detail);
        Assert.That(answer.Environment, Is.EqualTo(new KeyValuePair<string, string>[]
        {
            new("A", "3"), new("B", "two words"), new("C", "x"),
        }));
    }

    [TestCase("missing", "ENOENT")]
    [TestCase("none/*", "no file matches")]
    [TestCase("directory", "not a regular file")]
    [TestCase("binary", "UTF-8")]
    public void An_environment_file_that_cannot_be_used_fails_the_start(string name, string why)
    {
        _sandbox.Make("directory");
        File.WriteAllBytes(_sandbox.At("binary"), [0x41, 0x3d, 0xff, 0xfe]);
        var answer = _helper.Ask<PrepareAnswer.Prepared>(
            Files(new EnvironmentFileSetting(_sandbox.At(name), false, Source)));
        Assert.That(answer.Outcome, Is.EqualTo(PrepareOutcome.Failed));
        Assert.That(answer.Detail, Does.Contain(why).And.Contain("/etc/test.service:7"));
        answer = _helper.Ask<PrepareAnswer.Prepared>(
            Files(new EnvironmentFileSetting(_sandbox.At(name), true, Source)));
        Assert.That(answer.Outcome, Is.EqualTo(PrepareOutcome.Ready), "with '-' it is skipped");
    }

    [Test]
    public void An_environment_that_does_not_fit_into_a_message_is_refused_with_words()
    {
        _sandbox.Put("big", $"A={new string('x', 200_000)}\n");
        var answer = _helper.Ask<PrepareAnswer.Prepared>(
            Files(new EnvironmentFileSetting(_sandbox.At("big"), false, Source)));
        Assert.That(answer.Outcome, Is.EqualTo(PrepareOutcome.Failed));
        Assert.That(answer.Detail, Does.Contain("larger than"));
    }

    [Test]
    public void Units_come_as_a_sealed_memfd()
    {
        _sandbox.Put("units/a.service", "[Service]\nExecStart=/bin/true\n");
        _helper.Send(new PrepareQuestion.ReadUnits(5, [_sandbox.At("units")]));
        PrepareAnswer answer = _helper.Receive(out FileDescriptor[] descriptors);
        Assert.That(answer.Error, Is.Null);
        using FileDescriptor descriptor = descriptors.Single();
        Assert.That(MemFd.ReadSealed(descriptor, 1 << 20, out byte[] bytes).IsOk, Is.True);
        Assert.That(UnitFileTree.TryParse(bytes, out UnitFileTree tree), Is.True);
        Assert.That(tree.Directories.Single().Entries.Single().Name, Is.EqualTo("a.service"));
    }

    [Test]
    public void Owners_of_sockets_are_looked_up()
    {
        var answer = _helper.Ask<PrepareAnswer.SocketOwner>(
            new PrepareQuestion.SocketOwner(1, Unit, "daemon", null));
        Assert.That((answer.Error, answer.Uid, answer.Gid), Is.EqualTo(((string?)null, 1u, 1u)));
        answer = _helper.Ask<PrepareAnswer.SocketOwner>(
            new PrepareQuestion.SocketOwner(1, Unit, null, "tty"));
        Assert.That((answer.Uid, answer.Gid), Is.EqualTo((uint.MaxValue, 5u)));
        answer = _helper.Ask<PrepareAnswer.SocketOwner>(
            new PrepareQuestion.SocketOwner(1, Unit, "nobody-here", null));
        Assert.That(
            answer.Error, Is.EqualTo("SocketUser=nobody-here: there is no such user or group"));
    }

    [Test]
    public void Generators_run_with_three_directories_and_failures_are_named()
    {
        string[] outputs =
            [_sandbox.At("out/normal"), _sandbox.At("out/early"), _sandbox.At("out/late")];
        _sandbox.Put("out/normal/stale.service", "old");
        Script(
            "gen1/10-good",
            "echo \"$SYSTEMD_SCOPE\" > \"$1/made\"; echo x > \"$3/late\"; env > \"$2/env\"");
        Script("gen1/20-bad", "exit 3");
        Script("gen1/30-masked", "echo no > \"$1/masked\"");
        Script("gen2/10-good", "echo no > \"$1/shadowed\"");
        Script("gen2/40-hangs", "sleep 60");
        _sandbox.Make("gen0");
        _sandbox.Link("gen0/30-masked", "/dev/null");
        _sandbox.Put("gen1/readme", "not executable");
        long started = Stopwatch.GetTimestamp();
        var answer = _helper.Ask<PrepareAnswer.GeneratorsRan>(new PrepareQuestion.RunGenerators(
            9, [_sandbox.At("gen0"), _sandbox.At("gen1"), _sandbox.At("gen2"), "/nonexistent"],
                outputs, 2_000_000));
        Assert.That(answer.Count, Is.EqualTo(3));
        Assert.That(answer.Error, Does.Contain("20-bad: exited with status 3")
            .And.Contain("40-hangs: killed at the deadline").And.Not.Contain("10-good"));
        Assert.That(File.ReadAllText(_sandbox.At("out/normal/made")), Is.EqualTo("system\n"));
        Assert.That(
            Directory.GetFiles(outputs[0]), Has.Length.EqualTo(
            1), "stale, masked or shadowed output");
        Assert.That(
            File.ReadAllText(_sandbox.At("out/early/env")), Does.Contain(
            "SYSTEMD_ARCHITECTURE=x86-64")
            .And.Not.Contain("HOME="));
        Assert.That(
            Stopwatch.GetElapsedTime(started).TotalSeconds, Is.LessThan(
            30), "the deadline did not end it");
    }

    private PrepareQuestion.Prepare Runtime(string name) => new(1, Unit)
    {
        Directories = [new ServiceDirectory("RUNTIME", name, null)],
        Bases = [new DirectoryBase(_sandbox.Make("run"), 0b111_101_101)],
    };

    private static PrepareQuestion.Prepare Files(params EnvironmentFileSetting[] files) =>
        new(3, Unit) { EnvironmentFiles = files };

    private void Script(string path, string body) => File.SetUnixFileMode(
        _sandbox.Put(path, $"#!/bin/sh\n{body}\n"), (UnixFileMode)0b111_101_101);
}
