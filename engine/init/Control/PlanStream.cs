using InitTx.Answers;
using InitTx.Core.Transaction;
using InitTx.Units.Graph;

namespace InitTx.Init.Control;

/// <summary>
/// A plan on its way to a client: written part by part as the client takes them, so that a plan of
/// ten thousand units holds no more memory than a small one. The parts add up.
/// </summary>
internal sealed class PlanStream(TransactionPlan plan, IUnitCatalog catalog)
{
    private const int JobsPerPart = 64;
    private const int EdgesPerPart = 512;
    private const int UnitsPerPart = 8;
    private int _jobs;
    private int _edges;
    private int _units;
    private bool _headIsWritten;

    /// <summary>The last part is written.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Writes the next part; true when it was the last.</summary>
    public bool WritePart(ReplyWriter writer, OutputQueue output)
    {
        var json = writer.Begin(output);
        if (!_headIsWritten)
        {
            PlanJson.WriteHead(json, plan, "live");
            _headIsWritten = true;
        }
        else if (_jobs < plan.Jobs.Count)
        {
            PlanJson.WriteJobs(json, plan, _jobs, JobsPerPart);
            _jobs += JobsPerPart;
        }
        else if (_edges < plan.Edges.Count)
        {
            PlanJson.WriteEdges(json, plan, _edges, EdgesPerPart);
            _edges += EdgesPerPart;
        }
        else
        {
            PlanJson.WriteUnits(json, plan, catalog.Load, _units, UnitsPerPart);
            _units += UnitsPerPart;
        }

        IsDone = _jobs >= plan.Jobs.Count && _edges >= plan.Edges.Count
            && _units >= plan.Jobs.Count;
        IsDone |= !writer.End(continues: !IsDone);
        return IsDone;
    }
}
