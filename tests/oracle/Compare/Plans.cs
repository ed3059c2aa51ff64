using InitTx.Core;
using InitTx.Core.Job;
using InitTx.Core.Ports;
using InitTx.Core.Transaction;
using InitTx.Oracle.Tests.Judge;
using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Oracle.Tests.Compare;

/// <summary>Our plan of a start on a system where nothing runs, in the dump's words.</summary>
internal static class Plans
{
    internal readonly record struct Ordered(
        SortedSet<string> Jobs, SortedSet<string> Edges, TransactionPlan Plan);

    /// <summary>Plans as <c>initx plan start</c> does offline.</summary>
    public static Ordered Start(UnitLoader loader, string unit, EngineLimits? limits = null)
    {
        var engine = new Engine(loader, limits ?? new EngineLimits());
        TransactionPlan plan = engine.Plan(new ControlRequest
        {
            Id = default,
            Verb = RequestVerb.Start,
            Requester = Requester.Manager,
            Units = [UnitName.Parse(unit)],
            Mode = JobMode.Fail,
            DryRun = true,
        });
        Assert.That(plan.Refused, Is.Empty);
        var jobs = new SortedSet<string>(StringComparer.Ordinal);
        foreach (PlannedJob job in plan.Jobs)
            jobs.Add($"{job.Unit} {Word(job.Kind)}");
        var edges = new SortedSet<string>(StringComparer.Ordinal);
        foreach (PlanEdge edge in plan.Edges)
            edges.Add($"{edge.Before} < {edge.After}");
        return new Ordered(jobs, edges, plan);
    }

    public static SortedSet<string> Jobs(Dump dump)
    {
        var jobs = new SortedSet<string>(StringComparer.Ordinal);
        foreach ((string unit, string kind) in dump.Jobs)
            jobs.Add($"{unit} {kind}");
        return jobs;
    }

    /// <summary>The lines that begin with a name.</summary>
    public static SortedSet<string> Of(SortedSet<string> lines, string prefix) => new(
        lines.Where(l => l.StartsWith(prefix, StringComparison.Ordinal)
            || l.Contains(" < " + prefix, StringComparison.Ordinal)), StringComparer.Ordinal);

    private static string Word(JobKind kind) => kind switch
    {
        JobKind.Start => "start",
        JobKind.Stop => "stop",
        JobKind.Restart => "restart",
        JobKind.Reload => "reload",
        JobKind.VerifyActive => "verify-active",
        JobKind.Nop => "nop",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
