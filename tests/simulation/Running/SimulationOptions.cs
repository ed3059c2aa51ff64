using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using InitTx.Simulation.Mutations;
using InitTx.Simulation.Randomness;

namespace InitTx.Simulation.Running;

/// <summary>The command line, read.</summary>
internal sealed class SimulationOptions
{
    public string Command { get; private set; } = "";

    /// <summary>--seed, else INITX_SEED, else another one each time; it is printed.</summary>
    public Seed Seed { get; private set; } =
        Seed.TryParse(Environment.GetEnvironmentVariable("INITX_SEED") ?? "", out Seed given)
            ? given
            : new Seed(Seed.Finish((ulong)Stopwatch.GetTimestamp()));

    public long Boots { get; private set; } = 1_000;
    public int Jobs { get; private set; } = 2;
    public TimeSpan Limit { get; private set; } = TimeSpan.MaxValue;
    public bool Trace { get; private set; }

    /// <summary>No mutations after the boots.</summary>
    public bool BootsOnly { get; private set; }
    public Mutation Mutation { get; private set; }

    /// <summary>Places of a re-exec tried in each boot; 0: one in a sample of boots.</summary>
    public int Reexecs { get; private set; }
    public long? ReexecAfter { get; private set; }

    /// <summary>Reads the words; says what is wrong with them.</summary>
    public static bool TryRead(
        string[] args,
        [NotNullWhen(true)] out SimulationOptions? options,
        [NotNullWhen(false)] out string? error)
    {
        options = new SimulationOptions();
        error = args.Length == 0 ? "a command is missing" : null;
        if (error is not null)
            return false;
        options.Command = args[0];
        for (int i = 1; i < args.Length; i++)
        {
            if (args[i] == "--trace")
                options.Trace = true;
            else if (args[i] == "--boots-only")
                options.BootsOnly = true;
            else if (i + 1 == args.Length || !options.Take(args[i], args[++i]))
                error = $"cannot use '{args[Math.Min(i, args.Length - 1)]}'";
            if (error is not null)
                return false;
        }

        return true;
    }

    private bool Take(string key, string value)
    {
        bool isNumber =
            long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long n);
        switch (key)
        {
            case "--seed" when Seed.TryParse(value, out Seed seed):
                Seed = seed;
                return true;
            case "--boots" when isNumber:
                Boots = n;
                return true;
            case "--jobs" when isNumber && n is > 0 and <= 256:
                Jobs = (int)n;
                return true;
            case "--minutes" when isNumber:
                Limit = TimeSpan.FromMinutes(n);
                return true;
            case "--reexecs" when isNumber && n is > 0 and <= 10_000:
                Reexecs = (int)n;
                return true;
            case "--reexec-after" when isNumber:
                ReexecAfter = n;
                return true;
            case "--mutation" when Enum.TryParse(value, out Mutation mutation):
                Mutation = mutation;
                return true;
            default:
                return false;
        }
    }
}
