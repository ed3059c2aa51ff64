using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Protocol;
using InitTx.Protocol.Calls;
using InitTx.Protocol.Framing;

namespace InitTx.Init.Control;

/// <summary>One call, from its message to its answer or its request.</summary>
internal sealed partial class ControlServer
{
    /// <summary>Answers or submits the next whole message; false when there is none.</summary>
    private bool HandleNext(ControlConnection connection, long nowUs)
    {
        FrameStatus status = connection.In.TryRead(out ReadOnlySpan<byte> frame);
        if (status == FrameStatus.Incomplete)
            return false;
        connection.FrameBegunUs = nowUs;
        connection.LastCallUs = nowUs;
        if (status == FrameStatus.TooLong)
        {
            Reject(connection, new CallError(
                CallErrorKind.BadMessage,
                "",
                $"a message has at most {ProtocolLimits.RequestBytes} bytes"));
        }
        else if (CallReader.TryRead(frame, out Call? call, out CallError? error))
        {
            Handle(connection, call);
        }
        else
        {
            Reject(connection, error);
        }

        return true;
    }

    private void Reject(ControlConnection connection, CallError error)
    {
        _writer.Error(connection.Out, error);
        connection.Closing |= error.Kind == CallErrorKind.BadMessage;
    }

    private void Handle(ControlConnection connection, Call call)
    {
        if (!MayCall(connection, call.Method))
        {
            if (!call.OneWay)
            {
                _writer.Error(
                    connection.Out,
                    ManagerInterface.ErrorPermissionDenied,
                    null,
                    null,
                    $"{call.Method.Method} is for root and the control group, "
                        + $"this is uid {connection.Peer.Requester.Uid}");
            }

            return;
        }

        if (call.Method.Privileged || call.Method.Method == ManagerMethod.WaitTransaction)
            Submit(connection, call);
        else if (!call.OneWay && !connection.PeerIsGone)
            _queries.Answer(
                call, connection.Peer, connection.Privileged, connection.Out, _writer);
    }

    private bool MayCall(ControlConnection connection, MethodEntry method)
    {
        if (connection.Privileged)
            return true;
        if (method.Privileged)
            return false;
        return _options.ReadPolicy == ReadPolicy.All
            || method.Method is ManagerMethod.Ping or ManagerMethod.GetVersion
                or ManagerMethod.GetInfo or ManagerMethod.GetInterfaceDescription;
    }

    private void Submit(ControlConnection connection, Call call)
    {
        if (call.Method.Method == ManagerMethod.Plan && !call.More)
        {
            _writer.Error(
                connection.Out,
                ManagerInterface.ErrorExpectedMore,
                null,
                null,
                "a plan comes in parts: set more");
            return;
        }

        RequestId id = _host.NextRequestId();
        if (!RequestTranslator.TryTranslate(
            call, id, connection.Peer.Requester, out ControlRequest? request, out CallError? error))
        {
            Reject(connection, error);
            return;
        }

        connection.Pending =
            new PendingCall(id, call.More, call.Parameters.NoBlock, call.OneWay);
        _requests.Add(id.Value, connection);
        _host.Submit(request);
    }

    private void EndCall(ControlConnection connection, long nowUs)
    {
        if (connection.Pending is { } pending)
            _requests.Remove(pending.Request.Value);
        connection.Pending = null;
        connection.LastCallUs = nowUs;
        connection.FrameBegunUs = nowUs;
        if (connection.Stream is { IsDone: true })
            connection.Stream = null;
    }
}
