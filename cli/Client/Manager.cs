using System.Text.Json;
using InitTx.Cli.Hosting;
using InitTx.Cli.Offline;
using InitTx.Core.Ports;
using InitTx.Protocol;
using InitTx.Protocol.Answers;
using InitTx.Protocol.Calls;

namespace InitTx.Cli.Client;

/// <summary>
/// Asks the manager on behalf of a verb: connects, retries while it is full, and turns every way of
/// failing into an exit status and a message, so that verbs only see answers.
/// </summary>
internal sealed class Manager : IDisposable
{
    /// <summary>
    /// How long a query may take; the manager answers in microseconds when it is well.
    /// </summary>
    public const int QueryTimeoutMs = 25_000;

    private const int FullRetryMs = 100;
    private const int FullPatienceMs = 5_000;
    private readonly Session _session;
    private ControlClient? _client;

    public Manager(Session session) => _session = session;

    /// <summary>The exit status of what failed last; 0 when nothing did.</summary>
    public int Failure { get; private set; }

    /// <summary>The parameters of the last answer as JSON.</summary>
    public ReadOnlySpan<byte> Answer => _client!.Parameters;

    /// <summary>
    /// Makes a query. False when there is no answer: it has been reported and
    /// <see cref="Failure"/> is set.
    /// </summary>
    public bool Ask(Call call)
    {
        for (long begun = _session.Host.TickMs(); ;)
        {
            _client ??= Connect();
            if (_client is null)
                return false;
            ReadStatus status = _client.Send(call)
                ? _client.Read(QueryTimeoutMs)
                : ReadStatus.Closed;
            if (status != ReadStatus.Reply)
                return Lost(status);
            if (_client.Reply.Error is null)
                return true;
            bool full = _client.Reply.Error == ManagerInterface.ErrorTooManyConnections;
            if (!full || _session.Host.TickMs() - begun > FullPatienceMs)
                return Refused();
            Drop();
            Thread.Sleep(FullRetryMs);
        }
    }

    /// <summary>
    /// Reads the last answer as its type; false (and reported) when it is not of it.
    /// </summary>
    public bool TryRead<T>(
        System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, out T answer)
    {
        try
        {
            answer = JsonSerializer.Deserialize(Answer, type)!;
            return answer is not null;
        }
        catch (JsonException e)
        {
            answer = default!;
            Failure = _session.Fail(
                ExitCode.Failed,
                "the manager's answer is not understood",
                e.Message,
                "initx and initxd may be of versions too far apart: initx --version");
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client?.Dispose();

    /// <summary>Says what a reply's error says; gives the exit status.</summary>
    public static int Report(Session session, string error, ReadOnlySpan<byte> parameters)
    {
        ErrorAnswer answer;
        try
        {
            answer = JsonSerializer.Deserialize(
                parameters, AnswerJson.Default.ErrorAnswer) ?? new();
        }
        catch (JsonException)
        {
            answer = new ErrorAnswer();
        }

        IReadOnlyList<string> messages = answer.Messages
            ?? (answer.Message is { } message ? [message] : []);
        return error switch
        {
            ManagerInterface.ErrorRefused => session.Fail(
                (ExitCode)answer.Code,
                messages.Count > 0 ? messages[0] : "refused",
                [.. messages.Skip(1), .. Steps(session, (ExitCode)answer.Code, messages)]),
            ManagerInterface.ErrorPermissionDenied => session.Fail(
                ExitCode.NotPermitted, "not permitted", [.. messages, "try it as root"]),
            ManagerInterface.ErrorTooManyConnections => session.Fail(
                ExitCode.NotReachable, "the manager has no connection left", messages),
            ManagerInterface.ErrorMethodNotFound => session.Fail(
                ExitCode.Refused,
                $"the manager does not know {answer.Method}",
                "initxd is older than initx: initx reexec after an upgrade"),
            ManagerInterface.ErrorInvalidParameter => session.Fail(
                ExitCode.Usage, $"{answer.Parameter}: {string.Join("; ", messages)}"),
            _ => session.Fail(ExitCode.Failed, error, messages),
        };
    }

    // A file that only has to be read is a better hint than what is true of all; and one is enough.
    private static string[] Steps(
        Session session, ExitCode code, IReadOnlyList<string> messages)
    {
        string[] unread = [.. Unread(session, code, messages)];
        return unread.Length > 0
            ? unread
            : [.. messages.Select(NextStep.After).OfType<string>().Take(1)];
    }

    /// <summary>Says that nobody is there.</summary>
    public static int ReportNotReachable(Session session, string problem) => session.Fail(
        ExitCode.NotReachable,
        "the manager is not reachable",
        problem,
        "is InitTx PID 1 here? --socket=PATH or INITX_SOCKET name another socket, --user yours");

    // A refusal begins with the unit that it is about.
    private static IEnumerable<string> Unread(
        Session session, ExitCode code, IReadOnlyList<string> messages) =>
        code == ExitCode.NoSuchUnit
            ? messages.Select(m => UnreadFile.Hint(session, m.Split(": ", 2)[0])).OfType<string>()
            : [];

    private ControlClient? Connect()
    {
        ControlClient? client = ControlClient.Connect(_session.SocketPath, out string problem);
        if (client is null)
            Failure = ReportNotReachable(_session, problem);
        return client;
    }

    private bool Lost(ReadStatus status)
    {
        Failure = status switch
        {
            ReadStatus.TimedOut => _session.Fail(
                ExitCode.TimedOut, $"no answer within {QueryTimeoutMs / 1_000} s"),
            ReadStatus.Broken => _session.Fail(
                ExitCode.Failed, "the answer is no Varlink reply", _client!.Problem),
            _ => _session.Fail(
                ExitCode.NotReachable, "the manager closed the connection before it answered"),
        };
        Drop();
        return false;
    }

    private bool Refused()
    {
        Failure = Report(_session, _client!.Reply.Error!, _client.Parameters);
        return false;
    }

    private void Drop()
    {
        _client?.Dispose();
        _client = null;
    }
}
