using InitTx.Benchmarks.Cases;
using InitTx.Benchmarks.Harness;

string? json = null;
var wanted = new List<string>();
for (int i = 0; i < args.Length; i++)
{
    if (args[i] == "--json" && i + 1 < args.Length)
        json = args[++i];
    else
        wanted.Add(args[i]);
}

(string Name, Action<Figures> Run)[] cases =
[
    ("boot", BootCases.Boot),
    ("order", BootCases.Order),
    ("running", RunningCases.Running),
    ("timers", TimerCases.Idle),
    ("sequential", SequentialCases.Boots),
    ("activation", ActivationCases.Activation),
    ("sandbox", SandboxCases.Spawn),
    ("memory", RunningCases.Memory),
    ("journal", BootCases.Journal),
    ("transactions", TransactionCases.Transactions),
    ("history", HistoryCases.History),
    ("history questions", QuestionCases.Questions),
    ("size", PureCases.Size),
    ("plan", PureCases.Plan),
    ("units", UnitFileCases.Units),
];
var figures = new Figures(json, Figures.ReadFloors(Environment.GetEnvironmentVariable("INITX_BENCH_FLOORS")));
int ran = 0;
foreach ((string name, Action<Figures> run) in cases)
{
    if (wanted.Count > 0 && !wanted.Exists(w => name.StartsWith(w, StringComparison.Ordinal)))
        continue;
    run(figures);
    ran++;
}

if (ran > 0)
{
    int missed = figures.Missed.Count;
    Console.WriteLine(missed == 0 ? "every budget is kept" : $"budgets missed: {missed}");
    return 0;
}

Console.Error.WriteLine("no benchmark of that name; there are: " + string.Join(' ', cases.Select(static c => c.Name)));
return 2;
