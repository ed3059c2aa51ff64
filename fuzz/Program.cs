using System.Globalization;
using InitTx.Fuzz.Running;
using InitTx.Fuzz.Targets;

namespace InitTx.Fuzz;

/// <summary>
/// <c>InitTx.Fuzz [run] [--target T] [--runs N | --seconds S] [--seed S]</c>, <c>list</c>,
/// <c>replay --target T FILE…</c>. The environment sets what the options do not:
/// <c>INITX_FUZZ_SECONDS</c> or <c>INITX_FUZZ_RUNS</c>, <c>INITX_SEED</c>, and with
/// <c>INITX_PIECE=N/M</c> the targets of one piece of a campaign. Exit status 0 when
/// every target passed.
/// </summary>
internal static class Program
{
    private const int DefaultRuns = 50_000;

    public static int Main(string[] arguments)
    {
        EdgeMap.Attach();
        if (!Options.TryParse(arguments, out Options options, out string error))
        {
            Console.Error.WriteLine($"InitTx.Fuzz: {error}");
            return 2;
        }

        return options.Verb switch
        {
            "list" => List(),
            "replay" => Replay(options),
            _ => Run(options),
        };
    }

    private static int List()
    {
        foreach (FuzzTarget target in TargetList.All)
            Console.WriteLine(target.Name);
        return 0;
    }

    private static int Replay(Options options)
    {
        int failed = 0;
        foreach (string file in options.Files)
        {
            string? fault = FuzzRun.Try(options.Targets[0], File.ReadAllBytes(file));
            Console.WriteLine($"{file}: {fault ?? "passes"}");
            failed += fault is null ? 0 : 1;
        }

        Console.WriteLine($"{options.Files.Count - failed} passed, {failed} failed, 0 skipped");
        return failed == 0 ? 0 : 1;
    }

    private static int Run(Options options)
    {
        int runs = options.Seconds > 0 ? 0 : options.Runs;
        var plan = new FuzzPlan(runs, options.Seconds, options.Seed, options.Findings);
        var share = TimeSpan.FromSeconds((double)options.Seconds / options.Targets.Count);
        Console.WriteLine($"seed {options.Seed}");
        int passed = 0, failed = 0;
        foreach (FuzzTarget target in options.Targets)
        {
            string? fault = FuzzRun.Run(target, plan, share, out FuzzFigures done);
            bool good = target.IsCanary ? fault is not null : fault is null;
            string verdict = target.IsCanary
                ? good ? "planted bug found"
                    : "the planted bug was NOT found: this run proves nothing"
                : fault ?? "ok";
            Console.WriteLine($"{target.Name}: {done.Inputs} inputs: {verdict}");
            if (EdgeMap.IsInstrumented && !target.IsCanary)
                Console.WriteLine($"figure: {done.Show(target.Name)}");
            (passed, failed) = good ? (passed + 1, failed) : (passed, failed + 1);
        }

        Console.WriteLine($"{passed} passed, {failed} failed, 0 skipped");
        return failed == 0 ? 0 : 1;
    }

    private sealed record Options(
        string Verb, IReadOnlyList<FuzzTarget> Targets, int Runs, int Seconds, ulong Seed,
        string Findings, IReadOnlyList<string> Files)
    {
        public static bool TryParse(string[] arguments, out Options options, out string error)
        {
            error = "";
            options = new Options("run", Piece(), Number("INITX_FUZZ_RUNS", DefaultRuns),
                Number("INITX_FUZZ_SECONDS", 0), Seed0(),
                Path.Combine(Path.GetTempPath(), "initx-fuzz"), []);
            for (int i = 0; i < arguments.Length && error.Length == 0; i++)
            {
                string word = arguments[i];
                string value = i + 1 < arguments.Length ? arguments[i + 1] : "";
                if (i == 0 && word is "run" or "list" or "replay")
                    options = options with { Verb = word };
                else if (word.StartsWith("--", StringComparison.Ordinal))
                    options = options.Apply(word, value, ref i, ref error);
                else
                    options = options with { Files = [.. options.Files, word] };
            }

            if (options.Verb == "replay"
                && (options.Targets.Count != 1 || options.Files.Count == 0))
                error = "replay wants --target T and at least one file";
            return error.Length == 0;
        }

        private Options Apply(string word, string value, ref int i, ref string error)
        {
            i++;
            bool number = ulong.TryParse(value, CultureInfo.InvariantCulture, out ulong n);
            switch (word)
            {
                case "--target":
                    FuzzTarget[] chosen = [.. TargetList.All.Where(t => t.Name == value)];
                    error = chosen.Length == 1 ? "" : $"no target '{value}'; see InitTx.Fuzz list";
                    return this with { Targets = chosen };
                case "--runs" when number && n is > 0 and <= int.MaxValue:
                    return this with { Runs = (int)n, Seconds = 0 };
                case "--seconds" when number && n is > 0 and <= int.MaxValue:
                    return this with { Seconds = (int)n };
                case "--seed" when number:
                    return this with { Seed = n };
                case "--findings" when value.Length > 0:
                    return this with { Findings = value };
                default:
                    error = $"'{word} {value}' is not understood";
                    return this;
            }
        }

        private static ulong Seed0() =>
            ulong.TryParse(Environment.GetEnvironmentVariable("INITX_SEED"),
                CultureInfo.InvariantCulture, out ulong seed)
                ? seed
                : (ulong)DateTime.UtcNow.Ticks;

        // Piece N of M has every M-th target; with more pieces than targets, the round begins anew.
        private static IReadOnlyList<FuzzTarget> Piece()
        {
            string[] piece = (Environment.GetEnvironmentVariable("INITX_PIECE") ?? "").Split('/');
            IReadOnlyList<FuzzTarget> all = TargetList.All;
            if (piece.Length != 2
                || !int.TryParse(piece[0], CultureInfo.InvariantCulture, out int number)
                || !int.TryParse(piece[1], CultureInfo.InvariantCulture, out int pieces)
                || number < 0 || pieces < 1)
                return all;
            int step = Math.Min(pieces, all.Count);
            return [.. all.Where((_, index) => index % step == number % step)];
        }

        private static int Number(string variable, int otherwise) =>
            int.TryParse(Environment.GetEnvironmentVariable(variable),
                CultureInfo.InvariantCulture, out int n) && n > 0
                ? n
                : otherwise;
    }
}
