using InitTx.Simulation.Invariants;
using InitTx.Simulation.Mutations;
using InitTx.Simulation.Running;

const string Usage = """
    InitTx.Simulation run [--boots N] [--seed S] [--jobs N] [--minutes M] [--boots-only]
        [--reexecs N]
    InitTx.Simulation replay --seed S [--trace] [--mutation NAME] [--reexec-after BATCH]
    InitTx.Simulation mutations [--seed S] [--jobs N]
    InitTx.Simulation distribution [--boots N] [--seed S] [--jobs N]
    """;

if (!SimulationOptions.TryRead(args, out SimulationOptions? options, out string? error))
{
    Console.Error.WriteLine(error);
    Console.Error.WriteLine(Usage);
    return 2;
}

switch (options.Command)
{
    case "run":
        return Many(!options.BootsOnly);
    case "distribution":
        return Many(false);
    case "mutations":
        Console.WriteLine($"seed {options.Seed}");
        (int caught, int missed, int open) = MutationRun.Run(options.Seed, options.Jobs);
        return Report.Totals(caught, missed, open);
    case "replay":
        return Replay.Run(options);
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}

int Many(bool withMutations)
{
    Console.WriteLine($"seed {options.Seed}, {options.Boots} boots, {options.Jobs} threads");
    var runner = new Runner(
        options.Seed, options.Boots, options.Jobs, options.Limit, options.Reexecs);
    bool ended = runner.Run();
    runner.Distribution.Print();
    if (runner.Failed.Count > runner.Shown)
    {
        Console.WriteLine(
            $"and {runner.Failed.Count - runner.Shown} failed boots more; by invariant:");
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (SimulationResult r in runner.Failed)
        {
            foreach (Violation v in r.Violations)
                counts[v.Invariant] = counts.GetValueOrDefault(v.Invariant) + 1;
            if (r.Broken is not null)
                counts["broken"] = counts.GetValueOrDefault("broken") + 1;
        }

        foreach ((string invariant, int count) in counts)
            Console.WriteLine($"  {invariant} {count}");
    }

    long excused = OpenFindings.Read().Excuse(runner.Failed, runner.Done);
    long failed = runner.Failed.Count - excused + (ended ? 0 : 1);
    (int caught, int missed, int open) = withMutations && ended
        ? MutationRun.Run(options.Seed, options.Jobs)
        : (0, 0, 0);
    return Report.Totals(
        runner.Done - runner.Failed.Count + caught, failed + missed, excused + open);
}
