using InitTx.Linux.Handles;
using InitTx.Linux.Launch;
using InitTx.Linux.Sockets;
using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests.Launch;

/// <summary>Threads stand for processes: each has namespaces of its own.</summary>
[TestFixture]
public sealed class SharedNamespaceTests
{
    [TestCase(NamespaceKinds.Network, "net")]
    [TestCase(NamespaceKinds.Ipc, "ipc")]
    public void Whoever_comes_later_gets_the_namespace_of_the_first(
        NamespaceKinds kind, string file)
    {
        using FileDescriptor reading =
            SharedNamespace.MakeStore(out FileDescriptor? made).Require();
        using FileDescriptor writing = made!;
        string here = Of(file);
        var seen = new List<string>();
        for (int i = 0; i < 3; i++)
        {
            InThread(() =>
            {
                SysResult result =
                    SharedNamespace.Enter(reading.Number, writing.Number, kind);
                Assert.That(result.IsOk, result.Error.ToString());
                seen.Add(Of(file));
            });
        }

        Assert.That(seen.Distinct(), Has.Exactly(1).Items);
        Assert.That(seen[0], Is.Not.EqualTo(here));
    }

    [Test]
    public void A_new_network_has_its_loopback_up_and_an_old_one_is_left_as_it_is()
    {
        using FileDescriptor reading =
            SharedNamespace.MakeStore(out FileDescriptor? made).Require();
        using FileDescriptor writing = made!;
        string seen = "";
        for (int i = 0; i < 2; i++)
        {
            InThread(() =>
            {
                SharedNamespace.Enter(reading.Number, writing.Number, NamespaceKinds.Network);
                seen += File.ReadAllText("/proc/thread-self/net/dev").Contains("lo:") ? "lo " : "";
                seen += File.ReadAllText("/proc/thread-self/net/fib_trie").Contains("127.0.0.1")
                    ? "up " : "down ";
            });
        }

        Assert.That(seen, Is.EqualTo("lo up lo up "));
    }

    [Test]
    public void What_is_no_namespace_is_refused_and_nothing_stays_open()
    {
        using FileDescriptor reading =
            SharedNamespace.MakeStore(out FileDescriptor? made).Require();
        using FileDescriptor writing = made!;
        using FileDescriptor nothing = Files.Open(Files.Cwd, "/dev/null", 0).Require();
        Assert.That(AncillaryData.Send(writing.Number, "n"u8, [nothing.Number]).IsOk);
        var before = OpenDescriptors.Snapshot();
        InThread(() => Assert.That(
            SharedNamespace.Enter(reading.Number, writing.Number, NamespaceKinds.Network).Error,
            Is.EqualTo(Errno.EINVAL)));
        Assert.That(OpenDescriptors.NewSince(before), Is.Empty);
    }

    [Test]
    public void A_message_without_a_descriptor_is_refused()
    {
        using FileDescriptor reading =
            SharedNamespace.MakeStore(out FileDescriptor? made).Require();
        using FileDescriptor writing = made!;
        Assert.That(AncillaryData.Send(writing.Number, "n"u8, []).IsOk);
        InThread(() => Assert.That(
            SharedNamespace.Enter(reading.Number, writing.Number, NamespaceKinds.Network).Error,
            Is.EqualTo(Errno.EPROTO)));
    }

    private static void InThread(Action action) =>
        PrivateNamespace.Run(PrivateNamespace.HostName, action);

    private static string Of(string file) =>
        new FileInfo($"/proc/thread-self/ns/{file}").LinkTarget ?? "";
}
