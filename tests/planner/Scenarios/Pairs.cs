using InitTx.Core.Transaction;
using InitTx.PlannerCheck.Running;
using InitTx.Units.Model;

namespace InitTx.PlannerCheck.Scenarios;

/// <summary>
/// Up to two units, everything: one kind of dependency or none each way, files there, missing or
/// masked, every state with every pending job, every request.
/// </summary>
internal static class Pairs
{
    private static readonly UnitLoadState[] Files =
        [UnitLoadState.Loaded, UnitLoadState.NotFound, UnitLoadState.Masked];

    private static readonly int Ways = Space.Kinds.Length + 1;

    public static int Blocks => Ways * Ways;

    /// <summary>One pair of dependencies.</summary>
    public static void Run(Worker worker, int block, ulong seed)
    {
        foreach (UnitLoadState first in Files)
        {
            foreach (UnitLoadState second in Files)
            {
                var scenario = new Scenario { Units = 2, LoadsBackwards = (block & 1) != 0 };
                scenario[0, 1] = Kind(block % Ways);
                scenario[1, 0] = Kind(block / Ways);
                (scenario.Files[0], scenario.Files[1]) = (first, second);

                // What has no file declares nothing.
                if ((first != UnitLoadState.Loaded && scenario[0, 1] != 0)
                    || (second != UnitLoadState.Loaded && scenario[1, 0] != 0))
                    continue;
                worker.Read(scenario);
                Run(worker, scenario, new Draw(seed ^ (ulong)block));
            }
        }
    }

    /// <summary>Some plans of one pair of dependencies, the same each time.</summary>
    public static void RunSome(Worker worker, int block, int plans)
    {
        var draw = new Draw((ulong)block);
        for (int i = 0; i < plans; i++)
        {
            var scenario = new Scenario { Units = 2, LoadsBackwards = draw.OneIn(2) };
            scenario[0, 1] = Kind(block % Ways);
            scenario[1, 0] = Kind(block / Ways);
            for (int unit = 0; unit < 2; unit++)
            {
                scenario.Files[unit] = scenario[unit, 1 - unit] == 0 && draw.OneIn(3)
                    ? draw.Pick(Files)
                    : UnitLoadState.Loaded;
                scenario.Conditions[unit] =
                    Vary(draw.Pick(Space.Conditions), scenario.Files[unit], ref draw);
            }

            scenario.Ask = draw.Pick(Space.AsksOfTwo);
            worker.Read(scenario);
            PlanDraft draft = worker.Compare(scenario);
            worker.CompareOrder(scenario, draft);
            worker.CompareLoading(scenario, draft);
        }
    }

    public static int Kind(int way) => way == 0 ? 0 : 1 << (int)Space.Kinds[way - 1];

    private static void Run(Worker worker, Scenario scenario, Draw draw)
    {
        foreach (Condition first in Space.Conditions)
        {
            foreach (Condition second in Space.Conditions)
            {
                foreach (Ask ask in Space.AsksOfTwo)
                {
                    scenario.Conditions[0] = Vary(first, scenario.Files[0], ref draw);
                    scenario.Conditions[1] = Vary(second, scenario.Files[1], ref draw);
                    scenario.Ask = ask;
                    PlanDraft draft = worker.Compare(scenario);
                    if (draw.OneIn(8))
                        worker.CompareOrder(scenario, draft);
                }
            }
        }
    }

    private static Condition Vary(Condition condition, UnitLoadState file, ref Draw draw) =>
        condition with
        {
            CanReload = !draw.OneIn(3) && file == UnitLoadState.Loaded,
            IgnoresIsolate = draw.OneIn(6),
        };
}
