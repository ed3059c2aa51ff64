using InitTx.Linux.Channels;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;
using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests.Channels;

[TestFixture]
public sealed class ParkedDescriptorsTests
{
    [TestCase(0)]
    [TestCase(1)]
    [TestCase(253)]
    [TestCase(254)]
    [TestCase(1000)]
    public void Each_comes_back_beside_its_number(int count)
    {
        var (reader, writer) = TestPipe.Create();
        using (reader)
        using (writer)
        {
            int[] numbers = [.. Enumerable.Range(0, count).Select(static i => 7 * i)];
            int[] fds = [.. numbers.Select(n => n % 2 == 0 ? reader.Number : writer.Number)];
            using var parked = ParkedDescriptors.Park(numbers, fds).Require();
            var back = new Dictionary<int, FileDescriptor>();
            Assert.That(ParkedDescriptors.Fetch(parked, back));
            Assert.That(back.Keys, Is.EquivalentTo(numbers));
            foreach ((int number, FileDescriptor fd) in back)
            {
                Assert.That(Descriptors.CloseOnExec(fd.Number).Value, Is.EqualTo(Libc.FD_CLOEXEC));
                Assert.That(fd.Write("x"u8).IsOk, Is.EqualTo(number % 2 == 1));
                fd.Dispose();
            }
        }
    }

    [Test]
    public void What_is_not_open_cannot_be_parked() =>
        Assert.That(ParkedDescriptors.Park([1], [int.MaxValue]).Error, Is.EqualTo(Errno.EBADF));

    [Test]
    public void Something_else_behind_the_descriptor_is_no_parked_one()
    {
        var (reader, writer) = TestPipe.Create();
        using (reader)
        using (writer)
        {
            var back = new Dictionary<int, FileDescriptor>();
            Assert.That(ParkedDescriptors.Fetch(reader, back), Is.False);
            Assert.That(back, Is.Empty);
        }
    }

    [Test]
    public void Bytes_without_descriptors_are_refused()
    {
        using var channel = MessageChannel.Create(out var other).Require();
        using (other)
        {
            channel.Send([1, 0, 0, 0]);
            Assert.That(ParkedDescriptors.Fetch(other!, []), Is.False);
        }
    }
}
