using InitTx.Units.Model;

namespace InitTx.Simulation.World;

/// <summary>
/// The helper reads PID files: an answer takes a millisecond. Asked again after a planned re-exec,
/// the helper is where it was with the first question.
/// </summary>
internal sealed class PidFileReads(SimulatedWorld world)
{
    private const long ReadUs = 1_000;

    private readonly Dictionary<UnitName, Question> _asked = [];

    /// <summary>The ReadPidFile effect.</summary>
    public void Ask(UnitName unit)
    {
        Question question = _asked.Remove(unit, out Question? old) && old.Forgotten
            ? new Question(old.AnsweredAtUs, old.Tie, old.ReadTie)
            : new Question(world.Clock.ActiveUs + ReadUs, world.Tie(unit, 18), world.Tie(unit, 18));
        _asked[unit] = question;
        world.Agenda.At(
            Math.Max(world.Clock.ActiveUs, question.AnsweredAtUs), question.Tie, () =>
            {
                if (!question.Forgotten)
                    world.Ready.Post(
                        new PidFileInput(world.Processes, unit, () => Read(unit, question)),
                        question.ReadTie);
            });
    }

    /// <summary>The manager is gone: answers to its questions reach nobody.</summary>
    public void Forget()
    {
        foreach (Question question in _asked.Values)
            question.Forgotten = true;
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

    private void Read(UnitName unit, Question question)
    {
        if (_asked.TryGetValue(unit, out Question? current) && current == question)
            _asked.Remove(unit);
    }

    private sealed class Question(long answeredAtUs, ulong tie, ulong readTie)
    {
        public long AnsweredAtUs => answeredAtUs;
        public ulong Tie => tie;
        public ulong ReadTie => readTie;
        public bool Forgotten { get; set; }
    }
}
