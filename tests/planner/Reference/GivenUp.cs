using InitTx.PlannerCheck.Scenarios;

namespace InitTx.PlannerCheck.Reference;

/// <summary>What contradictions have cost so far.</summary>
/// <param name="Barred">Units that are not started.</param>
/// <param name="Kept">Units that an isolate leaves up though nobody asks for them.</param>
/// <param name="Stops">
/// Stops that are not carried out: by way and unit a set of units, as in <see cref="Edges"/>.
/// </param>
internal sealed record GivenUp(int Barred, int Kept, int[] Stops)
{
    public static readonly GivenUp Nothing =
        new(0, 0, new int[Edges.StopWays * Scenario.MostUnits]);

    /// <summary>The same for what is the same.</summary>
    public string Key => $"{Barred} {Kept} {string.Join(' ', Stops)}";

    public int StopsOf(int way, int by) => Stops[(way * Scenario.MostUnits) + by];

    public GivenUp WithoutStop(int way, int by, int unit)
    {
        int[] stops = [.. Stops];
        stops[(way * Scenario.MostUnits) + by] |= 1 << unit;
        return this with { Stops = stops };
    }
}
