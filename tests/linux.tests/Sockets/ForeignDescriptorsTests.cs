using System.Net;
using System.Net.Sockets;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;
using InitTx.Linux.Sockets;

namespace InitTx.Linux.Tests.Sockets;

[TestFixture]
public sealed class ForeignDescriptorsTests
{
    [Test]
    public void Closing_a_lingering_socket_does_not_wait_and_loses_nothing()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, 0);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        FileDescriptor sender = SocketCalls.Create(Libc.AF_INET, Libc.SOCK_STREAM).Require();
        SocketCalls.Connect(
            sender, InitTx.Linux.Sockets.SocketAddress.Inet("peer", [127, 0, 0, 1], (ushort)port));
        using Socket peer = listener.Accept();
        Linger(sender, 600);
        byte[] block = new byte[64 * 1024];
        long sent = 0;
        SysResult result;
        while ((result = SocketCalls.Send(sender.Number, block)).IsOk)
            sent += result.Value;
        Assert.That(result.Error, Is.EqualTo(Errno.EAGAIN), "the peer's window is closed");

        var closing = Task.Run(() => ForeignDescriptors.Close(sender));
        Assert.That(closing.Wait(TimeSpan.FromSeconds(30)), "close waits for the peer");
        long got = 0;
        while (peer.Receive(block) is > 0 and var n)
            got += n;
        Assert.That(got, Is.EqualTo(sent));
    }

    [Test]
    public void What_is_no_socket_is_closed_as_ever()
    {
        FileDescriptor file = Files.Open(Files.Cwd, "/", Libc.O_PATH).Require();
        int number = file.Number;
        ForeignDescriptors.Close(file);
        Assert.That(file.IsOpen, Is.False);
        Assert.That(Descriptors.CloseOnExec(number).Error, Is.EqualTo(Errno.EBADF));
        ForeignDescriptors.Close(file);
    }

    private static unsafe void Linger(FileDescriptor socket, int seconds)
    {
        var linger = new Libc.Linger { OnOff = 1, Seconds = seconds };
        Assert.That(SysResult.Of(Libc.setsockopt(
            socket.Number, Libc.SOL_SOCKET, Libc.SO_LINGER, &linger,
            (uint)sizeof(Libc.Linger))).IsOk);
    }
}
