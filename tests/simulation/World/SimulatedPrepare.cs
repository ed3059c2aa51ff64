using InitTx.Core;
using InitTx.Simulation.Randomness;
using InitTx.Units.Model;

namespace InitTx.Simulation.World;

/// <summary>
/// The prepare helper: answers after a while, says no, or is stuck on a dead file system. It is a
/// process of its own: a crash of the manager loses the answer, not the helper.
/// </summary>
internal sealed class SimulatedPrepare(SimulatedWorld world)
{
    private readonly Dictionary<UnitName, Question> _asked = [];

    /// <summary>Questions without an answer yet.</summary>
    public int Pending
    {
        get
        {
            int n = 0;
            foreach (Question q in _asked.Values)
                n += q.Forgotten ? 0 : 1;
            return n;
        }
    }

    /// <summary>Until then the helper answers nothing, active microseconds.</summary>
    public long StuckUntilUs { get; set; }

    /// <summary>The next questions that are answered with Failed.</summary>
    public int Failing { get; set; }

    /// <summary>The Prepare effect.</summary>
    public void Ask(PrepareToken token, UnitDefinition unit, bool restart)
    {
        // Asked again after a crash, the helper is where it was with the first question.
        Question question = _asked.Remove(unit.Name, out Question? old) && old.Forgotten
            ? old with { Token = token, Forgotten = false, HasStamp = false }
            : Draw(token, unit, restart);
        _asked[unit.Name] = question;
        long delay = Math.Max(0, question.AnsweredAtUs - world.Clock.ActiveUs);
        world.Agenda.At(
            world.Clock.ActiveUs + delay, question.Tie, () => Deliver(unit.Name, question));
    }

    /// <summary>
    /// The manager crashed: it has forgotten its questions, so their answers reach nobody.
    /// </summary>
    public void Forget()
    {
        foreach (UnitName unit in new List<UnitName>(_asked.Keys))
            _asked[unit] = _asked[unit] with { Forgotten = true };
    }

    /// <summary>A new engine is there: it asks again only what it still waits for.</summary>
    public void Keep(Engine restored)
    {
        foreach (UnitName unit in new List<UnitName>(_asked.Keys))
        {
            if (restored.Find(unit)?.PrepareToken != _asked[unit].Token)
                _asked.Remove(unit);
        }
    }

    /// <summary>Recovery is over: what was not asked again is asked no more.</summary>
    public void DropForgotten()
    {
        foreach (UnitName unit in new List<UnitName>(_asked.Keys))
        {
            if (_asked[unit].Forgotten)
                _asked.Remove(unit);
        }
    }

    private Question Draw(PrepareToken token, UnitDefinition unit, bool restart)
    {
        int ordinal = world.Ordinal(unit.Name);
        Prng p = world.Seed.Stream(Purpose.Prepare, ordinal, world.Nth(Purpose.Prepare, ordinal));
        long delay = p.Pick([0L, 1_000, 1_000, 20_000]);
        (PrepareOutcome outcome, string detail) = Answer(p, unit);
        if (Failing > 0)
        {
            Failing--;
            (outcome, detail) = (PrepareOutcome.Failed, "User=daemon: No such process");
        }

        // A restart does not wait for a stuck helper: the last prepared block will do.
        if (world.Clock.ActiveUs < StuckUntilUs && !restart)
            delay += StuckUntilUs - world.Clock.ActiveUs;
        return new Question(token, world.Clock.ActiveUs + delay, outcome, detail,
            world.Tie(unit.Name, 13), world.Tie(unit.Name, 14), false);
    }

    private static (PrepareOutcome, string) Answer(Prng p, UnitDefinition unit)
    {
        if (unit.Conditions.Count > 0 && p.Percent(35))
        {
            return unit.Conditions[0].IsAssert
                ? (PrepareOutcome.AssertFailed, "AssertPathExists=/etc/x was not met")
                : (PrepareOutcome.ConditionFailed, "ConditionPathExists=/etc/x was not met");
        }

        return (PrepareOutcome.Ready, "");
    }

    private void Deliver(UnitName unit, Question question)
    {
        if (!_asked.TryGetValue(unit, out Question? current) || current != question)
            return;
        if (world.Catalog.Load(unit).Timer is { } timer && Engine.KeepsStamp(timer)
            && !question.HasStamp)
        {
            // The shell tells of the stamp first, then that all is prepared.
            Question next = question with { HasStamp = true };
            _asked[unit] = next;
            world.Stamps.Tell(unit, question.ReadTie);
            long at = Math.Max(world.Clock.ActiveUs, question.AnsweredAtUs + 1);
            world.Agenda.At(at, question.Tie, () => Deliver(unit, next));
            return;
        }

        world.Ready.Post(
            new PreparedInput(question, () => WasRead(unit, question)), question.ReadTie);
    }

    private void WasRead(UnitName unit, Question question)
    {
        if (_asked.TryGetValue(unit, out Question? current) && current == question)
            _asked.Remove(unit);
    }

    private sealed record Question(
        PrepareToken Token, long AnsweredAtUs, PrepareOutcome Outcome, string Detail,
            ulong Tie, ulong ReadTie, bool Forgotten, bool HasStamp = false);

    private sealed class PreparedInput(Question question, Action read) : Input
    {
        public override EngineEvent Read(Engine engine)
        {
            read();
            return new EngineEvent.Prepared(question.Token, question.Outcome, question.Detail);
        }
    }
}
