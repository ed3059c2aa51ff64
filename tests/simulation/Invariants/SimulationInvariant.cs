using InitTx.Core;
using InitTx.Simulation.World;
using InitTx.Units.Model;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// One promise, looked at after every step. An invariant sees what the shell and the world see,
/// never the engine's inside beyond its read model. It reports; it decides nothing.
/// </summary>
internal abstract class SimulationInvariant(string name, string sentence)
{
    private const int MostReports = 3;
    private int _reports;

    /// <summary>Its number in the list of promises, for example <c>I6</c>.</summary>
    public string Name { get; } = name;

    /// <summary>The promise in one sentence.</summary>
    public string Sentence { get; } = sentence;

    /// <summary>Where violations go; set by the run.</summary>
    public Action<Violation>? Report { get; set; }

    /// <summary>The run it watches; set before the first call.</summary>
    public required RunView View { get; init; }

    /// <summary>
    /// An event was handled; its records and effects are in the step, not yet committed.
    /// </summary>
    public virtual void Handled(EngineEvent e)
    {
    }

    /// <summary>A batch is committed (or spilled to the ring); its effects have not run.</summary>
    public virtual void Committed(EngineStep step)
    {
    }

    /// <summary>An effect is about to run.</summary>
    public virtual void BeforeEffect(Effect effect)
    {
    }

    /// <summary>A batch is over, its effects have run.</summary>
    public virtual void BatchEnded()
    {
    }

    /// <summary>A process was made for a spawn.</summary>
    public virtual void Made(SimulatedProcess process)
    {
    }

    /// <summary>A process ended.</summary>
    public virtual void Died(SimulatedProcess process)
    {
    }

    /// <summary>
    /// The manager lost its memory; <see cref="RunView.Engine"/> is still the old one.
    /// </summary>
    public virtual void Crashed()
    {
    }

    /// <summary>The new engine is restored; <c>Recovered</c> has not been handled.</summary>
    public virtual void Restored()
    {
    }

    /// <summary><c>Recovered</c> has been handled and its effects have run.</summary>
    public virtual void Recovered()
    {
    }

    /// <summary>Faults are over and nothing has happened for a while.</summary>
    public virtual void Quiet()
    {
    }

    /// <summary>The boot is over.</summary>
    /// <param name="final">The last stage of the shutdown was reached.</param>
    public virtual void End(bool final)
    {
    }

    /// <summary>
    /// The unit's own settings let the process live on after a stop, or nobody can kill it.
    /// </summary>
    protected bool MayLinger(SimulatedProcess process)
    {
        KillSettings? kill = View.World.Catalog.Load(process.Unit).Kill;
        return kill is null or { Mode: KillMode.None } or { SendSigkill: false }
            || kill.FinalKillSignal != 9 || process.Script.KillDelayUs > 0 || process.WasSpared;
    }

    /// <summary>
    /// Reports a violation; only the first few of one invariant, the rest says no more.
    /// </summary>
    protected void Fail(string what)
    {
        if (_reports++ < MostReports)
            Report?.Invoke(new Violation(Name, Sentence, what, View.Clock.BootUs, View.Batches));
    }
}

/// <summary>A promise that did not hold.</summary>
internal sealed record Violation(string Invariant, string Sentence, string What, long AtUs,
    long Batch);
