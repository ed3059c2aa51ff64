using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Simulation.Faults;

namespace InitTx.Simulation.Running;

/// <summary>What a boot came to; added up over a run.</summary>
internal sealed class Statistics
{
    /// <summary>Faults by kind.</summary>
    public int[] Faults { get; } = new int[(int)FaultKind.MemoryRunsOut + 1];

    /// <summary>Rows by kind.</summary>
    public int[] Rows { get; } = new int[(int)RecordKind.Rejected + 1];

    /// <summary>Requests by verb.</summary>
    public int[] Verbs { get; } = new int[(int)RequestVerb.Thaw + 1];

    /// <summary>Transactions that ended, by outcome.</summary>
    public SortedDictionary<string, long> Outcomes { get; } = new(StringComparer.Ordinal);

    public int Units { get; set; }
    public int Events { get; set; }
    public int Restarts { get; set; }
    public int Operations { get; set; }
    public int Processes { get; set; }
    public long VirtualUs { get; set; }

    /// <summary>Rows of kind transition.</summary>
    public int Transitions => Rows[(int)RecordKind.Transition];

    /// <summary>Faults of all kinds.</summary>
    public int FaultCount
    {
        get
        {
            int sum = 0;
            foreach (int n in Faults)
                sum += n;
            return sum;
        }
    }

    /// <summary>A fault was injected.</summary>
    public void Fault(FaultKind kind) => Faults[(int)kind]++;

    /// <summary>A batch was committed.</summary>
    public void Committed(EngineStep step)
    {
        foreach (JournalRecord r in step.Records)
        {
            Rows[(int)r.Kind]++;
            if (r is { Kind: RecordKind.Transaction, To: "ended", Result: { } outcome })
                Outcomes[outcome] = Outcomes.GetValueOrDefault(outcome) + 1;
        }
    }
}
