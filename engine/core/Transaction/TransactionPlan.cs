using InitTx.Core.Job;
using InitTx.Units.Model;

namespace InitTx.Core.Transaction;

/// <summary>Why a job is in a plan: one edge of the chain from a goal.</summary>
/// <param name="Unit">The unit that pulls, or the goal itself.</param>
/// <param name="Dependency">The setting, for example <c>Requires</c>; <c>goal</c> for a goal.</param>
/// <param name="Source">file:line of the edge, or <c>built-in</c>.</param>
public sealed record PlanReason(UnitName Unit, string Dependency, string Source);

/// <summary>One job of a plan with the chain that leads to it, nearest edge first.</summary>
public sealed record PlannedJob(UnitName Unit, JobKind Kind, IReadOnlyList<PlanReason> Reasons);

/// <summary>
/// The job of <paramref name="Before"/> ends before that of <paramref name="After"/> begins.
/// </summary>
public readonly record struct PlanEdge(UnitName Before, UnitName After);

/// <summary>
/// A plan: a pure function of (units, states, request), jobs sorted by unit name, edges sorted.
/// Nothing has changed when it exists.
/// </summary>
public sealed record TransactionPlan
{
    public required IReadOnlyList<UnitName> Goals { get; init; }
    public required IReadOnlyList<PlannedJob> Jobs { get; init; }
    public required IReadOnlyList<PlanEdge> Edges { get; init; }

    /// <summary>What cannot be undone, a line each.</summary>
    public IReadOnlyList<string> Irreversible { get; init; } = [];

    /// <summary>
    /// Jobs that were dropped to get a plan at all (boot only, and Wants), with the reason.
    /// </summary>
    public IReadOnlyList<string> Dropped { get; init; } = [];

    /// <summary>Why there is no plan: each line with file:line; empty when there is one.</summary>
    public IReadOnlyList<string> Refused { get; init; } = [];

    /// <summary>The code that goes with <see cref="Refused"/>.</summary>
    public Ports.ExitCode RefusedCode { get; init; }

    /// <summary>Lower-case SHA-256 of the canonical form (DESIGN §7).</summary>
    public string Hash { get; init; } = "";
}
