using System.Globalization;
using InitTx.Init.Processes;
using InitTx.Linux;
using InitTx.Linux.Channels;
using InitTx.Linux.Handles;
using InitTx.Linux.Loop;
using InitTx.Linux.Prepare;

namespace InitTx.Init.Prepare;

/// <summary>One message from a helper, or the news that it is gone.</summary>
internal readonly record struct PrepareReceived(int Length, FileDescriptor? Descriptor, bool Ended)
{
    public FileDescriptor? Second { get; init; }

    public void Close()
    {
        Descriptor?.Dispose();
        Second?.Dispose();
    }
}

/// <summary>Makes a helper's process, which serves this end; its pid, or 0 and why.</summary>
internal delegate int HelperStarter(FileDescriptor end, out string error);

/// <summary>
/// One running <c>initx-exec --serve</c>. What its socket does not take now waits here, up to
/// <see cref="MaxQueued"/> messages; the loop tells when it takes more.
/// </summary>
internal sealed class PrepareHelper : IDisposable
{
    private const int MaxQueued = 4096;

    private readonly EventLoop _loop;
    private readonly MessageChannel _channel;
    private readonly PrepareCodec _codec = new();
    private readonly Queue<byte[]> _queued = new();
    private bool _closed;

    private PrepareHelper(EventLoop loop, MessageChannel channel, ulong number, int pid)
    {
        _loop = loop;
        _channel = channel;
        Number = number;
        Pid = pid;
    }

    public ulong Number { get; }

    public int Pid { get; }

    /// <summary>It hangs on a question and gets no more.</summary>
    public bool Suspect { get; set; }

    /// <summary>
    /// The program. The system's passes over automounts like the manager itself; a user's has none,
    /// and is kept from the terminal's signals.
    /// </summary>
    public static HelperStarter Program(InternalProcesses processes, ManagerPaths paths) =>
        (FileDescriptor end, out string error) => processes.Start(
            [paths.ExecHelper, "--serve", "3"], end, static (_, _) => { }, out error,
            inGroup: paths.Home is null);

    public static PrepareHelper? Start(
        EventLoop loop, HelperStarter start, ulong number, out string error)
    {
        SysResult<MessageChannel> made = MessageChannel.Create(out FileDescriptor? other);
        if (made.IsError)
        {
            error = made.Message;
            return null;
        }

        MessageChannel channel = made.Require();
        using FileDescriptor childEnd = other!;

        // The helper blocks on its end; ours stays non-blocking (the flag is per socket end).
        childEnd.SetNonBlocking(false);
        int pid = start(childEnd, out error);
        if (pid == 0)
        {
            channel.Dispose();
            return null;
        }

        var helper = new PrepareHelper(loop, channel, number, pid);
        loop.Add(channel.Fd, LoopEvents.Readable, helper.Key);
        return helper;
    }

    public bool Send(PrepareQuestion question, out string error)
    {
        ReadOnlySpan<byte> message = _codec.Encode(question);
        error = string.Create(
            CultureInfo.InvariantCulture,
            $"{question.Unit}: the settings to prepare exceed {PrepareCodec.MaxMessage} bytes");
        if (message.IsEmpty)
            return false;
        if (_queued.Count == 0 && _channel.Send(message).IsOk)
            return true;
        error = $"more than {MaxQueued} questions wait for one prepare helper";
        if (_queued.Count >= MaxQueued)
            return false;
        _queued.Enqueue(message.ToArray());
        _loop.Rearm(_channel.Fd, LoopEvents.Readable | LoopEvents.Writable, Key);
        return true;
    }

    /// <summary>Gives a descriptor away; nothing is waited for, and nothing is queued.</summary>
    public void Drop(PrepareQuestion.Drop question, FileDescriptor descriptor) =>
        _channel.Send(_codec.Encode(question), [descriptor.Number]);

    /// <summary>Sends what waited, then takes one message; length 0 when there is none.</summary>
    public PrepareReceived Receive(Span<byte> into)
    {
        Flush();
        SysResult got = _channel.Receive(into, out FileDescriptor[] descriptors);
        for (int i = 2; i < descriptors.Length; i++)
            descriptors[i].Dispose();
        FileDescriptor? first = descriptors.Length > 0 ? descriptors[0] : null;
        if (got.IsError)
            return new PrepareReceived(0, null, got.Error is not Errno.EAGAIN and not Errno.EMSGSIZE);
        return new PrepareReceived(got.Value, first, got.Value == 0)
        {
            Second = descriptors.Length > 1 ? descriptors[1] : null,
        };
    }

    /// <summary>It answered after all; 1 when it counted as stuck.</summary>
    public int Recover()
    {
        int counted = Suspect ? 1 : 0;
        Suspect = false;
        return counted;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_closed)
            return;
        _closed = true;
        _loop.Remove(_channel.Fd);
        _channel.Dispose();
    }

    private EventKey Key => new(EventKinds.Helper, Number);

    private void Flush()
    {
        bool waited = _queued.Count > 0;
        while (_queued.TryPeek(out byte[]? message))
        {
            SysResult sent = _channel.Send(message);
            if (sent.Error == Errno.EAGAIN)
                return;
            _queued.Dequeue();
        }

        if (waited)
            _loop.Rearm(_channel.Fd, LoopEvents.Readable, Key);
    }
}
