using System.Text.Json;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Core.Ports;
using InitTx.Protocol;
using InitTx.Protocol.Answers;
using InitTx.Protocol.Calls;

namespace InitTx.Cli.Client;

/// <summary>
/// Makes a change and stays with it to its end: shows progress, comes back by transaction id when
/// the manager replaced itself or crashed, and never waits for a manager that does not answer.
/// </summary>
internal sealed class ChangeFollower : IDisposable
{
    /// <summary>
    /// A manager that is back after a crash or re-exec listens within milliseconds.
    /// </summary>
    private const int ComeBackMs = 30_000;

    private const int RetryMs = 50;

    /// <summary>How soon Ctrl-C is noticed, and after which wait it is watched for.</summary>
    private const int SliceMs = 100;

    /// <summary>How long a full manager is asked again.</summary>
    private const int FullPatienceMs = 5_000;

    /// <summary>Silence after which the manager is asked whether it lives.</summary>
    private const int SilenceMs = 30_000;

    private const int ProbeMs = 10_000;

    /// <summary>How long after its own limit a transaction's end may take to be told.</summary>
    private const int GraceMs = 15_000;

    private readonly Session _session;
    private readonly ProgressView _view;
    private readonly Call _call;
    private ControlClient? _client;
    private IInterrupts? _interrupts;
    private readonly ChangeSummary _summary = new();
    private long _transaction;
    private long _begunMs;
    private long _heardMs;
    private long _deadlineMs = long.MaxValue;

    public ChangeFollower(Session session, Call call, ProgressView view)
    {
        _session = session;
        _call = call;
        _view = view;
        _transaction = call.Method.Method == ManagerMethod.WaitTransaction
            ? call.Parameters.Transaction
            : 0;
    }

    /// <summary>The last answer of the stream; null when there was none.</summary>
    public ChangeAnswer? Last { get; private set; }

    /// <summary>The manager refused it: nothing was changed.</summary>
    public bool WasRefused { get; private set; }

    private bool EndsTheManager => _call.Method.Method
        is ManagerMethod.Poweroff or ManagerMethod.Reboot or ManagerMethod.Halt;

    /// <summary>Runs to the end; the exit status. Everything is reported but a good end.</summary>
    public int Run()
    {
        if (_call.Parameters.TimeoutUs > 0)
            _deadlineMs = Now() + (_call.Parameters.TimeoutUs / 1_000) + GraceMs;
        _begunMs = Now();
        int? end = Begin(_call, 0);
        while (end is null)
            end = Step();
        _view.Clear();
        if (Last is { } last)
            _summary.Write(_session, last, Now() - _begunMs);
        return end.Value;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _client?.Dispose();
        _interrupts?.Dispose();
    }

    private long Now() => _session.Host.TickMs();

    private int? Step()
    {
        ReadStatus status = Read(out bool isInterrupted);
        if (isInterrupted)
        {
            return new InterruptedChange(_session, _view, _interrupts!)
                .Handle(_transaction, _call.Method.Method);
        }

        switch (status)
        {
            case ReadStatus.Reply:
                _heardMs = Now();
                return Take();
            case ReadStatus.TimedOut:
                _view.Tick();
                return Overdue();
            case ReadStatus.Closed:
                return ComeBack();
            case ReadStatus.Broken:
                _view.Clear();
                return _session.Fail(
                    ExitCode.Failed, "the answer is no Varlink reply", _client!.Problem);
            default:
                throw new InvalidOperationException();
        }
    }

    private ReadStatus Read(out bool isInterrupted)
    {
        long until = Now() + _view.TickMs;
        while (true)
        {
            isInterrupted = _interrupts is not null && _interrupts.Take();
            if (isInterrupted)
                return ReadStatus.TimedOut;
            ReadStatus status = _client!.Read(Math.Min(SliceMs, Math.Max(1, until - Now())));
            if (status != ReadStatus.TimedOut || Now() >= until)
                return status;
            _interrupts ??= _session.Host.Interrupts();
        }
    }

    private int? Take()
    {
        if (_client!.Reply.Error is { } error)
        {
            if (error == ManagerInterface.ErrorTooManyConnections
                && Now() - _begunMs < FullPatienceMs)
            {
                Thread.Sleep(RetryMs);
                return Begin(_call, 0);
            }

            _view.Clear();
            WasRefused = true;
            return Manager.Report(_session, error, _client.Parameters);
        }

        ChangeAnswer answer;
        try
        {
            answer = JsonSerializer.Deserialize(
                _client.Parameters, AnswerJson.Default.ChangeAnswer)!;
        }
        catch (JsonException e)
        {
            _view.Clear();
            return _session.Fail(
                ExitCode.Failed, "the manager's answer is not understood", e.Message);
        }

        Last = answer;
        _summary.Add(answer, Now());
        if (answer.Transaction > 0)
            _transaction = answer.Transaction;
        _view.Show(answer, _client.Parameters);
        if (_client.Reply.Continues)
            return null;
        return answer.Event == "finished" ? answer.Code : (int)ExitCode.Done;
    }

    /// <summary>Connects and sends; an exit status when that is impossible.</summary>
    private int? Begin(Call call, int patienceMs)
    {
        long begun = Now();
        while (true)
        {
            _client?.Dispose();
            _client = ControlClient.Connect(_session.SocketPath, out string problem);
            if (_client is not null && _client.Send(call))
            {
                _heardMs = Now();
                return null;
            }

            if (Now() - begun > patienceMs)
            {
                _view.Clear();
                return Manager.ReportNotReachable(_session, problem);
            }

            Thread.Sleep(RetryMs);
        }
    }

    private int? ComeBack()
    {
        if (EndsTheManager)
            return (int)ExitCode.Done;
        if (_transaction > 0)
        {
            _view.Reconnecting(
                $"the manager is being replaced; following transaction {_transaction}");
            return Begin(
                Calls.OfTransaction(ManagerMethod.WaitTransaction, _transaction, more: true),
                ComeBackMs);
        }

        if (_call.Method.Method == ManagerMethod.Reexec)
            return WaitForPing();
        _view.Clear();
        return _session.Fail(
            ExitCode.NotReachable,
            "the connection was lost before the request was accepted",
            "whether it was carried out is on record: initx history, initx tx");
    }

    private int? WaitForPing()
    {
        int? end = Begin(Calls.Of(ManagerMethod.Ping), ComeBackMs);
        if (end is not null)
            return end;
        return _client!.Read(ComeBackMs) == ReadStatus.Reply && _client.Reply.Error is null
            ? (int)ExitCode.Done
            : _session.Fail(ExitCode.TimedOut, "the manager did not come back");
    }

    private int? Overdue()
    {
        if (Now() >= _deadlineMs)
        {
            _view.Clear();
            return _session.Fail(
                ExitCode.TimedOut, "the manager did not tell the end", Follow());
        }

        if (Now() - _heardMs < SilenceMs)
            return null;
        _heardMs = Now();
        using ControlClient? probe = ControlClient.Connect(_session.SocketPath, out string problem);
        if (probe is not null && probe.Send(Calls.Of(ManagerMethod.Ping))
            && probe.Read(ProbeMs) == ReadStatus.Reply)
        {
            return null;
        }

        _view.Clear();
        return _session.Fail(
            ExitCode.TimedOut,
            $"the manager does not answer any more{(problem.Length > 0 ? ": " + problem : "")}",
            Follow());
    }

    private string Follow() => _transaction > 0
        ? $"follow it with: initx tx wait {_transaction}"
        : "what was done is on record: initx history";
}
