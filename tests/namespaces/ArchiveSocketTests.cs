using System.Globalization;
using System.Text.Json;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>
/// The archive's socket and a user who is not root (decision 0024): who asks is the kernel's word,
/// what is seen is what the manager would show, and whatever is sent, rows go on being written.
/// </summary>
[TestFixture]
public sealed class ArchiveSocketTests
{
    private const string User = "setpriv --reuid=1000 --regid=1000 --clear-groups ";

    // Sends frames on several connections at once and tells what came back on each.
    private const string Client =
        "use strict; use IO::Socket::UNIX; my ($n, $frame) = @ARGV; my @all;"
        + "for (1..$n) { my $s = IO::Socket::UNIX->new(Peer => '/run/initx/archive') or die $!;"
        + "  push @all, $s; syswrite $s, pack('H*', $frame); }"
        + "for my $s (@all) { my ($h, $b) = ('', ''); my $got = read($s, $h, 4);"
        + "  if (($got // 0) != 4) { print qq(closed\\n); next; }"
        + "  read($s, $b, unpack('V', $h));"
        + "  print substr($b, 1, 1) eq qq(\\0) ? qq(answer\\n) : substr($b, 6) . qq(\\n); }";

    // A frame of two bytes: version 1, which boots are there.
    private const string AskBoots = "020000000142";

    private Layer _layer = null!;
    private BootedSystem _system = null!;

    [OneTimeSetUp]
    public void Boot()
    {
        _layer = new Layer();
        _layer.WriteFile("/client.pl", Client);
        _layer.Unit(
            "a.service",
            "[Unit]\nDefaultDependencies=no\nStartLimitIntervalSec=0\n"
                + "[Service]\nType=exec\nExecStart=/bin/sleep infinity\n");
        _system = BootedSystem.Calm(_layer);
        Assert.That(
            _system.Initx("start", "a", "--reason=hushhush").Status, Is.Zero, _system.Evidence);
        AwaitUpToDate();
    }

    [OneTimeTearDown]
    public void TakeDown()
    {
        _system?.Dispose();
        _layer?.Dispose();
    }

    [Test]
    public void A_user_sees_the_same_rows_without_who_asked_and_what_was_said()
    {
        JsonElement[] all = Lines(_system.Shell("initx history --json --boot=0 --until=-0s"));
        CommandResult seen = _system.Shell(User + "initx history --json --boot=0");
        JsonElement[] some = Lines(seen);
        Assert.That(some.Length, Is.GreaterThanOrEqualTo(all.Length).And.GreaterThan(10));
        Assert.That(seen.Out, Does.Not.Contain("hushhush"));
        JsonElement request = some.First(IsRequest);
        Assert.That(request.GetProperty("comm").GetString(), Is.Null);
        Assert.That(request.GetProperty("cause").GetProperty("text").GetString(), Is.Null);
        JsonElement known = all.First(IsRequest);
        Assert.That(known.GetProperty("comm").GetString(), Is.EqualTo("initx"));
        Assert.That(
            known.GetProperty("cause").GetProperty("text").GetString(), Does.Contain("hushhush"));

        static bool IsRequest(JsonElement row) => row.GetProperty("kind").GetString() == "request";
    }

    [Test]
    public void A_users_statement_runs_over_what_that_user_may_see()
    {
        const string Count = "history --json --sql \"SELECT count(*) AS n, count(comm) AS c, "
            + "sum(coalesce(text LIKE '%hushhush%', 0)) AS t FROM v_history "
            + "WHERE kind = 'request'\"";
        JsonElement user = Lines(_system.Shell(User + "initx " + Count))[0];
        JsonElement root = Lines(_system.Shell("initx " + Count))[0];
        Assert.That(user.GetProperty("n").GetInt32(), Is.Positive);
        Assert.That(user.GetProperty("c").GetInt32(), Is.Zero);
        Assert.That(user.GetProperty("t").GetInt32(), Is.Zero);
        Assert.That(root.GetProperty("c").GetInt32(), Is.Positive);
        Assert.That(root.GetProperty("t").GetInt32(), Is.Positive);
        CommandResult spy = _system.Shell(
            User + "initx history --sql 'SELECT text FROM disk.record'");
        Assert.That(spy.Status, Is.Not.Zero, spy.ToString);
        Assert.That(spy.Out + spy.Error, Does.Not.Contain("hushhush"));
    }

    [Test]
    public void Users_may_neither_read_the_file_nor_take_the_place_of_the_socket()
    {
        Assert.That(
            _system.Shell(User + "cat /var/lib/initx/archive.db").Status, Is.Not.Zero);
        Assert.That(_system.Shell(User + "rm -f /run/initx/archive").Status, Is.Not.Zero);
        Assert.That(
            _system.Shell("stat -c '%U %F' /run/initx/archive").Out, Is.EqualTo("root socket\n"));
    }

    [Test]
    public void A_statement_without_end_is_ended_and_rows_are_written_meanwhile()
    {
        const string Endless = "WITH RECURSIVE n(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM n) "
            + "SELECT count(*) FROM n";
        CommandResult both = _system.Shell(
            $"{User} initx history --sql '{Endless}' >/tmp/endless 2>&1 & "
                + "initx restart a && initx restart a; wait $!; echo $?; cat /tmp/endless");
        Assert.That(both.Out, Does.Contain("\n1\n"), both.ToString);
        Assert.That(both.Out, Does.Contain("took longer than 2 s"), both.ToString);
        AwaitUpToDate();
        CommandResult many = _system.Shell(
            User + "initx history --sql 'SELECT a.seq FROM v_history a, v_history b, v_history c'");
        Assert.That(many.Status, Is.Not.Zero);
        Assert.That(many.Error, Does.Match("10,?000 rows"), many.ToString);
    }

    [Test]
    public void One_user_has_four_connections_and_root_is_answered_beside_them()
    {
        string[] lines = Ask(User, 6, AskBoots);
        Assert.That(lines.Count(l => l == "answer"), Is.EqualTo(4), string.Join('\n', lines));
        Assert.That(lines.Count(l => l.Contains("uid 1000 has 4 connections")), Is.EqualTo(2));
        Assert.That(
            Ask("", 12, AskBoots), Is.All.EqualTo("answer"), "root is not counted by uid");
    }

    [TestCase("ffffff7f", "at most 131072 bytes")]
    [TestCase("01000200", "at most 131072 bytes")]
    [TestCase("ffffffff", "at most 131072 bytes")]
    [TestCase("00000000", "not understood")]
    [TestCase("0100000001", "not understood")]
    [TestCase("020000000158", "not understood")]
    public void What_is_no_request_is_refused_in_words(string frame, string says) =>
        Assert.That(Ask(User, 1, frame)[0], Does.Contain(says));

    [Test]
    public void Half_a_request_is_waited_for_so_long_and_no_longer() =>
        Assert.That(Ask(User, 1, "0200000001"), Is.EqualTo(new[] { "closed" }));

    [Test]
    public void The_process_that_answers_may_be_killed_and_the_one_that_writes_goes_on()
    {
        Assert.That(Ask(User, 1, AskBoots), Is.EqualTo(new[] { "answer" }));
        string writer = Writer();
        Assert.That(_system.Shell("pkill -9 -f '[i]nitx-archive --answer'").Status, Is.Zero);
        Eventually.True(
            () => Ask(User, 1, AskBoots)[0] == "answer", "another one answers",
            _system.Evidence);
        Assert.That(Writer(), Is.EqualTo(writer), "the writer was not touched");
        Assert.That(_system.Initx("restart", "a").Status, Is.Zero);
        AwaitUpToDate();
    }

    [Test]
    public void With_ReadPolicy_privileged_a_user_gets_nothing_and_the_control_group_all()
    {
        using Layer layer = new();
        layer.WriteFile(
            "/etc/initx/initx.conf", "[Manager]\nReadPolicy=privileged\nControlGroup=adm\n");
        layer.WriteFile("/client.pl", Client);
        using BootedSystem system = BootedSystem.Calm(layer);
        CommandResult user = Shell(system, User, 1, AskBoots);
        Assert.That(user.Out, Does.Contain("ReadPolicy=privileged"), user.ToString);
        CommandResult member = Shell(
            system, "setpriv --reuid=1000 --regid=1000 --groups=adm ", 1, AskBoots);
        Assert.That(member.Out, Is.EqualTo("answer\n"), member.ToString);
    }

    private string Writer() => _system.Shell(
        "for p in $(pidof initx-archive); do "
            + "tr '\\0' ' ' </proc/$p/cmdline | grep -q -e --answer || echo $p; done").Out.Trim();

    private string[] Ask(string asUser, int connections, string frame)
    {
        CommandResult result = Shell(_system, asUser, connections, frame);
        Assert.That(result.Status, Is.Zero, result.ToString);
        return result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    // The socket is there a moment after the archive is.
    private static CommandResult Shell(
        BootedSystem system, string asUser, int connections, string frame) => system.Shell(
        "for i in $(seq 100); do [ -S /run/initx/archive ] && break; sleep 0.1; done; "
            + string.Create(
                CultureInfo.InvariantCulture, $"{asUser}perl /client.pl {connections} {frame}"));

    private void AwaitUpToDate() => Eventually.True(
        () => _system.Initx("status", "--json").Out.Contains(
            "\"archive\":\"up to date\"", StringComparison.Ordinal),
        "the archive is up to date", _system.Evidence);

    private static JsonElement[] Lines(CommandResult result)
    {
        Assert.That(result.Status, Is.Zero, result.ToString);
        return [.. result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => JsonDocument.Parse(l).RootElement)];
    }
}
