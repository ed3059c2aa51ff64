using System.Diagnostics;
using System.Globalization;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests.Crashes;

/// <summary>
/// caller.c at work inside a system: the client whose connections outlive every crash. Each command
/// is one line there and one back; a wait of its own ends after 20 s with an error line. Not
/// thread-safe.
/// </summary>
internal sealed class Caller : IDisposable
{
    private readonly Process _process;

    internal Caller(BootedSystem system)
    {
        _process = system.Start(NativePrograms.Caller);
        _ = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>The answer to a command, whatever it is.</summary>
    internal string Ask(string command)
    {
        _process.StandardInput.WriteLine(command);
        _process.StandardInput.Flush();
        return _process.StandardOutput.ReadLine() ?? "error: the caller is gone";
    }

    /// <summary>What went wrong, in words; null when it answered ok.</summary>
    internal string? Do(string command) =>
        Ask(command) is { } answer and not "ok" ? $"{command}: {answer}" : null;

    /// <summary>A signal to each process of a command line; how many there were.</summary>
    internal int Kill(int signal, string command) => Number(
        string.Create(CultureInfo.InvariantCulture, $"kill {signal} {command}"));

    /// <summary>Processes whose command line begins so.</summary>
    internal int Count(string command) => Number($"count {command}");

    public void Dispose()
    {
        // It ends with its input.
        _process.StandardInput.Close();
        if (!_process.WaitForExit(Eventually.Limit))
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private int Number(string command)
    {
        string answer = Ask(command);
        Assert.That(
            int.TryParse(answer, NumberStyles.None, CultureInfo.InvariantCulture, out int number),
            Is.True, $"{command}: {answer}");
        return number;
    }
}
