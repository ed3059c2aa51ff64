using InitTx.Core.Job;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Core.Transaction;

/// <summary>
/// The last look at the merged jobs: two units that conflict are never both started. Resolving
/// conflicts works on wishes, whose strength can change while the closure is made; what it let
/// through is refused here by its edge, first by name.
/// </summary>
internal static class Pass6RefuseContradictions
{
    public static void Run(PlanDraft draft)
    {
        if (draft.Request.IsBoot)
            return;
        var starting = new HashSet<UnitRuntime>();
        foreach (DraftUnit unit in draft.Jobs)
        {
            if (unit.Kind is JobKind.Start or JobKind.Restart)
                starting.Add(unit.Unit);
        }

        foreach (DraftUnit unit in draft.Jobs)
        {
            if (!starting.Contains(unit.Unit))
                continue;
            foreach (UnitEdge edge in unit.Unit.Out[DependencyKind.Conflicts])
            {
                if (!starting.Contains(edge.Other))
                    continue;
                draft.Refuse(
                    ExitCode.Refused,
                    $"{unit.Unit.Name} and {edge.Other.Name} would both be started, but "
                    + $"{unit.Unit.Name} {PlanText.Edge(edge.Declared)}");
                return;
            }
        }
    }
}
