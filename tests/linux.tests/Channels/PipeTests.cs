using System.Text;
using InitTx.Linux.Channels;

namespace InitTx.Linux.Tests.Channels;

/// <summary>Pipes, and looking into one without taking anything out.</summary>
public sealed class PipeTests
{
    [Test]
    public void A_copy_leaves_the_bytes_where_they_are()
    {
        Pipe from = Pipe.Create().Require();
        Pipe into = Pipe.Create().Require();
        from.WriteEnd.WriteAll("abc"u8);
        byte[] buffer = new byte[16];
        for (int i = 0; i < 2; i++)
        {
            Assert.That(Pipe.Copy(from.ReadEnd, into.WriteEnd, 100).Value, Is.EqualTo(3));
            Assert.That(into.ReadEnd.Read(buffer).Value, Is.EqualTo(3));
            Assert.That(Encoding.ASCII.GetString(buffer, 0, 3), Is.EqualTo("abc"));
        }

        Assert.That(from.ReadEnd.Read(buffer).Value, Is.EqualTo(3));
        Close(from);
        Close(into);
    }

    [Test]
    public void An_empty_pipe_says_whether_somebody_may_still_write()
    {
        Pipe from = Pipe.Create().Require();
        Pipe into = Pipe.Create().Require();
        Assert.That(
            Pipe.Copy(from.ReadEnd, into.WriteEnd, 100).Error, Is.EqualTo(Errno.EAGAIN));
        from.WriteEnd.Dispose();
        Assert.That(Pipe.Copy(from.ReadEnd, into.WriteEnd, 100).Raw, Is.Zero);
        Close(from);
        Close(into);
    }

    private static void Close(Pipe pipe)
    {
        pipe.ReadEnd.Dispose();
        pipe.WriteEnd.Dispose();
    }
}
