using InitTx.Units.Model;

namespace InitTx.Units.Recording;

/// <summary>[Socket] settings.</summary>
internal static class SocketRecording
{
    public static void Write(Packer to, SocketSettings s)
    {
        to.List(s.Listen, static (t, listen) =>
        {
            t.Byte((byte)listen.Kind);
            t.Text(listen.Address);
            t.Source(listen.Source);
        });
        to.Bool(s.Accept);
        to.Name(s.Service);
        to.Number(s.SocketMode);
        to.Number(s.DirectoryMode);
        to.Text(s.SocketUser);
        to.Text(s.SocketGroup);
        to.Number(s.Backlog);
        to.BoolOrNull(s.BindIPv6Only);
        to.Bool(s.FreeBind);
        to.Bool(s.ReusePort);
        to.Bool(s.KeepAlive);
        to.Bool(s.NoDelay);
        to.Bool(s.Transparent);
        to.Bool(s.Broadcast);
        to.Bool(s.PassCredentials);
        to.Bool(s.PassSecurity);
        to.Bool(s.RemoveOnStop);
        to.Bool(s.Writable);
        to.Bool(s.FlushPending);
        to.Bool(s.PassPacketInfo);
        to.NumberOrNull(s.Priority);
        to.NumberOrNull(s.Mark);
        to.NumberOrNull(s.IpTtl);
        to.NumberOrNull(s.KeepAliveTimeSec);
        to.NumberOrNull(s.KeepAliveIntervalSec);
        to.NumberOrNull(s.KeepAliveProbes);
        to.NumberOrNull(s.DeferAcceptSec);
        to.Text(s.TcpCongestion);
        to.Number(s.PipeSize);
        to.Number(s.ReceiveBuffer);
        to.Number(s.SendBuffer);
        to.Text(s.FileDescriptorName);
        to.Texts(s.Symlinks);
        to.Text(s.BindToDevice);
        to.Number(s.MaxConnections);
        to.Number(s.MaxConnectionsPerSource);
        to.Number(s.Protocol);
        to.NumberOrNull(s.IpTos);
        to.Byte((byte)s.Timestamping);
        to.Number(s.MessageQueueMaxMessages);
        to.Number(s.MessageQueueMessageSize);
        to.Number(s.TriggerLimitIntervalUs);
        to.Number(s.TriggerLimitBurst);
        to.Number(s.TimeoutUs);
        to.List(s.ExecStartPre, ServiceRecording.WriteCommand);
        to.List(s.ExecStartPost, ServiceRecording.WriteCommand);
        to.List(s.ExecStopPre, ServiceRecording.WriteCommand);
        to.List(s.ExecStopPost, ServiceRecording.WriteCommand);
    }

    public static SocketSettings Read(Unpacker from) => new()
    {
        Listen = from.Array(static f => new ListenSetting(
            (ListenKind)f.Byte((byte)ListenKind.MessageQueue), f.Text(), f.Source())),
        Accept = from.Bool(),
        Service = from.Name(),
        SocketMode = from.Int(),
        DirectoryMode = from.Int(),
        SocketUser = from.TextOrNull(),
        SocketGroup = from.TextOrNull(),
        Backlog = from.Int(),
        BindIPv6Only = from.BoolOrNull(),
        FreeBind = from.Bool(),
        ReusePort = from.Bool(),
        KeepAlive = from.Bool(),
        NoDelay = from.Bool(),
        Transparent = from.Bool(),
        Broadcast = from.Bool(),
        PassCredentials = from.Bool(),
        PassSecurity = from.Bool(),
        RemoveOnStop = from.Bool(),
        Writable = from.Bool(),
        FlushPending = from.Bool(),
        PassPacketInfo = from.Bool(),
        Priority = from.IntOrNull(),
        Mark = from.IntOrNull(),
        IpTtl = from.IntOrNull(),
        KeepAliveTimeSec = from.IntOrNull(),
        KeepAliveIntervalSec = from.IntOrNull(),
        KeepAliveProbes = from.IntOrNull(),
        DeferAcceptSec = from.IntOrNull(),
        TcpCongestion = from.TextOrNull(),
        PipeSize = from.Number(),
        ReceiveBuffer = from.Number(),
        SendBuffer = from.Number(),
        FileDescriptorName = from.TextOrNull(),
        Symlinks = from.Texts(),
        BindToDevice = from.TextOrNull(),
        MaxConnections = from.Int(),
        MaxConnectionsPerSource = from.Int(),
        Protocol = from.Int(),
        IpTos = from.IntOrNull(),
        Timestamping = (SocketTimestamping)from.Byte((byte)SocketTimestamping.Nanoseconds),
        MessageQueueMaxMessages = from.Number(),
        MessageQueueMessageSize = from.Number(),
        TriggerLimitIntervalUs = from.Number(),
        TriggerLimitBurst = from.Int(),
        TimeoutUs = from.Number(),
        ExecStartPre = from.Array(ServiceRecording.ReadCommand),
        ExecStartPost = from.Array(ServiceRecording.ReadCommand),
        ExecStopPre = from.Array(ServiceRecording.ReadCommand),
        ExecStopPost = from.Array(ServiceRecording.ReadCommand),
    };
}
