using InitTx.Core;
using InitTx.Core.Ports;

namespace InitTx.Init;

/// <summary>
/// Brings the core's replies to whoever asked. Requests of the manager itself (boot, signals) have
/// no client and their replies end here.
/// </summary>
internal sealed class ReplyRouter
{
    private Action<RequestId, EngineReply>? _clients;

    public void Connect(Action<RequestId, EngineReply> clients) => _clients = clients;

    public void Deliver(RequestId request, EngineReply body) => _clients?.Invoke(request, body);
}
