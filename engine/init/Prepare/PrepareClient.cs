using InitTx.Core;
using InitTx.Init.Processes;
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
/// Main thread only.
/// </summary>
internal sealed class PrepareClient(
    EventLoop loop, EventQueue queue, InternalProcesses processes, ManagerPaths paths, ManagerConsole console)
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
        }
    }

    /// <summary>Fails what is overdue and leaves helpers that hang.</summary>
    public void OnDeadline(long nowUs)
    {
        foreach (PendingQuestion pending in Snapshot())
        {
            if (pending.DeadlineUs <= nowUs && _pending.Remove(pending.Question.Token))
                pending.Answered(PrepareReply.None("the prepare helper did not answer in time: a file system or name service hangs"));
        }

        if (_current is { } helper && OldestSent(helper) is var oldest && nowUs - oldest >= SuspectUs
            && oldest != long.MaxValue)
        {
            helper.Suspect = true;
            _stuck++;
            _current = null;
            console.Line($"prepare helper {helper.Pid} hangs; {_stuck} of at most {MaxStuck}");
            foreach (PendingQuestion moved in Snapshot())
            {
                // The one it hangs on stays with it: another helper would hang on it too.
                if (moved.Helper == helper && moved.SentUs > oldest)
                    Send(moved, nowUs);
            }
        }
    }

    private void Answer(PrepareHelper helper, PrepareAnswer? answer, PrepareReceived got)
    {
        if (answer is null || !_pending.Remove(answer.Token, out PendingQuestion? pending))
        {
            // Late, or garbage: the deadline has spoken for it.
            got.Close();
            return;
        }

        if (helper.Suspect)
            Dismiss(helper);
        pending.Answered(new PrepareReply(answer, got.Descriptor, answer.Error ?? "")
        {
            Second = got.Second,
        });
        got.Close();
    }

    /// <summary>It got over what it hung on; another has its place, so it may go.</summary>
    private void Dismiss(PrepareHelper helper)
    {
        _stuck -= helper.Recover();
        if (OldestSent(helper) != long.MaxValue)
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
        _current = PrepareHelper.Start(loop, processes, paths, number, out string error);
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

    private static bool IsSlow(PrepareQuestion question) =>
        question is PrepareQuestion.RunGenerators or PrepareQuestion.ReadUnits;

    private PendingQuestion[] Snapshot()
    {
        var all = new PendingQuestion[_pending.Count];
        _pending.Values.CopyTo(all, 0);
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
