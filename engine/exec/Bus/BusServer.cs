using System.Globalization;
using InitTx.Linux;
using InitTx.Linux.Channels;
using InitTx.Linux.DBus;
using InitTx.Linux.Handles;

namespace InitTx.Exec.Bus;

/// <summary>
/// <c>initx-exec --bus FD SOCKET</c>: follows bus names for PID 1, which thus needs no bus. It may
/// be killed at any moment: PID 1 starts another and tells it the names again. Without a bus it
/// tries again, sooner at first, then every two seconds.
/// </summary>
internal static class BusServer
{
    private const int FirstPauseMs = 50;
    private const int LastPauseMs = 2_000;

    public static int Run(string fdText, string path)
    {
        if (!int.TryParse(fdText, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            || Descriptors.CloseOnExec(number).IsError)
            return Usage.Wrong($"--bus: '{fdText}' is no open descriptor");
        var fd = new FileDescriptor(number);
        fd.SetCloseOnExec(true);
        fd.SetNonBlocking(true);
        using var channel = new MessageChannel(fd);
        return Serve(channel, path);
    }

    private static int Serve(MessageChannel channel, string path)
    {
        BusConnection? bus = null;
        bool isAsked = true;
        var names = new NameBook(
            (member, arguments) => bus?.Call(member, arguments) ?? 0,
            news => isAsked &= Tell(channel, news));
        int pauseMs = FirstPauseMs;
        while (isAsked)
        {
            if (bus is null && names.IsNeeded)
            {
                bus = BusConnection.Open(path, out _);
                pauseMs = bus is null ? Math.Min(pauseMs * 2, LastPauseMs) : FirstPauseMs;
                if (bus is not null)
                    names.Connected();
            }

            BlockingWait.Readable(
                channel.Fd, bus?.Fd ?? -1, bus is null && names.IsNeeded ? pauseMs : -1);
            if (!Listen(channel, names))
                return 0;
            if (bus is not null && !bus.Read(names.Hear))
            {
                bus.Dispose();
                bus = null;
                names.Disconnected();
            }
        }

        return 0;
    }

    // False when PID 1 is gone, or has another helper by now.
    private static bool Listen(MessageChannel channel, NameBook names)
    {
        Span<byte> buffer = stackalloc byte[BusNews.MessageMax];
        while (true)
        {
            SysResult got = channel.Receive(buffer, out FileDescriptor[] unwanted);
            foreach (FileDescriptor descriptor in unwanted)
                descriptor.Dispose();
            if (got.Error is Errno.EAGAIN)
                return true;
            if (got.IsError || got.Value == 0)
                return false;
            if (BusNews.Decode(buffer[..got.Value]) is { } news)
                names.Take(news);
        }
    }

    private static bool Tell(MessageChannel channel, BusNews news)
    {
        byte[] bytes = BusNews.Encode(news);
        SysResult sent = channel.Send(bytes);
        while (sent.Error == Errno.EAGAIN)
        {
            BlockingWait.Writable(channel.Fd);
            sent = channel.Send(bytes);
        }

        return sent.IsOk;
    }
}
