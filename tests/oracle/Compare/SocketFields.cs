using InitTx.Units.Model;
using static InitTx.Oracle.Tests.Compare.UnitField;

namespace InitTx.Oracle.Tests.Compare;

/// <summary>[Socket].</summary>
internal static class SocketFields
{
    public static readonly UnitField[] All =
    [
        .. Enum.GetValues<ListenKind>().Select(Listen),
        Plain("BindIPv6Only", u => u.Socket is { } s ? s.BindIPv6Only switch
        {
            null => "default",
            true => "ipv6-only",
            false => "both",
        } : null),
        Plain("Backlog", u => u.Socket is { } s ? $"{s.Backlog}" : null),
        Mode("SocketMode", u => u.Socket?.SocketMode),
        Mode("DirectoryMode", u => u.Socket?.DirectoryMode),
        YesNo("KeepAlive", u => u.Socket?.KeepAlive),
        YesNo("NoDelay", u => u.Socket?.NoDelay),
        YesNo("FreeBind", u => u.Socket?.FreeBind),
        YesNo("Transparent", u => u.Socket?.Transparent),
        YesNo("Broadcast", u => u.Socket?.Broadcast),
        YesNo("PassCredentials", u => u.Socket?.PassCredentials),
        YesNo("PassSecurity", u => u.Socket?.PassSecurity),
        YesNo("RemoveOnStop", u => u.Socket?.RemoveOnStop),
        YesNo("Writable", u => u.Socket?.Writable),
        YesNo("FlushPending", u => u.Socket is { Accept: false } s ? s.FlushPending : null),
        new("ReusePort", u => u.Socket is { } s ? s.ReusePort ? "yes" : "" : null,
            u => u.One("ReusePort") == "yes" ? "yes" : ""),
        new("Accept", u => u.Socket is { } s ? s.Accept ? "yes" : "no" : null,
            u => u.Fields.ContainsKey("Accepted") ? "yes" : "no"),
        Plain("FileDescriptorName", u => u.Socket is { } s ? s.FileDescriptorName ?? "" : null),
        new("SocketUser", u => u.Socket is { } s ? s.SocketUser ?? "n/a" : null,
            u => u.One("SocketUser") ?? u.One("Owner User") ?? "n/a"),
        Plain("BindToDevice", u => u.Socket is { } s ? s.BindToDevice ?? "" : null),
        new("Symlinks", u => u.Socket is { } s ? string.Join(' ', s.Symlinks) : null,
            u => u.One("Symlinks") ?? ""),
        new("ReceiveBuffer", u => u.Socket is { } s ? $"{s.ReceiveBuffer}" : null,
            u => u.One("ReceiveBuffer") ?? "0"),
        new("SendBuffer", u => u.Socket is { } s ? $"{s.SendBuffer}" : null,
            u => u.One("SendBuffer") ?? "0"),
        Plain("TriggerLimitBurst", u => u.Socket is { } s ? $"{s.TriggerLimitBurst}" : null),
        Time("TriggerLimitIntervalSec", u => u.Socket?.TriggerLimitIntervalUs),
        Time("TimeoutSec", u => u.Socket?.TimeoutUs),
    ];

    private static UnitField Listen(ListenKind kind)
    {
        string name = kind == ListenKind.Fifo ? "ListenFIFO" : $"Listen{kind}";
        return new(
            name,
            u => u.Socket is { } s ? Sorted(s.Listen.Where(l => l.Kind == kind)
                .Select(l => Address(l.Kind, l.Address))) : null,
            u => Sorted(u.All(name)));
    }

    // The dump prints socket addresses as the kernel has them.
    private static string Address(ListenKind kind, string address)
    {
        if (kind is ListenKind.Fifo or ListenKind.Special or ListenKind.MessageQueue
            || address.StartsWith('/') || address.StartsWith('@'))
            return address;
        if (kind == ListenKind.Netlink)
            return address.Contains(' ', StringComparison.Ordinal) ? address : address + " 0";
        return address.All(char.IsAsciiDigit) ? $"[::]:{address}" : address;
    }
}
