using System.Text;
using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.PlannerCheck.Scenarios;

/// <summary>How a unit is when the plan is made.</summary>
/// <param name="Pending">The job that another transaction has installed for it.</param>
/// <param name="PendingRuns">That job runs; else it waits.</param>
internal readonly record struct Condition(
    SubState Sub,
    JobKind? Pending = null,
    bool PendingRuns = false,
    bool CanReload = true,
    bool IgnoresIsolate = false)
{
    public ActiveState Active => StateWords.ActiveOf(Sub);
}

/// <summary>What is asked for; goals and stops are sets of units, a bit each.</summary>
/// <param name="IsBoot">Refusal is no answer.</param>
/// <param name="IsExact">Nothing is pulled in that is only wanted.</param>
internal readonly record struct Ask(
    RequestVerb Verb,
    int Goals,
    int Stops = 0,
    JobMode Mode = JobMode.Replace,
    bool IsBoot = false,
    bool IsExact = false);

/// <summary>
/// A few units with their dependencies and conditions, and a request: all that a plan may depend
/// on. Unit 0 is <c>a.service</c>, the first by name.
/// </summary>
internal sealed class Scenario
{
    public const int MostUnits = 5;

    /// <summary>Bits of <see cref="DependencyKind"/>, from unit to unit.</summary>
    private readonly int[] _kinds = new int[MostUnits * MostUnits];

    public int Units { get; set; }

    public Condition[] Conditions { get; } = new Condition[MostUnits];

    /// <summary>What became of each unit's file.</summary>
    public UnitLoadState[] Files { get; } = new UnitLoadState[MostUnits];

    /// <summary>Units are loaded from the last to the first.</summary>
    public bool LoadsBackwards { get; set; }

    public Ask Ask { get; set; }

    /// <summary>The kinds of dependency that one unit declares on another.</summary>
    public int this[int from, int to]
    {
        get => _kinds[(from * MostUnits) + to];
        set => _kinds[(from * MostUnits) + to] = value;
    }

    public static string Name(int unit) => (char)('a' + unit) + ".service";

    /// <summary>Everything in one line, for a report.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        for (int unit = 0; unit < Units; unit++)
        {
            Condition c = Conditions[unit];
            text.Append((char)('a' + unit)).Append(':');
            if (Files[unit] != UnitLoadState.Loaded)
                text.Append(' ').Append(Files[unit]);
            text.Append(' ').Append(c.Active);
            if (c.Pending is { } kind)
                text.Append(c.PendingRuns ? " running-" : " waiting-").Append(kind);
            text.Append(c.CanReload ? "" : " no-reload").Append(c.IgnoresIsolate ? " keeps" : "");
            for (int other = 0; other < Units; other++)
            {
                for (int kind2 = 0; this[unit, other] >> kind2 != 0; kind2++)
                {
                    if ((this[unit, other] >> kind2 & 1) != 0)
                        text.Append(' ').Append((DependencyKind)kind2).Append('=')
                            .Append((char)('a' + other));
                }
            }

            text.Append("; ");
        }

        text.Append(Ask.Verb)
            .Append(Ask.IsBoot ? " at boot" : "")
            .Append(Ask.IsExact ? " exact" : "")
            .Append(Ask.Mode == JobMode.Fail ? " fail" : "");
        for (int unit = 0; unit < Units; unit++)
        {
            if ((Ask.Goals >> unit & 1) != 0)
                text.Append(' ').Append((char)('a' + unit));
            if ((Ask.Stops >> unit & 1) != 0)
                text.Append(" down:").Append((char)('a' + unit));
        }

        return text.Append(LoadsBackwards ? " (loaded backwards)" : "").ToString();
    }
}
