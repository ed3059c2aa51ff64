using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;
using InitTx.Core.Ports;
using InitTx.Protocol.Answers;
using Spectre.Console;

namespace InitTx.Cli.Rendering;

/// <summary>
/// A plan for people: what happens in which order, why each job is there, what is final.
/// </summary>
internal static class PlanView
{
    /// <summary>Shows the plan; the exit status says whether there is one.</summary>
    public static int Write(
        Session session, string verb, PlanDocument plan, string options = "",
        string? subject = null)
    {
        IReadOnlyList<string> refused = plan.Head.Refused ?? [];
        int code = refused.Count == 0
            ? 0
            : plan.Head.Code == 0 ? (int)ExitCode.Refused : plan.Head.Code;
        if (session.Json)
        {
            JsonLines.WriteObject(session.Out, plan.WriteJson);
            return code;
        }

        if (refused.Count > 0)
            return session.Fail((ExitCode)code, refused[0], [.. refused.Skip(1)]);
        if (!session.Quiet)
            Draw(
                session, verb, plan, subject ?? string.Join(' ', plan.Head.Goals ?? []), options);
        return code;
    }

    private static void Draw(
        Session session, string verb, PlanDocument plan, string goals, string options)
    {
        if (plan.Jobs.Count == 0)
        {
            session.Out.WriteLine(SafeText.Clean($"{verb} {goals}: nothing to do"));
            return;
        }

        Table table = Sheet.NewTable("STEP", "JOB", "UNIT", "WHY");
        foreach ((int step, PlannedJobAnswer job) in PlanOrder.Steps(plan))
        {
            table.AddRow(
                Sheet.Cell(Numbers.Plain(step)),
                Sheet.Cell(job.Kind),
                Sheet.Cell(job.Unit),
                Sheet.Cell(Why(job)));
        }

        Sheet.Draw(session, table);
        session.Out.WriteLine();
        foreach (string text in plan.Head.Irreversible ?? [])
            session.Out.WriteLine(session.Paint.Warn(SafeText.Clean($"cannot be undone: {text}")));
        foreach (string text in plan.Head.Dropped ?? [])
            session.Out.WriteLine(session.Paint.Warn(SafeText.Clean($"left out: {text}")));
        string jobs = plan.Jobs.Count == 1 ? "1 job" : $"{plan.Jobs.Count} jobs";
        if (plan.Head.Basis == "live")
        {
            session.Out.WriteLine($"{jobs}. To run exactly this plan:");
            session.Out.WriteLine(
                SafeText.Clean($"  initx {verb} {goals}{options} --plan-hash={plan.Head.Hash}"));
        }
        else
        {
            session.Out.WriteLine(
                $"{jobs}, planned {plan.Head.Basis}: it cannot be run by its hash");
        }
    }

    private static string Why(PlannedJobAnswer job)
    {
        if (job.Reasons.Count == 0)
            return "";
        ReasonAnswer nearest = job.Reasons[0];
        if (nearest.Dependency == "goal")
            return "asked for";
        string more = job.Reasons.Count > 2 ? $" (chain of {job.Reasons.Count - 1})" : "";
        return $"{nearest.Dependency} of {nearest.Unit} at {nearest.Source}{more}";
    }
}

/// <summary>In which step of the plan each job can run at the earliest.</summary>
internal static class PlanOrder
{
    /// <summary>Jobs sorted by step, then name; step 1 waits for nothing.</summary>
    public static IEnumerable<(int Step, PlannedJobAnswer Job)> Steps(PlanDocument plan)
    {
        var unmet = new Dictionary<string, int>(StringComparer.Ordinal);
        var blocks = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (IReadOnlyList<string> edge in plan.Edges)
        {
            if (edge is not [string before, string after])
                continue;
            unmet[after] = unmet.GetValueOrDefault(after) + 1;
            if (!blocks.TryGetValue(before, out List<string>? list))
                blocks[before] = list = [];
            list.Add(after);
        }

        var step = new Dictionary<string, int>(StringComparer.Ordinal);
        var ready = new Queue<string>();
        foreach (PlannedJobAnswer job in plan.Jobs)
        {
            step[job.Unit] = 1;
            if (!unmet.ContainsKey(job.Unit))
                ready.Enqueue(job.Unit);
        }

        while (ready.TryDequeue(out string? unit))
        {
            foreach (string next in blocks.GetValueOrDefault(unit, []))
            {
                step[next] = Math.Max(step.GetValueOrDefault(next), step[unit] + 1);
                if (--unmet[next] == 0)
                    ready.Enqueue(next);
            }
        }

        return plan.Jobs
            .Select(job => (step[job.Unit], job))
            .OrderBy(j => j.Item1)
            .ThenBy(j => j.job.Unit, StringComparer.Ordinal);
    }
}
