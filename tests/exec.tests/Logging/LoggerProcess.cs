using System.Diagnostics;
using System.Text;
using InitTx.Exec.Tests.Support;
using InitTx.Linux;
using InitTx.Linux.Channels;
using InitTx.Linux.Handles;
using InitTx.Linux.Logging;

namespace InitTx.Exec.Tests.Logging;

/// <summary>The real program with <c>--logger</c>, and PID 1's end of its socket.</summary>
internal sealed class LoggerProcess : IDisposable
{
    public const string Boot = "0123456789ab";

    private readonly MessageChannel _channel;
    private readonly Process _process;

    public LoggerProcess(string directory, params string[] options)
    {
        _channel = MessageChannel.Create(out FileDescriptor? other).Require();
        FileDescriptor child = other!;
        child.SetCloseOnExec(false);
        ProcessStartInfo start = Helper.Command(
        [
            "--logger", $"--socket={child.Number}", "--boot=" + Boot, $"--dir={directory}/disk",
            $"--volatile-dir={directory}/memory", .. options,
        ]);
        _process = Process.Start(start)!;
        child.Dispose();
    }

    /// <summary>Hands over a read end; the caller's copy stays open, as PID 1's does.</summary>
    public void Send(ulong token, Pipe pipe, string unit = "a.service", string role = "main")
    {
        byte[] message = LogCodec.Encode(new LogStreamFacts
        {
            Token = token,
            Pid = (int)token,
            Unit = unit,
            Role = role,
        });
        Assert.That(_channel.Send(message, [pipe.ReadEnd.Number]).IsOk, Is.True);
    }

    public void SendBytes(ReadOnlySpan<byte> bytes) =>
        Assert.That(_channel.Send(bytes).IsOk, Is.True);

    /// <summary>Waits until the logger is done with this many more pipes.</summary>
    public List<ulong> AwaitFinished(int count)
    {
        var done = new List<ulong>();
        byte[] buffer = new byte[LogCodec.MaxMessage];
        while (done.Count < count)
        {
            Assert.That(
                BlockingWait.Readable(_channel.Fd, 30_000).Raw, Is.EqualTo(1),
                $"{done.Count} of {count} in 30 s");
            SysResult got = _channel.Receive(buffer, out _);
            Assert.That(got.Value, Is.GreaterThan(0), "the logger ended");
            Assert.That(
                LogCodec.DecodeNews(buffer.AsSpan(0, got.Value), out ulong[] tokens),
                Is.EqualTo(LogNews.Finished));
            done.AddRange(tokens);
        }

        return done;
    }

    /// <summary>Kills it as the kernel would.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Closes PID 1's end; the exit status.</summary>
    public int End()
    {
        _channel.Dispose();
        Assert.That(_process.WaitForExit(30_000), Is.True, "it does not end");
        return _process.ExitCode;
    }

    public void Dispose()
    {
        _channel.Dispose();
        if (!_process.WaitForExit(10_000))
            _process.Kill();
        _process.Dispose();
    }

    /// <summary>The texts of a file of the logger, with what marks them.</summary>
    /// <param name="torn">Lines that are no records are what a killed logger left.</param>
    public static List<string> Read(string file, bool torn = false)
    {
        var texts = new List<string>();
        foreach (string line in File.ReadLines(file, Encoding.UTF8))
        {
            bool isRecord = LogRecord.TryRead(
                Encoding.UTF8.GetBytes(line), out LogRecord record, out var text);
            if (!isRecord && torn)
                continue;
            Assert.That(isRecord, Is.True, line);
            Assert.That(record.Boot, Is.EqualTo(Boot));
            string mark = record.IsCut ? "+" : record.IsRemark ? "!" : "";
            texts.Add($"{record.Pid} {record.Level}{mark} {Encoding.UTF8.GetString(text)}");
        }

        return texts;
    }
}
