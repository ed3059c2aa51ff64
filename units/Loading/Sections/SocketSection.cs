using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Loading.Sections;

/// <summary>[Socket]: systemd.socket(5).</summary>
internal static class SocketSection
{
    /// <summary>Applies one assignment; false when the key is not handled here.</summary>
    public static bool Apply(in Setting s) =>
        Listen(s) || Switches(s) || Values(s) || Numbers(s) || SocketTuning.Apply(s)
            || Commands(s);

    private static bool Listen(in Setting s)
    {
        ListenKind? kind = s.Key switch
        {
            "ListenStream" => ListenKind.Stream,
            "ListenDatagram" => ListenKind.Datagram,
            "ListenSequentialPacket" => ListenKind.SequentialPacket,
            "ListenFIFO" => ListenKind.Fifo,
            "ListenSpecial" => ListenKind.Special,
            "ListenNetlink" => ListenKind.Netlink,
            "ListenMessageQueue" => ListenKind.MessageQueue,
            _ => null,
        };
        if (kind is not { } listen)
            return false;
        UnitDraft d = s.Draft;
        if (s.IsReset)
        {
            d.Socket = d.Socket with { Listen = [] };
            return true;
        }

        if (!s.TryExpand(out string address))
            return true;
        if (ListenAddress.Fault(listen, address) is { } fault)
        {
            s.Warn($"{fault}, ignored");
        }
        else if (d.Socket.Listen.Count >= d.Limits.MaxListItems)
        {
            s.Warn($"more than {d.Limits.MaxListItems} addresses; the rest is ignored");
        }
        else
        {
            if (PathText.WithoutVarRun(address) is { } run)
            {
                s.Warn($"'{address}' is below /var/run; {run} is used, please update the unit "
                    + "file");
                address = run;
            }

            List<ListenSetting> list = Setting.Own(d.Socket.Listen);
            list.Add(new ListenSetting(listen, address, s.Source));
            d.Socket = d.Socket with { Listen = list };
        }

        return true;
    }

    private static bool Switches(in Setting s)
    {
        SocketSettings v = s.Draft.Socket;
        switch (s.Key)
        {
            case "Accept":
                v = v with { Accept = s.Boolean(v.Accept) };
                break;
            case "FreeBind":
                v = v with { FreeBind = s.Boolean(v.FreeBind) };
                break;
            case "ReusePort":
                v = v with { ReusePort = s.Boolean(v.ReusePort) };
                break;
            case "KeepAlive":
                v = v with { KeepAlive = s.Boolean(v.KeepAlive) };
                break;
            case "NoDelay":
                v = v with { NoDelay = s.Boolean(v.NoDelay) };
                break;
            case "Transparent":
                v = v with { Transparent = s.Boolean(v.Transparent) };
                break;
            case "Broadcast":
                v = v with { Broadcast = s.Boolean(v.Broadcast) };
                break;
            case "PassCredentials":
                v = v with { PassCredentials = s.Boolean(v.PassCredentials) };
                break;
            case "PassSecurity":
                v = v with { PassSecurity = s.Boolean(v.PassSecurity) };
                break;
            case "PassPacketInfo":
                v = v with { PassPacketInfo = s.Boolean(v.PassPacketInfo) };
                break;
            case "RemoveOnStop":
                v = v with { RemoveOnStop = s.Boolean(v.RemoveOnStop) };
                break;
            case "Writable":
                v = v with { Writable = s.Boolean(v.Writable) };
                break;
            case "FlushPending":
                v = v with { FlushPending = s.Boolean(v.FlushPending) };
                break;
            default:
                return false;
        }

        s.Draft.Socket = v;
        return true;
    }

    private static bool Values(in Setting s)
    {
        UnitDraft d = s.Draft;
        SocketSettings v = d.Socket;
        switch (s.Key)
        {
            case "Service":
                if (DependencySection.Name(s, s.Value, 0) is not { } service)
                    return true;
                if (service.Kind == UnitKind.Service)
                    d.Triggered = (service, s.Source);
                else
                    s.Warn($"'{service}' is not a service, ignored");
                return true;
            case "BindIPv6Only":
                int only = s.Choice(["default", "both", "ipv6-only"]);
                v = only < 0 ? v : v with { BindIPv6Only = only == 0 ? null : only == 2 };
                break;
            case "SocketUser":
                v = v with
                {
                    SocketUser = Text(s, v.SocketUser, "account name",
                    ExecSection.IsAccountName)
                };
                break;
            case "SocketGroup":
                v = v with
                {
                    SocketGroup = Text(s, v.SocketGroup, "group name",
                    ExecSection.IsAccountName)
                };
                break;
            case "FileDescriptorName":
                v = v with
                {
                    FileDescriptorName =
                    Text(s, v.FileDescriptorName, "descriptor name", ListenAddress.IsFdName)
                };
                break;
            case "BindToDevice":
                v = v with
                {
                    BindToDevice = s.Value == "*" ? null
                        : Text(s, v.BindToDevice, "network interface",
                            ListenAddress.IsInterfaceName),
                };
                break;
            case "Symlinks":
                v = v with { Symlinks = Links(s, v.Symlinks) };
                break;
            default:
                return false;
        }

        d.Socket = v;
        return true;
    }

    private static string? Text(
        in Setting s, string? current, string what, Func<string, bool> isValid)
    {
        if (s.IsReset)
            return null;
        if (!s.TryExpand(out string text))
            return current;
        if (isValid(text))
            return text;
        s.Warn($"'{text}' is no {what}, ignored");
        return current;
    }

    private static IReadOnlyList<string> Links(in Setting s, IReadOnlyList<string> current)
    {
        if (s.IsReset)
            return [];
        List<string> list = Setting.Own(current);
        foreach ((string word, int offset) in s.Words(WordRules.Unquote))
        {
            if (s.TryPath(word, offset, absolute: true, out string path))
                list.Add(path);
        }

        return list;
    }

    private static bool Numbers(in Setting s)
    {
        SocketSettings v = s.Draft.Socket;
        switch (s.Key)
        {
            case "SocketMode":
                v = v with { SocketMode = s.Mode(v.SocketMode) };
                break;
            case "DirectoryMode":
                v = v with { DirectoryMode = s.Mode(v.DirectoryMode) };
                break;
            case "Backlog":
                v = v with { Backlog = s.Integer(v.Backlog, 0, int.MaxValue) };
                break;
            case "ReceiveBuffer":
                v = v with { ReceiveBuffer = s.Size(v.ReceiveBuffer) };
                break;
            case "SendBuffer":
                v = v with { SendBuffer = s.Size(v.SendBuffer) };
                break;
            case "TriggerLimitIntervalSec":
                v = v with { TriggerLimitIntervalUs = s.Duration(v.TriggerLimitIntervalUs) };
                break;
            case "TriggerLimitBurst":
                v = v with { TriggerLimitBurst = s.Integer(v.TriggerLimitBurst, 0, int.MaxValue) };
                s.Draft.TriggerBurstWritten = true;
                break;
            case "MaxConnections":
                v = v with { MaxConnections = s.Integer(v.MaxConnections, 0, int.MaxValue) };
                break;
            case "MaxConnectionsPerSource":
                v = v with
                {
                    MaxConnectionsPerSource =
                    s.Integer(v.MaxConnectionsPerSource, 0, int.MaxValue)
                };
                break;
            case "TimeoutSec":
                if (s.TryTimeout(out long timeout))
                    v = v with { TimeoutUs = timeout };
                break;
            default:
                return false;
        }

        s.Draft.Socket = v;
        return true;
    }

    private static bool Commands(in Setting s)
    {
        SocketSettings v = s.Draft.Socket;
        switch (s.Key)
        {
            case "ExecStartPre":
                v = v with { ExecStartPre = CommandList.Extend(s, v.ExecStartPre) };
                break;
            case "ExecStartPost":
                v = v with { ExecStartPost = CommandList.Extend(s, v.ExecStartPost) };
                break;
            case "ExecStopPre":
                v = v with { ExecStopPre = CommandList.Extend(s, v.ExecStopPre) };
                break;
            case "ExecStopPost":
                v = v with { ExecStopPost = CommandList.Extend(s, v.ExecStopPost) };
                break;
            default:
                return false;
        }

        s.Draft.Socket = v;
        return true;
    }
}
