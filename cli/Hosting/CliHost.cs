using InitTx.Cli.Rendering;

namespace InitTx.Cli.Hosting;

/// <summary>
/// The world around one call: streams, terminal, environment, clock. Nothing else of the program
/// touches them, so that a test can be the world.
/// </summary>
internal sealed class CliHost
{
    public required Output Out { get; init; }
    public required Output Error { get; init; }
    public required Func<string, string?> Environment { get; init; }
    public required Func<DateTimeOffset> Now { get; init; }

    /// <summary>Columns of the terminal; asked only when a table is drawn on one.</summary>
    public required Func<int> Width { get; init; }

    /// <summary>Milliseconds that never go back.</summary>
    public Func<long> TickMs { get; init; } = () => System.Environment.TickCount64;

    /// <summary>Where times are shown; asked only when one is.</summary>
    public required Func<TimeZoneInfo> TimeZone { get; init; }

    /// <summary>The process's own world.</summary>
    public static CliHost OfProcess() => new()
    {
        Out = new Output(new DescriptorStream(1), !Console.IsOutputRedirected),
        Error = new Output(new DescriptorStream(2), !Console.IsErrorRedirected),
        Environment = System.Environment.GetEnvironmentVariable,
        Now = () => DateTimeOffset.UtcNow,
        Width = TerminalWidth,
        TimeZone = () => TimeZoneInfo.Local,
    };

    /// <summary>Writes out what is buffered; a reader that went away is no error of ours.</summary>
    public void Flush()
    {
        Out.Flush();
        Error.Flush();
    }

    private static int TerminalWidth()
    {
        try
        {
            return Math.Max(40, Console.WindowWidth);
        }
        catch (IOException)
        {
            return 80;
        }
    }
}
