using InitTx.Core;
using InitTx.Core.Ports;

namespace InitTx.Init.Control;

/// <summary>Requests of clients become events of the engine.</summary>
internal sealed class EngineControlHost(EventQueue queue) : IControlHost
{
    private long _next;

    /// <inheritdoc/>
    public RequestId NextRequestId() => new(++_next);

    /// <inheritdoc/>
    public void Submit(ControlRequest request) => queue.Post(new EngineEvent.Requested(request));

    /// <inheritdoc/>
    public void ClientGone(RequestId request) => queue.Post(new EngineEvent.ClientGone(request));
}
