using System.Text;
using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Init.Control;
using InitTx.Protocol.Calls;
using InitTx.Units.Graph;
using InitTx.Units.Model;

namespace InitTx.Protocol.Tests.Server;

/// <summary>A server over sockets in memory, with an engine that the test plays.</summary>
internal sealed class ServerRig : IControlHost, IQueryAnswerer, IUnitCatalog
{
    private long _nextConnection;
    private long _nextRequest;

    public ServerRig(ControlOptions? options = null, IControlTransport? transport = null)
    {
        Options = options ?? new ControlOptions();
        Server = new ControlServer(Options, transport ?? Transport, this, this, () => this);
    }

    public ControlOptions Options { get; }
    public ControlServer Server { get; }
    public MemoryTransport Transport { get; } = new();
    public List<ControlRequest> Submitted { get; } = [];
    public List<RequestId> Gone { get; } = [];
    public long NowUs { get; set; } = 1_000_000;

    public RequestId NextRequestId() => new(++_nextRequest);

    public void Submit(ControlRequest request) => Submitted.Add(request);

    public void ClientGone(RequestId request) => Gone.Add(request);

    public UnitDefinition Load(UnitName name) =>
        new() { Name = name, LoadState = UnitLoadState.Loaded };

    public void Answer(
        Call call, PeerIdentity peer, bool privileged, OutputQueue output, ReplyWriter writer)
    {
        writer.Begin(output).WriteString("method", call.Method.Method.ToString());
        writer.End(continues: false);
    }

    public ConnectionId Connect(int uid = 0, int gid = 0, params int[] groups)
    {
        var id = new ConnectionId(++_nextConnection);
        Server.OnAccepted(
            id,
            new PeerIdentity(new Requester(4_000, uid, gid, "test", "", "", -1, true), groups),
            NowUs);
        return id;
    }

    /// <summary>Sends bytes, and lets everybody have their turns.</summary>
    public void Send(ConnectionId id, string text) => Send(id, Encoding.UTF8.GetBytes(text));

    public void Send(ConnectionId id, ReadOnlySpan<byte> bytes)
    {
        Server.OnBytes(id, bytes, NowUs);
        TakeTurns();
    }

    /// <summary>The client takes bytes again.</summary>
    public void Drain(ConnectionId id)
    {
        Server.OnWritable(id, NowUs);
        TakeTurns();
    }

    public void TakeTurns()
    {
        while (Server.WorkPending)
            Server.TakeTurn(NowUs);
    }

    /// <summary>Sends one call of our interface.</summary>
    public void Call(ConnectionId id, string method, string parameters = "", bool more = false) =>
        Send(id, "{\"method\":\"io.inittx.Manager." + method + "\",\"more\":"
            + (more ? "true" : "false") + ",\"parameters\":{" + parameters + "}}\0");

    public void Reply(EngineReply reply)
    {
        Server.OnReply(Submitted[^1].Id, reply, NowUs);
        Server.SendWritten(NowUs);
        TakeTurns();
    }

    public string Only(ConnectionId id)
    {
        string[] got = Transport.Take(id);
        Assert.That(got, Has.Length.EqualTo(1), string.Join('\n', got));
        return got[0];
    }

    public static EngineReply.Progress Progress(long job, string state) =>
        new(new(7), new(job), UnitName.Parse(
            $"u{job}.service"), "start", state, null, "activating", null);

    public static EngineReply.Finished Finished() => new(new(7), "committed", ExitCode.Done, []);
}
