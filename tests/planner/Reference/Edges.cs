using InitTx.PlannerCheck.Scenarios;
using InitTx.Units.Model;

namespace InitTx.PlannerCheck.Reference;

/// <summary>
/// What a job of one unit asks of others, told from the kinds of dependencies alone
/// (systemd.unit(5)): for each unit a set of units, a bit each.
/// </summary>
internal sealed class Edges
{
    /// <summary>Ways on which a stop comes to a unit; the first is a conflict.</summary>
    public const int StopWays = 8;

    /// <summary>The way of a conflict.</summary>
    public const int ConflictWay = 0;

    /// <summary>Ways from here on only pass a stop on: they force nothing.</summary>
    public const int FirstPassedOn = 6;

    private static readonly DependencyKind[] Dependents =
    [
        DependencyKind.Requires, DependencyKind.Requisite, DependencyKind.BindsTo,
        DependencyKind.PartOf, DependencyKind.RequiresMountsFor,
    ];

    private readonly int[] _ways = new int[StopWays * Scenario.MostUnits];

    public int Units { get; private set; }

    /// <summary>Requires= and BindsTo=: started with it, or it does not start.</summary>
    public int[] Needs { get; } = new int[Scenario.MostUnits];

    /// <summary>RequiresMountsFor=: as a need, but a mount without a file is none.</summary>
    public int[] Mounts { get; } = new int[Scenario.MostUnits];

    /// <summary>Requisite=: has to be up, is not started.</summary>
    public int[] Checks { get; } = new int[Scenario.MostUnits];

    /// <summary>Wants= and Upholds=.</summary>
    public int[] Wants { get; } = new int[Scenario.MostUnits];

    /// <summary>Units whose reload goes along.</summary>
    public int[] Reloads { get; } = new int[Scenario.MostUnits];

    /// <summary>Conflicts= in the unit's own file.</summary>
    public int[] Declares { get; } = new int[Scenario.MostUnits];

    /// <summary>Units that the unit is ordered after.</summary>
    public int[] After { get; } = new int[Scenario.MostUnits];

    /// <summary>Units that are to be stopped when the unit starts or stops, on one way.</summary>
    public int Stops(int way, int unit) => _ways[(way * Scenario.MostUnits) + unit];

    /// <summary>
    /// Units that depend on the unit: what its stop stops and its restart restarts.
    /// </summary>
    public int Dependent(int unit)
    {
        int all = 0;
        for (int way = 1; way < FirstPassedOn; way++)
            all |= Stops(way, unit);
        return all;
    }

    public void Read(Scenario scenario)
    {
        Units = scenario.Units;
        int[][] tables = [Needs, Mounts, Checks, Wants, Reloads, Declares, After, _ways];
        foreach (int[] table in tables)
            Array.Clear(table);
        for (int from = 0; from < Units; from++)
        {
            for (int to = 0; to < Units; to++)
            {
                if (from != to && scenario[from, to] != 0)
                    Read(scenario[from, to], from, to);
            }
        }
    }

    private void Read(int kinds, int from, int to)
    {
        Needs[from] |= Bit(kinds, DependencyKind.Requires, to)
            | Bit(kinds, DependencyKind.BindsTo, to);
        Mounts[from] |= Bit(kinds, DependencyKind.RequiresMountsFor, to);
        Checks[from] |= Bit(kinds, DependencyKind.Requisite, to);
        Wants[from] |= Bit(kinds, DependencyKind.Wants, to)
            | Bit(kinds, DependencyKind.Upholds, to);
        Reloads[from] |= Bit(kinds, DependencyKind.PropagatesReloadTo, to);
        Reloads[to] |= Bit(kinds, DependencyKind.ReloadPropagatedFrom, from);
        Declares[from] |= Bit(kinds, DependencyKind.Conflicts, to);
        After[from] |= Bit(kinds, DependencyKind.After, to)
            | Bit(kinds, DependencyKind.RequiresMountsFor, to);
        After[to] |= Bit(kinds, DependencyKind.Before, from);

        Way(ConflictWay, from) |= Bit(kinds, DependencyKind.Conflicts, to);
        Way(ConflictWay, to) |= Bit(kinds, DependencyKind.Conflicts, from);
        for (int i = 0; i < Dependents.Length; i++)
            Way(1 + i, to) |= Bit(kinds, Dependents[i], from);
        Way(FirstPassedOn, from) |= Bit(kinds, DependencyKind.PropagatesStopTo, to);
        Way(FirstPassedOn + 1, to) |= Bit(kinds, DependencyKind.StopPropagatedFrom, from);
    }

    private ref int Way(int way, int unit) => ref _ways[(way * Scenario.MostUnits) + unit];

    private static int Bit(int kinds, DependencyKind kind, int unit) =>
        (kinds >> (int)kind & 1) << unit;
}
