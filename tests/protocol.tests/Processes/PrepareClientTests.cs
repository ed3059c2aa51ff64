using InitTx.Init;
using InitTx.Init.Prepare;
using InitTx.Linux;
using InitTx.Linux.Channels;
using InitTx.Linux.Handles;
using InitTx.Linux.Loop;
using InitTx.Linux.Prepare;
using InitTx.Units.Model;

namespace InitTx.Protocol.Tests.Processes;

/// <summary>
/// Helpers that hang on some questions, played by the test at the other end of their sockets: what
/// becomes of the questions, and of the helpers.
/// </summary>
[TestFixture]
internal sealed class PrepareClientTests
{
    private const long TimeoutUs = 30_000_000;

    private readonly List<MessageChannel> _helpers = [];
    private readonly List<string> _told = [];
    private readonly byte[] _buffer = new byte[PrepareCodec.MaxMessage];
    private EventLoop _loop = null!;
    private PrepareClient _client = null!;

    [SetUp]
    public void Create()
    {
        _loop = EventLoop.Create().Require();
        _client = new PrepareClient(
            _loop, new EventQueue(), Start, Paths, new ManagerConsole(null, ""));
        _told.Clear();
    }

    [TearDown]
    public void Destroy()
    {
        foreach (MessageChannel helper in _helpers)
            helper.Dispose();
        _helpers.Clear();
        _loop.Dispose();
    }

    [Test]
    public void Whatever_hangs_after_the_first_holds_no_other_question_either()
    {
        Ask("a", "b", "c", "d");
        PassTime();
        Assert.That(Names(Waiting(1)), Is.EqualTo((string[])["b", "c", "d"]));
        PassTime();
        List<PrepareQuestion> last = Waiting(2);
        Assert.That(Names(last), Is.EqualTo((string[])["c", "d"]));
        foreach (PrepareQuestion question in last)
            Answer(2, question);
        Assert.That(_told, Is.EqualTo((string[])["c answered", "d answered"]));
    }

    [Test]
    public void A_helper_that_got_over_it_is_let_go_whatever_came_behind()
    {
        Ask("a", "b", "c", "d");
        PassTime();
        List<PrepareQuestion> second = Waiting(1);
        PassTime();
        foreach (PrepareQuestion question in second)
            Answer(1, question);
        foreach (PrepareQuestion question in Waiting(2))
            Answer(2, question);
        Assert.That(IsLetGo(1), "it hung and answered");
        Assert.That(IsLetGo(0), Is.False, "it hangs still");
        Assert.That(IsLetGo(2), Is.False, "the one that is asked now");
        Ask("e");
        Assert.That(Names(Waiting(2)), Is.EqualTo((string[])["e"]));
    }

    /// <summary>Three of them would otherwise end all starts until the next boot.</summary>
    [Test]
    public void Helpers_that_answer_when_nobody_waits_any_more_are_let_go_and_others_made()
    {
        var hung = new List<PrepareQuestion>();
        for (int i = 0; i < PrepareClient.MaxStuck; i++)
        {
            Ask($"hangs{i}");
            hung.AddRange(Waiting(i));
            PassTime();
        }

        Ask("none");
        Assert.That(_told, Is.EqualTo((string[])["none failed"]), "that many may hang");
        while (_client.NextDeadlineUs != long.MaxValue)
            PassTime();
        Assert.That(_told, Has.Count.EqualTo(1 + PrepareClient.MaxStuck));
        for (int i = 0; i < hung.Count; i++)
        {
            Answer(i, hung[i]);
            Assert.That(IsLetGo(i), $"helper {i}");
        }

        Ask("next");
        Answer(PrepareClient.MaxStuck, Waiting(PrepareClient.MaxStuck).Single());
        Assert.That(_told[^1], Is.EqualTo("next answered"));
    }

    /// <summary>Generators may take long, but what waits behind them hangs on nothing.</summary>
    [Test]
    public void What_waits_behind_a_slow_question_gets_a_helper_of_its_own()
    {
        Ask(new PrepareQuestion.ReadUnits(0, ["/units"]), TimeoutUs, "slow");
        Ask("a");
        PassTime();
        Answer(1, Waiting(1).Single());
        Assert.That(_told, Is.EqualTo((string[])["a answered"]));
        Answer(0, Waiting(0)[0]);
        Assert.That(_told, Is.EqualTo((string[])["a answered", "slow answered"]));
        Assert.That(IsLetGo(0));
    }

    [Test]
    public void A_helper_whose_slow_question_is_overdue_is_asked_no_more()
    {
        Ask(new PrepareQuestion.ReadUnits(0, ["/units"]), TimeoutUs, "slow");
        PassTime();
        Assert.That(_told, Is.EqualTo((string[])["slow failed"]));
        Ask("a");
        Answer(1, Waiting(1).Single());
        Assert.That(_told[^1], Is.EqualTo("a answered"));
        Answer(0, Waiting(0).Single());
        Assert.That(IsLetGo(0));
    }

    private void PassTime() => _client.OnDeadline(_client.NextDeadlineUs);

    private void Ask(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            var unit = UnitName.Parse(name + ".service");
            Ask(new PrepareQuestion.ReadPidFile(0, unit, "/run/" + name, ""), TimeoutUs, name);
        }
    }

    private void Ask(PrepareQuestion question, long timeoutUs, string name) => _client.Ask(
        question, timeoutUs,
        reply => _told.Add(name + (reply.Answer is null ? " failed" : " answered")));

    private static string[] Names(List<PrepareQuestion> questions) =>
        [.. questions.Select(static q => Path.GetFileNameWithoutExtension(q.Unit.Value))];

    // What the helper has not read yet.
    private List<PrepareQuestion> Waiting(int helper)
    {
        var questions = new List<PrepareQuestion>();
        while (_helpers[helper].Receive(_buffer, out _) is { IsOk: true, Value: > 0 } got)
        {
            questions.Add(PrepareCodec.DecodeQuestion(_buffer.AsSpan(0, got.Value))
                ?? throw new AssertionException("no question"));
        }

        return questions;
    }

    // One that was let go before hears that the other end is closed.
    private void Answer(int helper, PrepareQuestion question)
    {
        PrepareAnswer answer = question is PrepareQuestion.ReadUnits
            ? new PrepareAnswer.Units(question.Token, null)
            : new PrepareAnswer.PidFile(question.Token, null, 2, 1);
        _helpers[helper].Send(new PrepareCodec().Encode(answer));
        _client.OnReady((ulong)helper + 1);
    }

    private bool IsLetGo(int helper)
    {
        Waiting(helper);
        return _helpers[helper].Receive(_buffer, out _) is { IsOk: true, Value: 0 }
            or { Error: Errno.ECONNRESET };
    }

    private int Start(FileDescriptor end, out string error)
    {
        error = "";
        FileDescriptor own = end.Duplicate().Require();
        own.SetNonBlocking(true);
        _helpers.Add(new MessageChannel(own));
        return 1_000 + _helpers.Count;
    }

    private static ManagerPaths Paths => new()
    {
        User = false,
        Runtime = "/nonexistent",
        State = "/nonexistent",
        Config = "/nonexistent",
        UnitPath = [],
        ExecHelper = "/nonexistent",
        DirectoryBases = ["/run", "/var/lib", "/var/cache", "/var/log", "/etc"],
        TimerStamps = "/nonexistent",
    };
}
