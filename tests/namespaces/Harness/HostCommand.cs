using System.Diagnostics;

namespace InitTx.Namespaces.Tests.Harness;

/// <summary>How a command ended and what it said.</summary>
/// <param name="Status">Its exit status, 128 + signal when it was killed.</param>
public readonly record struct CommandResult(int Status, string Out, string Error)
{
    public override string ToString() =>
        $"status {Status}\n--- out\n{Out}\n--- error\n{Error}";
}

/// <summary>Runs programs of the host, always with a deadline.</summary>
public static class HostCommand
{
    public static readonly TimeSpan DefaultDeadline = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Runs a command to its end. Past the deadline it is killed and the test fails.
    /// </summary>
    public static CommandResult Run(IEnumerable<string> command, TimeSpan? deadline = null)
    {
        using Process process = Start(command);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Close();
        TimeSpan limit = deadline ?? DefaultDeadline;
        if (!process.WaitForExit(limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"`{string.Join(' ', command)}` did not end within {limit.TotalSeconds} s");
        }
        // A child left behind may hold the pipes: what is there after a second is what there is.
        Task.WaitAll([output, error], TimeSpan.FromSeconds(1));
        return new CommandResult(process.ExitCode, Text(output), Text(error));
    }

    /// <summary>
    /// Starts a command with its three standard streams as pipes; the caller disposes it.
    /// </summary>
    public static Process Start(IEnumerable<string> command)
    {
        string[] words = [.. command];
        ProcessStartInfo start = new(words[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string word in words.AsSpan(1))
            start.ArgumentList.Add(word);
        return Process.Start(start)
            ?? throw new InvalidOperationException($"{words[0]} did not start");
    }

    private static string Text(Task<string> task) =>
        task.IsCompletedSuccessfully ? task.Result : "";
}
