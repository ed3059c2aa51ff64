using InitTx.Core;
using InitTx.Simulation.World;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// Every process that the manager made or adopted, what became of it, and how often a row says so.
/// Shared by I8 and I23, which ask it different questions.
/// </summary>
internal sealed class ExitLedger
{
    private readonly List<LedgerEntry> _entries = [];
    private readonly Dictionary<int, LedgerEntry> _byPid = [];

    /// <summary>All entries in order of birth.</summary>
    public IReadOnlyList<LedgerEntry> Entries => _entries;

    /// <summary>A process was made.</summary>
    public void Add(SimulatedProcess process)
    {
        var entry = new LedgerEntry(process);
        _entries.Add(entry);
        _byPid[process.Identity.Pid] = entry;
    }

    /// <summary>The unit has another main process from here on.</summary>
    public void ReleaseMains(string unit)
    {
        foreach (LedgerEntry e in _entries)
        {
            if (e.Process is { Alive: true, Role: ExecRole.Main } p && p.Unit.Value == unit)
                e.IsReleased = true;
        }
    }

    /// <summary>The last process with that pid, or null.</summary>
    public LedgerEntry? Find(int pid) => _byPid.GetValueOrDefault(pid);
}

/// <summary>One process in the ledger.</summary>
internal sealed class LedgerEntry(SimulatedProcess process)
{
    public SimulatedProcess Process { get; } = process;

    /// <summary>Rows that say it ended, of whatever kind.</summary>
    public int EndRows { get; set; }

    /// <summary>
    /// The engine took note of it; what is given up before that is the orphan reaper's.
    /// </summary>
    public bool IsHeld { get; set; }

    /// <summary>
    /// The unit gave it up or took another main process: it is the orphan reaper's now.
    /// </summary>
    public bool IsReleased { get; set; }

    /// <summary>It existed when the manager crashed.</summary>
    public bool SawCrash { get; set; }
}
