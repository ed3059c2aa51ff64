using System.Diagnostics;
using System.Text.Json;

namespace InitTx.Oracle.Tests.Judge;

/// <summary>The <c>initx</c> that is shipped: the one of artifacts/bin, run as a program.</summary>
internal static class Initx
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Where it lies; the layer builds it.</summary>
    public static string Program { get; } =
        Path.Combine(SystemdRoot.Source, "artifacts/bin/initx");

    /// <summary>Runs it, which says nothing on stderr; any of these statuses will do.</summary>
    public static Said Run(IReadOnlyList<string> arguments, params int[] statuses)
    {
        Assert.That(Program, Does.Exist, "./run --build-only makes it");
        var start = new ProcessStartInfo(Program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string word in arguments)
            start.ArgumentList.Add(word);
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> messages = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(Limit))
        {
            process.Kill();
            Assert.Fail($"did not end: initx {string.Join(' ', arguments)}");
        }

        Assert.That(statuses, Does.Contain(process.ExitCode), messages.Result);
        return new Said(process.ExitCode, output.Result, messages.Result);
    }

    /// <summary>The objects of a stream, one a line.</summary>
    public static List<JsonElement> Lines(string output) =>
    [
        .. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static line => JsonDocument.Parse(line).RootElement),
    ];
}
