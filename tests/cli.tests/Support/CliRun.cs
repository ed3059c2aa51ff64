using System.Text;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;

namespace InitTx.Cli.Tests.Support;

/// <summary>One call of the command line in a world of the test's making.</summary>
internal sealed record CliRun(int Code, string Out, string Error)
{
    /// <summary>Runs `initx` (or what it is called as) to its end.</summary>
    public static CliRun Of(
        string[] args,
        string? socket = null,
        string calledAs = "initx",
        bool terminal = false,
        DateTimeOffset? now = null,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        var host = new CliHost
        {
            Out = new Output(output, terminal),
            Error = new Output(error, terminal),
            Environment = name =>
                name == "INITX_SOCKET" ? socket ?? "/nonexistent/initx/control"
                : environment?.GetValueOrDefault(name),
            Now = () => now ?? DateTimeOffset.UnixEpoch.AddSeconds(1_770_000_100),
            Width = () => 100,
            TimeZone = () => TimeZoneInfo.Utc,
        };
        int code = Invocation.Run(calledAs, args, host);
        host.Flush();
        return new CliRun(
            code,
            Encoding.UTF8.GetString(output.ToArray()),
            Encoding.UTF8.GetString(error.ToArray()));
    }

    /// <summary>The lines of the output.</summary>
    public string[] Lines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
