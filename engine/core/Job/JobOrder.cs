using InitTx.Units.Model;

namespace InitTx.Core.Job;

/// <summary>
/// Which of two jobs runs first when their units are ordered (systemd.unit(5), Before=): starts in
/// the order of the units, stops against it, and where one is a stop, the stop first.
/// </summary>
internal static class JobOrder
{
    /// <summary>
    /// True when the job of the earlier unit runs first, false when the later unit's does.
    /// </summary>
    /// <param name="later">The kind of job of the unit that is ordered after the other.</param>
    public static bool EarlierUnitFirst(JobKind later) => later is not (JobKind.Stop or JobKind.Restart);

    /// <summary>Jobs of this kind take no part in ordering.</summary>
    public static bool IsUnordered(JobKind kind) => kind == JobKind.Nop;

    /// <summary>
    /// The kinds of edges that order two units; for each, whether the declaring unit is the later
    /// one. RequiresMountsFor= orders as After=.
    /// </summary>
    public static readonly (DependencyKind Kind, bool DeclaringIsLater)[] Kinds =
    [
        (DependencyKind.Before, false), (DependencyKind.After, true),
        (DependencyKind.RequiresMountsFor, true),
    ];
}
