using FsCheck;

namespace InitTx.Units.Tests;

/// <summary>
/// How many cases a property tries: <c>INITX_TEST_CASES</c>, else 100. A failure prints the shrunk
/// case and the seed that FsCheck drew; <c>INITX_SEED</c> fixes it.
/// </summary>
internal static class Properties
{
    public static Config Config
    {
        get
        {
            Config config = FsCheck.Config.QuickThrowOnFailure.WithMaxTest(
                Number("INITX_TEST_CASES", 100));
            return Number("INITX_SEED", 0) is var seed and > 0
                ? config.WithReplay((ulong)seed, 1, 0)
                : config;
        }
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), out int n) && n > 0 ? n
            : otherwise;
}
