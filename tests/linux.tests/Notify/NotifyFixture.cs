using InitTx.Core;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;
using InitTx.Linux.Notify;
using InitTx.Linux.Sockets;
using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests.Notify;

/// <summary>A notify socket of the test's own and a client of it.</summary>
internal abstract class NotifyFixture
{
    private protected TestDirectory _directory = null!;
    private protected NotifySocket _socket = null!;
    private protected FileDescriptor _client = null!;

    [SetUp]
    public void Open()
    {
        _directory = new();
        _socket = NotifySocket.Open(_directory["notify"], new EngineLimits()).Require();
        _client = SocketCalls.Create(Libc.AF_UNIX, Libc.SOCK_DGRAM).Require();
        Assert.That(SocketCalls.Connect(_client, SocketAddress.Unix(_socket.Path)!).IsOk);
    }

    [TearDown]
    public void Close()
    {
        _client.Dispose();
        _socket.Dispose();
        _directory.Dispose();
    }
}
