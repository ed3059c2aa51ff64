using InitTx.Linux.Prepare;

namespace InitTx.Linux.DBus;

/// <summary>
/// What PID 1 and <c>initx-exec --bus</c> say to each other over a SOCK_SEQPACKET pair.
/// </summary>
/// <param name="Watch">PID 1's number of a watch.</param>
public abstract record BusNews(ulong Watch)
{
    /// <summary>Bytes of the longest message.</summary>
    public const int MessageMax = 1024;

    /// <summary>To the helper: follow this name; a second time, look again.</summary>
    public sealed record Follow(ulong Watch, string Name) : BusNews(Watch);

    /// <summary>To the helper: follow it no more.</summary>
    public sealed record Leave(ulong Watch) : BusNews(Watch);

    /// <summary>From the helper, at once: it has read what it was asked.</summary>
    public sealed record Heard(ulong Watch) : BusNews(Watch);

    /// <summary>From the helper: who owns the name now.</summary>
    /// <param name="Pid">The owner's process; 0 when the bus cannot tell.</param>
    public sealed record Owner(ulong Watch, bool Owned, int Pid) : BusNews(Watch);

    /// <summary>The message's bytes; empty when a name is too long.</summary>
    public static byte[] Encode(BusNews news)
    {
        var to = new WireWriter();
        to.UInt64(news.Watch);
        switch (news)
        {
            case Follow follow:
                to.UInt16(1);
                to.Text(follow.Name);
                break;
            case Leave:
                to.UInt16(2);
                break;
            case Heard:
                to.UInt16(3);
                break;
            case Owner owner:
                to.UInt16(4);
                to.Bool(owner.Owned);
                to.Int32(owner.Pid);
                break;
        }

        return to.Length > MessageMax ? [] : to.Written.ToArray();
    }

    /// <summary>Total on any bytes; null for what is no message.</summary>
    public static BusNews? Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MessageMax)
            return null;
        var from = new WireReader(bytes);
        ulong watch = from.UInt64();
        BusNews? news = from.UInt16() switch
        {
            1 => new Follow(watch, from.Required()),
            2 => new Leave(watch),
            3 => new Heard(watch),
            4 => new Owner(watch, from.Bool(), from.Int32()),
            _ => null,
        };
        return from.AtEnd ? news : null;
    }
}
