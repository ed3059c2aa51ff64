using InitTx.Units.Model;

namespace InitTx.Units.Loading.Sections;

/// <summary>[Socket] settings that tune a socket without changing who may use it.</summary>
internal static class SocketTuning
{
    // The kernel takes seconds.
    private const long SecondUs = 1_000_000;

    /// <summary>Applies one assignment; false when the key is not handled here.</summary>
    public static bool Apply(in Setting s)
    {
        SocketSettings v = s.Draft.Socket;
        switch (s.Key)
        {
            case "Priority":
                v = v with { Priority = Number(s, v.Priority, 0, int.MaxValue) };
                break;
            case "Mark":
                v = v with { Mark = Number(s, v.Mark, 0, int.MaxValue) };
                break;
            case "IPTTL":
                v = v with { IpTtl = Number(s, v.IpTtl, 1, 255) };
                break;
            case "KeepAliveProbes":
                v = v with { KeepAliveProbes = Number(s, v.KeepAliveProbes, 1, 127) };
                break;
            case "KeepAliveTimeSec":
                v = v with { KeepAliveTimeSec = Seconds(s, v.KeepAliveTimeSec) };
                break;
            case "KeepAliveIntervalSec":
                v = v with { KeepAliveIntervalSec = Seconds(s, v.KeepAliveIntervalSec) };
                break;
            case "DeferAcceptSec":
                v = v with { DeferAcceptSec = Seconds(s, v.DeferAcceptSec) };
                break;
            case "IPTOS":
                v = v with { IpTos = TypeOfService(s, v.IpTos) };
                break;
            case "SocketProtocol":
                v = v with { Protocol = Protocol(s, v.Protocol) };
                break;
            case "Timestamping":
                int stamp = s.IsReset ? 0 : s.Choice(Timestamps);
                v = stamp < 0 ? v : v with { Timestamping = (SocketTimestamping)((stamp + 3) / 4) };
                break;
            case "MessageQueueMaxMessages":
                v = v with
                {
                    MessageQueueMaxMessages = s.Integer(
                        (int)v.MessageQueueMaxMessages, 0, int.MaxValue)
                };
                break;
            case "MessageQueueMessageSize":
                v = v with
                {
                    MessageQueueMessageSize = s.Integer(
                        (int)v.MessageQueueMessageSize, 0, int.MaxValue)
                };
                break;
            case "PipeSize":
                v = v with { PipeSize = s.Size(v.PipeSize) };
                break;
            case "TCPCongestion":
                v = v with { TcpCongestion = Algorithm(s, v.TcpCongestion) };
                break;
            default:
                return false;
        }

        s.Draft.Socket = v;
        return true;
    }

    // By fours: off; microseconds; nanoseconds.
    private static readonly string[] Timestamps = ["off", "us", "usec", "µs", "μs", "ns", "nsec"];

    private static int? TypeOfService(in Setting s, int? current)
    {
        if (s.IsReset)
            return null;
        return s.Value switch
        {
            "low-delay" => 0x10,
            "throughput" => 0x08,
            "reliability" => 0x04,
            "low-cost" => 0x02,
            _ => Number(s, current, 0, 255),
        };
    }

    // Of all protocols systemd takes these two.
    private static int Protocol(in Setting s, int current)
    {
        if (s.IsReset)
            return 0;
        int protocol = s.Choice(["udplite", "sctp"]);
        return protocol < 0 ? current : protocol == 0 ? 136 : 132;
    }

    private static int? Number(in Setting s, int? current, int lowest, int highest)
    {
        if (s.IsReset)
            return null;
        int value = s.Integer(current ?? -1, lowest, highest);
        return value < 0 ? null : value;
    }

    private static int? Seconds(in Setting s, int? current)
    {
        if (s.IsReset)
            return null;
        long us = s.Duration((current ?? -1) * SecondUs);
        return us <= 0 ? null : (int)Math.Clamp(us / SecondUs, 1, short.MaxValue);
    }

    // What the kernel takes as a name; it says itself whether it has it.
    private static string? Algorithm(in Setting s, string? current)
    {
        if (s.IsReset)
            return null;
        if (s.Value.Length < 16 && s.Value.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
            return s.Value;
        s.Warn($"'{s.Shown}' is no name of a TCP congestion control, ignored");
        return current;
    }
}
