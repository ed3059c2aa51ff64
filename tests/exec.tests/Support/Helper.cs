using System.Diagnostics;
using InitTx.Linux;
using InitTx.Linux.Channels;
using InitTx.Linux.Handles;
using InitTx.Linux.Prepare;

namespace InitTx.Exec.Tests.Support;

/// <summary>The real program with <c>--serve</c>, and the asker's end of its socket.</summary>
internal sealed class Helper : IDisposable
{
    private readonly MessageChannel _channel;
    private readonly PrepareCodec _codec = new();
    private readonly byte[] _buffer = new byte[PrepareCodec.MaxMessage];

    private Helper(Process process, MessageChannel channel)
    {
        Process = process;
        _channel = channel;
    }

    /// <summary>The built program, run by the host, so that the tests need no publishing.</summary>
    public static string Assembly => typeof(Usage).Assembly.Location;

    /// <summary>
    /// How to run the program: as built, or the compiled one that INITX_EXEC names.
    /// </summary>
    public static ProcessStartInfo Command(params IEnumerable<string> arguments) =>
        Environment.GetEnvironmentVariable("INITX_EXEC") is { } binary
            ? new ProcessStartInfo(binary, arguments)
            : new ProcessStartInfo("dotnet", [Assembly, .. arguments]);

    public Process Process { get; }

    public static Helper Start()
    {
        MessageChannel channel = MessageChannel.Create(out FileDescriptor? other).Require();
        FileDescriptor child = other!;
        child.SetCloseOnExec(false);
        ProcessStartInfo start = Command("--serve", child.Number.ToString());
        start.RedirectStandardError = true;
        Process process = Process.Start(start)!;
        child.Dispose();
        return new Helper(process, channel);
    }

    public void SendBytes(ReadOnlySpan<byte> bytes) =>
        Assert.That(_channel.Send(bytes).IsOk, Is.True);

    public void Send(PrepareQuestion question)
    {
        ReadOnlySpan<byte> bytes = _codec.Encode(question);
        Assert.That(bytes.IsEmpty, Is.False, "the question is too large");
        SendBytes(bytes);
    }

    public PrepareAnswer Receive(out FileDescriptor[] descriptors)
    {
        Assert.That(
            BlockingWait.Readable(_channel.Fd, 20_000).Raw, Is.EqualTo(1), "no answer in 20 s");
        SysResult got = _channel.Receive(_buffer, out descriptors);
        Assert.That(got.IsOk && got.Value > 0, Is.True, $"no answer: {got}");
        PrepareAnswer? answer = PrepareCodec.DecodeAnswer(_buffer.AsSpan(0, got.Value));
        Assert.That(answer, Is.Not.Null);
        return answer!;
    }

    public T Ask<T>(PrepareQuestion question)
        where T : PrepareAnswer
    {
        Send(question);
        PrepareAnswer answer = Receive(out FileDescriptor[] descriptors);
        foreach (FileDescriptor descriptor in descriptors)
            descriptor.Dispose();
        Assert.That(answer.Token, Is.EqualTo(question.Token));
        Assert.That(answer, Is.InstanceOf<T>());
        return (T)answer;
    }

    /// <summary>Closes the socket; the helper must then end by itself.</summary>
    public int End(out string errors)
    {
        _channel.Dispose();
        Assert.That(Process.WaitForExit(10_000), Is.True, "the helper outlives its socket");
        errors = Process.StandardError.ReadToEnd();
        return Process.ExitCode;
    }

    public void Dispose()
    {
        _channel.Dispose();
        if (!Process.WaitForExit(5_000))
            Process.Kill();
        Process.Dispose();
    }
}
