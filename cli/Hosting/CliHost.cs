using InitTx.Cli.Rendering;
using InitTx.Linux;
using InitTx.Linux.Channels;

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

    /// <summary>Standard input; opened only by verbs that read it.</summary>
    public Func<Stream> Input { get; init; } = Console.OpenStandardInput;

    /// <summary>Runs an editor (a shell's command line) on a file; its exit status.</summary>
    public Func<string, string, int> Edit { get; init; } = RunEditor;

    /// <summary>Whether somebody can be asked.</summary>
    public Func<bool> IsInputTerminal { get; init; } = () => !Console.IsInputRedirected;

    /// <summary>Begins to watch for Ctrl-C instead of ending by it.</summary>
    public Func<IInterrupts> Interrupts { get; init; } = () => new ProcessInterrupts();

    /// <summary>One line from the keyboard; null for its end or another Ctrl-C.</summary>
    public Func<IInterrupts, string?> ReadAnswer { get; init; } = ReadLine;

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

    // EDITOR may hold options: a shell takes it apart, the file is never part of the command.
    private static int RunEditor(string editor, string file)
    {
        var start = new System.Diagnostics.ProcessStartInfo("/bin/sh");
        foreach (string word in (string[])["-c", editor + " \"$1\"", "sh", file])
            start.ArgumentList.Add(word);
        using System.Diagnostics.Process process = System.Diagnostics.Process.Start(start)!;
        process.WaitForExit();
        return process.ExitCode;
    }

    // Read in slices: a Ctrl-C does not end a read that waits in another thread than its own.
    private static string? ReadLine(IInterrupts interrupts)
    {
        const int SliceMs = 100;
        const int MostChars = 256;
        var line = new System.Text.StringBuilder();
        using Stream input = Console.OpenStandardInput();
        while (line.Length < MostChars)
        {
            if (interrupts.Take())
                return null;
            SysResult ready = BlockingWait.Readable(0, SliceMs);
            if (ready.IsError)
                return null;
            if (ready.Value == 0)
                continue;
            int next = input.ReadByte();
            if (next < 0)
                return line.Length > 0 ? line.ToString() : null;
            if (next == '\n')
                break;
            line.Append((char)next);
        }

        return line.ToString();
    }

    // Console.WindowWidth would set the terminal up for an editor first, and write to it for that.
    private static int TerminalWidth() => Math.Max(40, TerminalSize.Columns(1) ?? 80);
}
