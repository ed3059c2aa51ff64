using InitTx.Journal.Asking;
using InitTx.Journal.Sqlite;
using InitTx.Linux;
using InitTx.Linux.Control;
using InitTx.Linux.Loop;

namespace InitTx.Archive.Answering;

/// <summary>
/// Answers what clients ask of the archive, one request after another, each client in its turn.
/// Promises:
/// <list type="number">
/// <item>Who connected is asked of the kernel, once, when the connection is taken.</item>
/// <item>No client holds another up for longer than a request may take; who is silent, slow to send
/// or slow to read is cut off.</item>
/// <item>Memory is bounded: connections, each one's request, and all answers that wait
/// together.</item>
/// <item>It ends by itself when nobody is connected for a while.</item>
/// </list>
/// It may die of whatever it is asked: rows are written by another process.
/// </summary>
internal sealed class AnswerService : IDisposable
{
    private const byte ListenerKind = 1;
    private const byte ClientKind = 2;
    private const int AcceptsPerRound = 16;
    private const int UnsentMost = 8 << 20;
    private const int HeapMost = 24 << 20;

    private readonly EventLoop _loop;
    private readonly ControlListener _listener;
    private readonly Readers _readers;
    private readonly ArchiveAnswerer _answerer;
    private readonly Dictionary<ulong, AnswerConnection> _clients = [];
    private readonly Queue<AnswerConnection> _turns = new();
    private ulong _lastId;
    private long _idleSinceUs = MonotonicClock.BootTimeUs();

    public AnswerService(Options options, EventLoop loop, ControlListener listener)
    {
        _loop = loop;
        _listener = listener;
        _readers = options.Readers;
        _answerer = new ArchiveAnswerer(options.StorePath);
        loop.Add(listener.Fd, LoopEvents.Readable, new EventKey(ListenerKind, 0));
    }

    /// <summary>Runs until nobody is connected for some seconds; the exit status.</summary>
    public int Run()
    {
        Database.SetHeapLimit(HeapMost);
        var ready = new ReadyEvent[64];
        while (true)
        {
            long now = MonotonicClock.BootTimeUs();
            if (_clients.Count == 0 && now - _idleSinceUs >= AskLimits.IdleUs)
                return 0;
            _loop.SetDeadline(NextDeadline());
            int count = _loop.Wait(ready, block: !MayAnswer, out _).Value;
            now = MonotonicClock.BootTimeUs();
            for (int i = 0; i < count; i++)
                OnReady(ready[i], now);
            AnswerOne();
            CutOff(MonotonicClock.BootTimeUs());
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (AnswerConnection client in _clients.Values)
            client.Dispose();
        _answerer.Dispose();
        _listener.Dispose();
    }

    // Answers that nobody fetches must not fill the memory: their deadline ends them.
    private bool MayAnswer =>
        _turns.Count > 0 && _clients.Values.Sum(static c => (long)c.Unsent) <= UnsentMost;

    private void OnReady(in ReadyEvent ready, long nowUs)
    {
        if (ready.Key.Kind == ListenerKind)
            Accept(nowUs);
        else if (!_clients.TryGetValue(ready.Key.Id, out AnswerConnection? client))
            return;
        else if ((ready.Events & (LoopEvents.Error | LoopEvents.HangUp)) != 0)
            Forget(client);
        else
            Proceed(client, nowUs);
    }

    private void Accept(long nowUs)
    {
        for (int i = 0; i < AcceptsPerRound; i++)
        {
            SysResult<ControlConnection> accepted = _listener.Accept();
            if (accepted.IsError)
                return;
            ControlConnection socket = accepted.Require();
            SysResult<PeerUser> peer = PeerUser.Of(socket.Fd);
            if (peer.IsError)
            {
                socket.Dispose();
                continue;
            }

            var client = new AnswerConnection(
                socket, ++_lastId, peer.Require(),
                _readers.ViewerOf(peer.Require()) ?? int.MaxValue, nowUs);
            if (Refusal(peer.Require()) is { } why)
                client.End(AnswerForms.TooMany(why), nowUs);
            _clients.Add(client.Id, client);
            _loop.Add(client.Fd, LoopEvents.Readable, KeyOf(client));
            Proceed(client, nowUs);
        }
    }

    private string? Refusal(PeerUser peer)
    {
        if (_readers.ViewerOf(peer) is null)
            return "ReadPolicy=privileged: the record is for root and the control group";
        bool owner = _readers.IsOwner(peer);
        int total = owner ? AskLimits.Connections : AskLimits.Connections - 1;
        if (_clients.Count >= total)
            return $"{_clients.Count} are asking, the limit is {total}: try again";
        int mine = _clients.Values.Count(c => c.Peer.Uid == peer.Uid);
        return !owner && mine >= AskLimits.ConnectionsPerUid
            ? $"uid {peer.Uid} has {mine} connections, the limit is {AskLimits.ConnectionsPerUid}"
            : null;
    }

    private void Proceed(AnswerConnection client, long nowUs)
    {
        if (!client.Flush(nowUs) || !client.Read(nowUs) || !client.Flush(nowUs))
        {
            Forget(client);
            return;
        }

        if (client.HasRequest && !_turns.Contains(client))
            _turns.Enqueue(client);
        // Who has a request waiting, or an answer to read, is not read from.
        LoopEvents events = client.Unsent > 0 ? LoopEvents.Writable
            : client.HasRequest ? LoopEvents.None
            : LoopEvents.Readable;
        _loop.Rearm(client.Fd, events, KeyOf(client));
    }

    private void AnswerOne()
    {
        if (!MayAnswer)
            return;
        AnswerConnection client = _turns.Dequeue();
        if (!_clients.ContainsKey(client.Id) || !client.HasRequest)
            return;
        byte[] request = client.Take();
        byte[] answer = _answerer.Answer(request, client.Viewer);
        long now = MonotonicClock.BootTimeUs();
        if (client.Requests > AskLimits.Requests)
            client.End(AnswerForms.TooMany("too many requests: connect again"), now);
        else
            client.Put(answer, now);
        Proceed(client, now);
    }

    private void CutOff(long nowUs)
    {
        List<AnswerConnection>? late = null;
        foreach (AnswerConnection client in _clients.Values)
        {
            if (client.DeadlineUs <= nowUs && !client.HasRequest)
                (late ??= []).Add(client);
        }

        late?.ForEach(Forget);
    }

    private void Forget(AnswerConnection client)
    {
        _loop.Remove(client.Fd);
        _clients.Remove(client.Id);
        client.Dispose();
        if (_clients.Count == 0)
            _idleSinceUs = MonotonicClock.BootTimeUs();
    }

    private long NextDeadline()
    {
        if (_clients.Count == 0)
            return _idleSinceUs + AskLimits.IdleUs;
        long next = long.MaxValue;
        foreach (AnswerConnection client in _clients.Values)
            next = Math.Min(next, client.HasRequest ? long.MaxValue : client.DeadlineUs);
        return next;
    }

    private static EventKey KeyOf(AnswerConnection client) => new(ClientKind, client.Id);
}
