using InitTx.Core.Ports;
using InitTx.Core.Transaction;
using InitTx.PlannerCheck.Running;

namespace InitTx.PlannerCheck.Scenarios;

/// <summary>
/// Three units, one kind of dependency or none for each ordered pair, but for RequiresMountsFor=
/// (a need and an order in one: <see cref="Pairs"/> and <see cref="Samples"/> have it). The goal is
/// the first; graphs that differ only in which of the others is which are one. Every graph is
/// planned from every kind of state of each unit with every verb.
/// </summary>
internal static class Triples
{
    private static readonly (int From, int To)[] Places =
        [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)];

    // The same places when the second and the third unit change their names.
    private static readonly int[] Swapped = [1, 0, 4, 5, 2, 3];

    private static readonly int Ways = Space.Kinds.Length;

    private static readonly RequestVerb[] Verbs = Space.Verbs[..5];

    /// <summary>Every graph by its number, those that are another one's twin included.</summary>
    public static int Blocks { get; } = (int)Math.Pow(Ways, Places.Length);

    public static bool IsTwin(int block)
    {
        Span<int> kinds = stackalloc int[Places.Length];
        Read(block, kinds);
        for (int i = 0; i < kinds.Length; i++)
        {
            if (kinds[i] != kinds[Swapped[i]])
                return kinds[i] > kinds[Swapped[i]];
        }

        return false;
    }

    public static void Run(Worker worker, Scenario scenario, int block, ulong seed)
    {
        Span<int> kinds = stackalloc int[Places.Length];
        Read(block, kinds);
        scenario.Units = 3;
        for (int i = 0; i < kinds.Length; i++)
            scenario[Places[i].From, Places[i].To] = Pairs.Kind(kinds[i]);
        var draw = new Draw(seed ^ (ulong)block * 0x9E3779B97F4A7C15);
        scenario.LoadsBackwards = draw.OneIn(2);
        worker.Read(scenario);
        for (int states = 0; states < 64; states++)
        {
            scenario.Conditions[0] = draw.Pick(Space.States[states & 3]);
            scenario.Conditions[1] = draw.Pick(Space.States[states >> 2 & 3]);
            scenario.Conditions[2] = draw.Pick(Space.States[states >> 4]);
            foreach (RequestVerb verb in Verbs)
            {
                scenario.Ask = new Ask(verb, 1);
                PlanDraft draft = worker.Compare(scenario);
                if (draw.OneIn(256))
                    worker.CompareOrder(scenario, draft);
            }
        }
    }

    private static void Read(int block, Span<int> kinds)
    {
        for (int i = 0; i < kinds.Length; i++, block /= Ways)
            kinds[i] = block % Ways;
    }
}
