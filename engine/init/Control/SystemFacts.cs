using InitTx.Answers;
using InitTx.Core;
using InitTx.Init.Processes;
using InitTx.Journal.Live;
using InitTx.Linux.BlackBox;
using InitTx.Linux.Features;
using InitTx.Linux.Loop;

namespace InitTx.Init.Control;

/// <summary>What the manager knows of itself and of the machine, for answers.</summary>
internal sealed class SystemFacts(
    StartInfo start, LiveJournal journal, UnitCgroups cgroups,
    Archive.ArchiveHost archive, string bootId, LogFacts logs) : ISystemFacts
{
    private IReadOnlyList<string>? _kernel;

    /// <inheritdoc/>
    public string Version => ProductVersion.Text;

    /// <inheritdoc/>
    public int Pid => Environment.ProcessId;

    /// <inheritdoc/>
    public string BootId => bootId;

    /// <inheritdoc/>
    public JournalFacts Journal
    {
        get
        {
            JournalHealth health = journal.Health();
            return new JournalFacts(health.Level, health.Rows, health.Gaps, archive.Words);
        }
    }

    /// <inheritdoc/>
    public LogFacts Logs => logs;

    /// <inheritdoc/>
    public long Crashes => start.Crashes + start.Hangs;

    /// <inheritdoc/>
    public long Reexecs => start.Reexecs;

    /// <inheritdoc/>
    public string Rung => start.Rung switch
    {
        Linux.BlackBox.Rung.SameImage => "normal",
        Linux.BlackBox.Rung.PreviousImage => "previous",
        Linux.BlackBox.Rung.NoConfiguration => "bare",
        Linux.BlackBox.Rung.LastResort => "last-resort",
        _ => "unknown",
    };

    /// <inheritdoc/>
    public long UptimeUs => MonotonicClock.BootTimeUs() - (start.FirstStartNs / 1000);

    /// <inheritdoc/>
    public IReadOnlyList<string> MissingFeatures
    {
        get
        {
            // Probed when somebody asks: a boot need not wait for it.
            List<string> missing = [.. _kernel ??= KernelFeatures.Missing()];
            if (cgroups.Problem.Length > 0)
                missing.Add(cgroups.Problem);
            return missing;
        }
    }

    /// <inheritdoc/>
    public CgroupAnswer ReadCgroup(UnitRuntime unit) => cgroups.FactsOf(unit);
}
