using InitTx.Core.Ports;
using InitTx.Core.Transaction;
using InitTx.PlannerCheck.Running;
using InitTx.Units.Model;

namespace InitTx.PlannerCheck.Scenarios;

/// <summary>
/// Four or five units with dependencies of all kinds, several between two units as well, some
/// without a file, from any states with any pending jobs, several goals.
/// </summary>
internal static class Samples
{
    private const int AllKinds = (int)DependencyKind.RequiresMountsFor + 1;
    private const int AsksOfEach = 4;

    /// <summary>One sample; its number and the seed decide everything.</summary>
    public static void Run(Worker worker, int number, ulong seed)
    {
        var draw = new Draw(seed ^ (ulong)number * 0x9E3779B97F4A7C15);
        var scenario = new Scenario { Units = 4 + draw.Below(2), LoadsBackwards = draw.OneIn(2) };
        int density = 15 + draw.Below(50);
        for (int from = 0; from < scenario.Units; from++)
        {
            scenario.Files[from] = !draw.OneIn(12) ? UnitLoadState.Loaded
                : draw.OneIn(2) ? UnitLoadState.NotFound : UnitLoadState.Masked;
            for (int to = 0; to < scenario.Units; to++)
            {
                bool declares = scenario.Files[from] == UnitLoadState.Loaded && from != to;
                for (int chance = density; declares && draw.Below(100) < chance; chance = 20)
                    scenario[from, to] |= DrawKind(ref draw);
            }
        }

        worker.Read(scenario);
        for (int i = 0; i < AsksOfEach; i++)
        {
            for (int unit = 0; unit < scenario.Units; unit++)
                scenario.Conditions[unit] = DrawCondition(scenario.Files[unit], ref draw);
            scenario.Ask = DrawAsk(scenario.Units, ref draw);
            PlanDraft draft = worker.Compare(scenario);
            worker.CompareOrder(scenario, draft);
            if (draw.OneIn(4))
                worker.CompareLoading(scenario, draft);
        }
    }

    // What says nothing to a planner is there as well, but not often.
    private static int DrawKind(ref Draw draw) => draw.OneIn(10)
        ? 1 << draw.Below(AllKinds)
        : 1 << (int)draw.Pick(Space.Kinds);

    private static Condition DrawCondition(UnitLoadState file, ref Draw draw)
    {
        Condition condition = draw.OneIn(3)
            ? draw.Pick(Space.Conditions)
            : draw.Pick(Space.Conditions[..4]);
        return condition with
        {
            CanReload = !draw.OneIn(4) && file == UnitLoadState.Loaded,
            IgnoresIsolate = draw.OneIn(8),
        };
    }

    private static Ask DrawAsk(int units, ref Draw draw)
    {
        int goals = 1 << draw.Below(units);
        if (draw.OneIn(3))
            goals |= 1 << draw.Below(units);
        JobMode mode = draw.OneIn(2) ? JobMode.Fail : JobMode.Replace;
        return draw.Below(12) switch
        {
            0 => new Ask(RequestVerb.Apply, goals, 1 << draw.Below(units), mode),
            1 => new Ask(RequestVerb.Start, goals, IsBoot: true),
            2 => new Ask(RequestVerb.Start, goals, IsExact: true),
            _ => new Ask(draw.Pick(Space.Verbs), goals, 0, mode),
        };
    }
}
