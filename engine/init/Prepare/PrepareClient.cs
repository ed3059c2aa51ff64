using InitTx.Core;
using InitTx.Linux.Handles;
using InitTx.Linux.Loop;
using InitTx.Linux.Prepare;
using InitTx.Units.Model;

namespace InitTx.Init.Prepare;

/// <summary>
/// PID 1's side of the prepare helper. Every question ends: with its answer, with the helper's
/// death (asked again once), or at its deadline. A helper that has not answered its oldest question
/// for <see cref="SuspectUs"/> is left alone with it and the other questions move to a new one;
/// <see cref="MaxStuck"/> such helpers may hang at once, then questions fail at once and say so.
/// One that answers after all, in time or not, counts as hanging no more, and goes when it owes
/// nothing. Main thread only.
/// </summary>
internal sealed class PrepareClient(
    EventLoop loop, EventQueue queue, HelperStarter start, ManagerPaths paths,
    ManagerConsole console)
{
    /// <summary>
    /// Answers take milliseconds; a disk that spins up takes longer than this but is no hang.
    /// </summary>
    public const long SuspectUs = 3_000_000;

    /// <summary>Helpers that may hang at once (DESIGN §2).</summary>
    public const int MaxStuck = 3;

    private const long TimeoutUs = 30_000_000;
    private const int MaxPending = 4096;

    private readonly Dictionary<ulong, PendingQuestion> _pending = [];
    private readonly Dictionary<ulong, PrepareHelper> _helpers = [];
    private readonly Dictionary<int, PrepareAnswer.Prepared> _blocks = [];
    private readonly byte[] _receive = new byte[PrepareCodec.MaxMessage];
    private PrepareHelper? _current;
    private ulong _nextToken;
    private ulong _nextHelper;
    private ulong _nextOrder;
    private int _stuck;

    /// <summary>When <see cref="OnDeadline"/> has to run; long.MaxValue for never.</summary>
    public long NextDeadlineUs => _pending.Count == 0 ? long.MaxValue : EarliestDeadline();

    /// <summary>
    /// Everything that the unit's next process needs; answers with a Prepared event.
    /// </summary>
    public void Prepare(Effect.Prepare effect, UnitRuntime unit)
    {
        PrepareToken token = effect.Token;
        if (effect.Restart && _stuck >= MaxStuck && _blocks.TryGetValue(unit.Id.Value, out var last))
        {
            queue.Post(new EngineEvent.Prepared(token, last.Outcome, last.Detail));
            return;
        }

        Ask(QuestionFor(unit), TimeoutUs, reply =>
        {
            if (reply.Answer is PrepareAnswer.Prepared block)
            {
                _blocks[unit.Id.Value] = block;
                queue.Post(new EngineEvent.Prepared(token, block.Outcome, block.Detail));
            }
            else if (effect.Restart && _blocks.ContainsKey(unit.Id.Value))
            {
                queue.Post(new EngineEvent.Prepared(token, PrepareOutcome.Ready, "reused: " + reply.Error));
            }
            else
            {
                queue.Post(new EngineEvent.Prepared(token, PrepareOutcome.Failed, reply.Error));
            }
        });
    }

    /// <summary>Hands over the unit's block, asking for it when there is none.</summary>
    public void WithPrepared(UnitRuntime unit, Action<PrepareAnswer.Prepared?, string> use)
    {
        if (_blocks.TryGetValue(unit.Id.Value, out PrepareAnswer.Prepared? block))
        {
            use(block, "");
            return;
        }

        Ask(QuestionFor(unit), TimeoutUs, reply =>
        {
            if (reply.Answer is PrepareAnswer.Prepared fresh)
                _blocks[unit.Id.Value] = fresh;
            use(reply.Answer as PrepareAnswer.Prepared, reply.Error);
        });
    }

    /// <summary>The unit is forgotten, and what was prepared for it.</summary>
    public void Forget(UnitId unit) => _blocks.Remove(unit.Value);

    /// <summary>A reload changed definitions: what was prepared for the old ones is void.</summary>
    public void ForgetBlocks() => _blocks.Clear();

    /// <summary>Asks; the question's own token is replaced by one of ours.</summary>
    public void Ask(PrepareQuestion question, long timeoutUs, Action<PrepareReply> answered)
    {
        if (_pending.Count >= MaxPending)
        {
            answered(PrepareReply.None($"more than {MaxPending} questions wait for the prepare helper"));
            return;
        }

        long now = MonotonicClock.BootTimeUs();
        PrepareQuestion own = question with { Token = ++_nextToken };
        var pending = new PendingQuestion(own, now + timeoutUs, answered);
        _pending.Add(own.Token, pending);
        Send(pending, now);
    }

    /// <summary>
    /// Has the helper close a descriptor whose closing may wait for a disk or for a grace period of
    /// the kernel. Ours is closed at once, which takes no time while there is another.
    /// </summary>
    public void Drop(FileDescriptor descriptor)
    {
        if (Current() is { } helper)
            helper.Drop(new PrepareQuestion.Drop(++_nextToken), descriptor);
        descriptor.Dispose();
    }

    /// <summary>A helper's socket is readable.</summary>
    public void OnReady(ulong number)
    {
        if (!_helpers.TryGetValue(number, out PrepareHelper? helper))
            return;
        while (true)
        {
            PrepareReceived got = helper.Receive(_receive);
            if (got.Ended)
            {
                Retire(helper, "the prepare helper ended");
                break;
            }

            if (got.Length == 0)
                break;
            Answer(helper, PrepareCodec.DecodeAnswer(_receive.AsSpan(0, got.Length)), got);
            if (!_helpers.ContainsKey(number))
                break;
        }
    }

    /// <summary>Fails what is overdue and leaves helpers that hang.</summary>
    public void OnDeadline(long nowUs)
    {
        PrepareHelper? asked = _current;
        PendingQuestion? first = asked is null ? null : FirstOf(asked);
        foreach (PendingQuestion pending in Snapshot())
        {
            if (pending.DeadlineUs <= nowUs && _pending.Remove(pending.Question.Token))
                pending.Answered(PrepareReply.None("the prepare helper did not answer in time: a file system or name service hangs"));
        }

        if (asked is null || first is null || asked != _current)
            return;
        long oldest = OldestSent(asked);
        if (first.DeadlineUs <= nowUs || (oldest != long.MaxValue && nowUs - oldest >= SuspectUs))
            Leave(asked, first, nowUs);
    }

    // It answers in order, so it hangs on the first that it was asked: that one stays with it, as
    // another helper would hang on it too. Moved questions have one time, so only their order tells.
    private void Leave(PrepareHelper helper, PendingQuestion first, long nowUs)
    {
        helper.Suspect = true;
        _stuck++;
        _current = null;
        console.Line($"prepare helper {helper.Pid} hangs; {_stuck} of at most {MaxStuck}");
        foreach (PendingQuestion moved in Snapshot())
        {
            if (moved.Helper == helper && moved != first)
                Send(moved, nowUs);
        }
    }

    private void Answer(PrepareHelper helper, PrepareAnswer? answer, PrepareReceived got)
    {
        PendingQuestion? pending = null;
        if (answer is not null)
            _pending.Remove(answer.Token, out pending);
        if (helper != _current)
            Dismiss(helper);

        // None waits when it is late, or garbage: the deadline has spoken for it.
        pending?.Answered(new PrepareReply(answer, got.Descriptor, answer!.Error ?? "")
        {
            Second = got.Second,
        });
        got.Close();
    }

    // It got over what it hung on; another has its place, so it may go.
    private void Dismiss(PrepareHelper helper)
    {
        _stuck -= helper.Recover();
        if (FirstOf(helper) is not null)
            return;
        _helpers.Remove(helper.Number);
        helper.Dispose();
    }

    private void Send(PendingQuestion pending, long nowUs)
    {
        if (Current() is not { } helper)
        {
            _pending.Remove(pending.Question.Token);
            pending.Answered(PrepareReply.None("no prepare helper can be started"));
            return;
        }

        pending.Helper = helper;
        pending.SentUs = nowUs;
        pending.Order = ++_nextOrder;
        if (!helper.Send(pending.Question, out string error))
        {
            _pending.Remove(pending.Question.Token);
            pending.Answered(PrepareReply.None(error));
        }
    }

    private PrepareHelper? Current()
    {
        if (_current is not null)
            return _current;
        if (_stuck >= MaxStuck)
            return null;
        ulong number = ++_nextHelper;
        _current = PrepareHelper.Start(loop, start, number, out string error);
        if (_current is null)
            console.Line("prepare helper: " + error);
        else
            _helpers.Add(number, _current);
        return _current;
    }

    private void Retire(PrepareHelper helper, string why)
    {
        _helpers.Remove(helper.Number);
        if (helper == _current)
            _current = null;
        if (helper.Suspect)
            _stuck -= helper.Recover();
        helper.Dispose();
        long now = MonotonicClock.BootTimeUs();
        foreach (PendingQuestion pending in Snapshot())
        {
            if (pending.Helper != helper)
                continue;
            if (++pending.Deaths < 2)
                Send(pending, now);
            else if (_pending.Remove(pending.Question.Token))
                pending.Answered(PrepareReply.None(why + " over this question, twice"));
        }
    }

    private long OldestSent(PrepareHelper helper)
    {
        long oldest = long.MaxValue;
        foreach (PendingQuestion pending in _pending.Values)
        {
            // Generators and a whole unit path may take their time; their own deadline bounds them.
            if (pending.Helper == helper && !IsSlow(pending.Question))
                oldest = Math.Min(oldest, pending.SentUs);
        }

        return oldest;
    }

    private PendingQuestion? FirstOf(PrepareHelper helper)
    {
        PendingQuestion? first = null;
        foreach (PendingQuestion pending in _pending.Values)
        {
            if (pending.Helper == helper && (first is null || pending.Order < first.Order))
                first = pending;
        }

        return first;
    }

    private static bool IsSlow(PrepareQuestion question) =>
        question is PrepareQuestion.RunGenerators or PrepareQuestion.ReadUnits;

    // In the order in which they were asked: the dictionary keeps none.
    private PendingQuestion[] Snapshot()
    {
        var all = new PendingQuestion[_pending.Count];
        _pending.Values.CopyTo(all, 0);
        Array.Sort(all, static (one, other) => one.Order.CompareTo(other.Order));
        return all;
    }

    private long EarliestDeadline()
    {
        long next = long.MaxValue;
        foreach (PendingQuestion pending in _pending.Values)
        {
            next = Math.Min(next, pending.DeadlineUs);
            if (pending.Helper == _current && !IsSlow(pending.Question))
                next = Math.Min(next, pending.SentUs + SuspectUs);
        }

        return next;
    }

    private PrepareQuestion.Prepare QuestionFor(UnitRuntime unit)
    {
        ExecSettings? exec = unit.Definition.Exec;
        return new PrepareQuestion.Prepare(0, unit.Name)
        {
            Conditions = unit.Definition.Conditions,
            User = exec?.User,
            Group = exec?.Group,
            DynamicUsers = exec is { DynamicUser: true } ? paths.DynamicUsers : null,
            SupplementaryGroups = exec?.SupplementaryGroups ?? [],
            EnvironmentFiles = exec?.EnvironmentFiles ?? [],
            Directories = exec?.Directories ?? [],
            Bases = BasesFor(exec),
        };
    }

    private DirectoryBase[] BasesFor(ExecSettings? exec)
    {
        IReadOnlyList<string> bases = paths.DirectoryBases;
        return
        [
            new(bases[0], exec?.RuntimeDirectoryMode ?? 0),
            new(bases[1], exec?.StateDirectoryMode ?? 0),
            new(bases[2], exec?.CacheDirectoryMode ?? 0),
            new(bases[3], exec?.LogsDirectoryMode ?? 0),
            new(bases[4], exec?.ConfigurationDirectoryMode ?? 0),
        ];
    }
}
