using System.Globalization;
using InitTx.Benchmarks.Harness;

namespace InitTx.Benchmarks.Cases;

/// <summary>
/// Each of an administrator's questions as the command that answers it, in a booted system whose
/// archive has thirty days in ten million rows: the whole command from outside, entering the
/// system's namespaces included.
/// </summary>
internal static class QuestionCases
{
    private const int Rounds = 7;
    private const double BudgetMs = 200;

    // A unit that is not active, or a finding, is an answer too.
    private static readonly int[] Answered = [0, 1, 3, 4];

    private static readonly (int Number, string Question, string Command)[] Questions24 =
    [
        (1, "who stopped it, what else was touched", "history nginx.service -n 50 --boot=-1"),
        (2, "why is it down", "why worker042.service"),
        (3, "why did it restart", "history nginx.service --failed --since=2026-11-20T00:00:00Z"),
        (4, "what started it", "why nginx.service --json"),
        (5, "what would a stop stop", "plan stop postgresql.service"),
        (6, "what will a start do", "plan start nginx.service"),
        (7, "what did a transaction restart", "history --tx=500 --boot=-1"),
        (8, "what was running then", "list --at=2026-11-20T14:05:00Z"),
        (9, "what differs between two boots", "diff-boots -2 -1"),
        (10, "what made the boot slow", "blame --boot=-1"),
        (11, "which units flap", "stats --days=3650"),
        (12, "what does it wait for", "status nginx.service"),
        (13, "why was the last shutdown slow",
            "history --boot=-2 --failed --since=2026-11-24T23:30:00Z"),
        (14, "which requests were refused", "history --refused"),
        (15, "what was rolled back", "history --failed --kind=transaction"),
        (16, "when was it enabled", "history --kind=config"),
        (17, "by which settings does it run", "diff nginx.service"),
        (18, "what is not honoured", "lint --all"),
        (19, "did PID 1 crash", "history --kind=crash,hang,reexec"),
        (20, "is the history complete", "history --gaps --since=2026-11-01T00:00:00Z"),
        (21, "which unit had this pid", "status 123456"),
        (22, "how often was the start limit hit", "stats worker003.service --days=3650"),
        (23, "what is held for it", "show nginx.service"),
        (24, "how long in each state", "stats nginx.service --days=3650"),
    ];

    public static void Questions(Figures figures)
    {
        string path = GeneratedHistory.Of(HistoryCases.Rows, out _);
        using BenchSystem system = BenchSystem.Boot(
            Units(), 2, "ArchiveMaxSize=infinity\nArchiveMaxAgeSec=infinity\n", path);
        system.AwaitAll();
        BenchSystem.Await(
            () =>
            {
                system.RunInside(["initx", "boots", "--json"], [0], out string boots);
                return boots.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length
                    == GeneratedRows.Boots + 1;
            },
            "the archive to have this boot, too", 200);
        Samples enter = Samples.Of(
            Rounds, () => system.RunInside(["/bench/stamp"], [0, 1, 2], out _));
        figures.Add("question 0: entering alone", "in each figure below", ("ms", enter.Median));
        foreach ((int number, string question, string command) in Questions24)
        {
            string output = "";
            double first = 0;
            Samples took = Samples.Of(Rounds, () =>
            {
                double ms = system.RunInside(
                    ["initx", .. command.Split(' ')], Answered, out output);
                first = first == 0 ? ms : first;
                return ms;
            });
            figures.AtMost(
                string.Create(CultureInfo.InvariantCulture, $"question {number}: {question}"),
                took.Median, "ms", BudgetMs,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"initx {command}: {output.Count(static c => c == '\n')} lines, "
                        + $"first time {first:0.#} ms"));
        }
    }

    private static Dictionary<string, string> Units() => new(StringComparer.Ordinal)
    {
        ["default.target"] = "[Unit]\nRequires=nginx.service\nAfter=nginx.service\n",
        ["nginx.service"] = "[Unit]\nDefaultDependencies=no\nRequires=postgresql.service\n"
            + "After=postgresql.service\n[Service]\nType=exec\nExecStart=/bench/stamp "
            + "/run/bench-stamps 0\n",
        ["postgresql.service"] = "[Unit]\nDefaultDependencies=no\n[Service]\nType=exec\n"
            + "ExecStart=/bench/stamp /run/bench-stamps 1\n",
        ["worker042.service"] = "[Unit]\nDefaultDependencies=no\n[Service]\nType=exec\n"
            + "ExecStart=/bench/stamp /run/bench-stamps 1\n",
        ["worker003.service"] = "[Unit]\nDefaultDependencies=no\n[Service]\nType=exec\n"
            + "ExecStart=/bench/stamp /run/bench-stamps 1\n",
    };
}
