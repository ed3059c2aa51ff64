using InitTx.Core;
using InitTx.Init.Processes;
using InitTx.Linux.Handles;
using InitTx.Linux.Loop;
using InitTx.Linux.Notify;
using InitTx.Linux.Sockets;

namespace InitTx.Init.Activation;

/// <summary>
/// Datagrams of services. The kernel vouches for the sender's pid; the unit is looked up by that
/// pid among the known processes, then by cgroup, and a sender that cannot be attributed is dropped
/// and counted. MAINPID= is adopted only when that process belongs to the same unit; without
/// cgroups also an orphan of no unit, if it has no other rights than the sender.
/// </summary>
internal sealed class NotifyHost(
    NotifySocket socket,
    EventQueue queue,
    AdoptedProcesses adopted,
    UnitProcesses owners,
    DescriptorStore store)
{
    private const int PerRound = 256;

    private readonly NotifyLimiter _limiter = new();

    /// <summary>Datagrams whose sender belongs to no unit.</summary>
    public long Strangers { get; private set; }

    public long Refused => _limiter.Refused + socket.Dropped;

    public void OnReady()
    {
        for (int i = 0; i < PerRound; i++)
        {
            NotifyReceipt receipt = socket.Receive(out NotifyDatagram datagram);
            if (receipt == NotifyReceipt.Empty)
                return;
            if (receipt == NotifyReceipt.Message)
                Take(datagram);
        }
    }

    /// <summary>
    /// Everything read so far is committed, and its effects have run: until then it stays with the
    /// kernel, so that a crash loses none of it.
    /// </summary>
    public void Settled() => socket.Release();

    /// <summary>The unit is forgotten.</summary>
    public void Forget(UnitId unit) => _limiter.Forget(unit.Value);


    /// <summary>A process of a unit with a descriptor store (FileDescriptorStoreMax=).</summary>
    public bool MayStore(int pid) =>
        owners.UnitOf(pid)?.Definition.Service is { FileDescriptorStoreMax: > 0 };

    private void Take(in NotifyDatagram datagram)
    {
        UnitRuntime? unit = owners.UnitOf(datagram.SenderPid);
        if (unit is null)
            Strangers++;
        if (unit is null || !_limiter.TryTake(unit.Id.Value, MonotonicClock.BootTimeUs()))
        {
            foreach (FileDescriptor descriptor in datagram.Descriptors)
                ForeignDescriptors.Close(descriptor);
            return;
        }

        NotifyMessage message = datagram.Message;
        if (!message.MainPid.IsNone)
        {
            int named = message.MainPid.Pid;
            message = message with { MainPid = Verified(unit, named, datagram.SenderUid) };
        }

        if (datagram.Descriptors.Length > 0)
            message = message with { Ticket = store.Hold(datagram.Descriptors) };
        queue.Post(new EngineEvent.Notified(unit.Id, datagram.SenderPid, message));
    }

    private ProcessIdentity Verified(UnitRuntime unit, int pid, uint sender)
    {
        ProcessIdentity process = owners.Identify(unit, pid, sender);
        return adopted.TryName(unit, process) ? process : default;
    }
}
