using InitTx.PlannerCheck.Scenarios;
using InitTx.Units.Model;

namespace InitTx.PlannerCheck.Running;

/// <summary>
/// A planner that takes Requisite= for Requires=: a comparison that does not see it proves nothing.
/// </summary>
internal static class Faults
{
    public static void Plant(Scenario scenario)
    {
        for (int from = 0; from < scenario.Units; from++)
        {
            for (int to = 0; to < scenario.Units; to++)
            {
                if ((scenario[from, to] >> (int)DependencyKind.Requisite & 1) != 0)
                {
                    scenario[from, to] = (scenario[from, to]
                        & ~(1 << (int)DependencyKind.Requisite)) | 1 << (int)DependencyKind.Requires;
                }
            }
        }
    }
}
