using FsCheck;

namespace InitTx.Tests;

/// <summary>
/// How properties are tried in every layer: <c>INITX_TEST_CASES</c> cases, else the property's own
/// number, and never more than <c>INITX_TEST_MOST_CASES</c>; <c>INITX_SEED</c> fixes what FsCheck
/// draws, so that a run of ./test can be repeated from the seed that it prints. A failure prints
/// the shrunk case and the seed of its step.
/// </summary>
internal static class Properties
{
    /// <summary>Where a test that draws for itself begins: <c>INITX_SEED</c>, else 1.</summary>
    public static int Seed => Number("INITX_SEED", 1);

    /// <summary>A hundred cases.</summary>
    public static Config Config => Of(100);

    /// <summary>This many cases, or more where the environment asks for more.</summary>
    public static Config Of(int cases)
    {
        Config config = FsCheck.Config.QuickThrowOnFailure.WithMaxTest(
            Math.Min(
                Math.Max(cases, Number("INITX_TEST_CASES", cases)),
                Number("INITX_TEST_MOST_CASES", int.MaxValue)));
        return Number("INITX_SEED", 0) is var seed and > 0
            ? config.WithReplay((ulong)seed, 1)
            : config;
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), out int n) && n > 0 ? n
            : otherwise;
}
