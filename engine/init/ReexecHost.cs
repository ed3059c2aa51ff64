using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Init.Processes;
using InitTx.Init.Recovery;
using InitTx.Linux;
using InitTx.Linux.BlackBox;

namespace InitTx.Init;

/// <summary>
/// Planned re-exec: the crash path without the crash. The request is only noted by the effect; the
/// loop goes when the batch is committed and its other effects have run, so nothing is half done.
/// </summary>
internal sealed class ReexecHost(
    ReplyRouter replies,
    ManagerConsole console,
    SpawnStatusTable statuses,
    HeldChildren children,
    Action<bool> beforeExec)
{
    private RequestId _request;

    public bool Requested { get; private set; }

    public void Request(RequestId request)
    {
        Requested = true;
        _request = request;
    }

    /// <summary>Does not return when it succeeds.</summary>
    public void Go()
    {
        Requested = false;
        beforeExec(statuses.HandOver());
        children.HandOver();
        int error = Shim.Reexec();
        children.TakeBack();
        statuses.TakeBack();
        string text = $"re-exec refused: {((Errno)(-error)).Describe()}";
        console.Line(text);
        replies.Deliver(_request, new EngineReply.Refused(ExitCode.Failed, [text]));
    }
}
