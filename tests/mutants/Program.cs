using System.Globalization;
using System.Runtime.Loader;
using InitTx.Mutants.Tests;

// run FOLDER [JOBS [SECONDS]]: FOLDER/units and FOLDER/core have stryker's report of the mutants of
// an assembly; this program lies beside the assemblies that hold them, and beside their tests.
AssemblyLoadContext.Default.Resolving += static (context, name) =>
    Path.Combine(AppContext.BaseDirectory, name.Name + ".dll") is var file && File.Exists(file)
        ? context.LoadFromAssemblyPath(file)
        : null;
switch (args)
{
    case ["run", string folder, .. string[] rest]:
        return Run(folder, Number(rest, 0, 2), Number(rest, 1, 3300));
    case ["cover", string tests, string assembly, string work]:
        return new Worker(tests, assembly, work).Cover();
    case ["try", string tests, string assembly, string work, string results, string how,
        .. string[] ids]:
        return new Worker(tests, assembly, work).Try(
            [.. ids.Select(static id => int.Parse(id, CultureInfo.InvariantCulture))], results,
            how == "fresh");
    default:
        Console.Error.WriteLine("usage: run FOLDER [JOBS [SECONDS]]; see scripts/mutation");
        return 2;
}

static int Number(string[] words, int at, int otherwise) =>
    at < words.Length ? int.Parse(words[at], CultureInfo.InvariantCulture) : otherwise;

static int Run(string folder, int jobs, int seconds)
{
    DateTime end = DateTime.UtcNow.AddSeconds(seconds);
    int all = 0, tried = 0, left = 2;
    foreach ((string name, string room) in new[] { ("units", "Units"), ("core", "Core") })
    {
        string work = Path.Combine(folder, name);

        // Each room has its part of the time, so that both have a score.
        if (!File.Exists(Path.Combine(work, Change.Report)))
            continue;
        DateTime now = DateTime.UtcNow;
        (int here, int done, int good) = new Campaign($"InitTx.{room}.Tests", $"InitTx.{room}",
            work, jobs, now + ((end - now) / left--)).Run();
        Console.WriteLine($"figure: {room} in all: {Score(here, done, good)}");
        all += here;
        tried += done;
    }

    // What is left is for the next run of the same command.
    bool whole = all > 0 && tried == all;
    Console.WriteLine($"{(whole ? 1 : 0)} passed, {(whole ? 0 : 1)} failed, 0 skipped");
    return whole ? 0 : 1;
}

// The order is drawn: a part is a sample, whose error is that of a draw without putting back.
static string Score(int all, int tried, int good)
{
    if (tried == 0)
        return $"none of {all} tried";
    double share = (double)good / tried;
    double error = 1.96 * Math.Sqrt(share * (1 - share) / tried * (all - tried) / Math.Max(all, 2));
    string sample = tried == all ? "" : string.Create(
        CultureInfo.InvariantCulture,
        $" (a sample of {tried} of {all}: +-{100 * error:F1} at 95 %)");
    return string.Create(
        CultureInfo.InvariantCulture, $"{good} of {tried}, {100 * share:F1} %{sample}");
}
