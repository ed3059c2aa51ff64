using InitTx.PlannerCheck.Scenarios;
using InitTx.Units.Model;

namespace InitTx.PlannerCheck.Running;

/// <summary>
/// A planner that takes Requisite= for Requires=: a comparison that does not see it proves nothing.
/// </summary>
internal static class Faults
{
    private const int Requisite = 1 << (int)DependencyKind.Requisite;
    private const int Requires = 1 << (int)DependencyKind.Requires;

    public static void Plant(Scenario scenario)
    {
        for (int from = 0; from < scenario.Units; from++)
        {
            for (int to = 0; to < scenario.Units; to++)
            {
                if ((scenario[from, to] & Requisite) != 0)
                    scenario[from, to] = (scenario[from, to] & ~Requisite) | Requires;
            }
        }
    }
}
