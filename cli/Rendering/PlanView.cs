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

        WriteJobs(session, plan);
        WriteHash(session, plan, $"{verb} {goals}{options}");
    }

    /// <summary>The jobs in order, and what cannot be undone.</summary>
    public static void WriteJobs(Session session, PlanDocument plan)
    {
        bool expects = plan.Expected.Count > 0;
        Table table = expects
            ? Sheet.NewTable("STEP", "JOB", "UNIT", "EXPECT", "WHY")
            : Sheet.NewTable("STEP", "JOB", "UNIT", "WHY");
        foreach ((int step, PlannedJobAnswer job) in PlanOrder.Steps(plan))
        {
            List<Text> cells =
                [Sheet.Cell(Numbers.Plain(step)), Sheet.Cell(job.Kind), Sheet.Cell(job.Unit)];
            if (expects)
                cells.Add(Sheet.Cell(Expectation(plan, job.Unit)));
            cells.Add(Sheet.Cell(Why(job)));
            table.AddRow(cells);
        }

        Sheet.Draw(session, table);
        session.Out.WriteLine();
        if (expects)
        {
            int unknown = plan.Jobs.Count(j => !plan.Expected.ContainsKey(j.Unit));
            session.Out.WriteLine(
                $"expected to take {Seconds(PlanOrder.LongestPath(plan))}, as before"
                + (unknown == 0 ? "" : $"; of {unknown} nothing is known"));
        }

        if (plan.ExpectedProblem is { } problem)
        {
            session.Out.WriteLine(session.Paint.Warn(SafeText.Clean(
                $"how long it will take is not known: {problem}")));
        }

        foreach (string text in plan.Head.Irreversible ?? [])
            session.Out.WriteLine(session.Paint.Warn(SafeText.Clean($"cannot be undone: {text}")));
        foreach (string text in plan.Head.Dropped ?? [])
            session.Out.WriteLine(session.Paint.Warn(SafeText.Clean($"left out: {text}")));
    }

    private static void WriteHash(Session session, PlanDocument plan, string command)
    {
        string jobs = plan.Jobs.Count == 1 ? "1 job" : $"{plan.Jobs.Count} jobs";
        if (plan.Head.Basis == "live")
        {
            session.Out.WriteLine($"{jobs}. To run exactly this plan:");
            session.Out.WriteLine(
                SafeText.Clean($"  initx {command} --plan-hash={plan.Head.Hash}"));
        }
        else
        {
            session.Out.WriteLine(
                $"{jobs}, planned {plan.Head.Basis}: it cannot be run by its hash");
        }
    }

    private static string Expectation(PlanDocument plan, string unit) =>
        plan.Expected.TryGetValue(unit, out double seconds) ? Seconds(seconds) : "?";

    private static string Seconds(double seconds) =>
        Durations.Format(TimeSpan.FromSeconds(seconds));

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
    /// <summary>Seconds of the chain of jobs that takes longest; unknown ones count 0.</summary>
    public static double LongestPath(PlanDocument plan)
    {
        var ends = new Dictionary<string, double>(StringComparer.Ordinal);
        var before = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (IReadOnlyList<string> edge in plan.Edges)
        {
            if (edge is not [string first, string then])
                continue;
            if (!before.TryGetValue(then, out List<string>? list))
                before[then] = list = [];
            list.Add(first);
        }

        // Steps are in order: what a job waits for has its end already.
        foreach ((_, PlannedJobAnswer job) in Steps(plan))
        {
            double begin = 0;
            foreach (string first in before.GetValueOrDefault(job.Unit, []))
                begin = Math.Max(begin, ends.GetValueOrDefault(first));
            ends[job.Unit] = begin + plan.Expected.GetValueOrDefault(job.Unit);
        }

        return ends.Count == 0 ? 0 : ends.Values.Max();
    }

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
