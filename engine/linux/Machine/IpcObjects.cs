using InitTx.Linux.Interop;

namespace InitTx.Linux.Machine;

/// <summary>The three kinds of sysvipc(7).</summary>
public enum SystemVIpc
{
    Memory,
    Semaphores,
    Queue,
}

/// <summary>System V IPC objects by their numbers.</summary>
public static class IpcObjects
{
    /// <summary>IPC_RMID; EINVAL or EIDRM when it is gone already.</summary>
    public static SysResult Remove(SystemVIpc kind, int id) => SysResult.Of(kind switch
    {
        SystemVIpc.Memory => Libc.syscall_ipc(Libc.SYS_shmctl, id, Libc.IPC_RMID, 0, 0),
        SystemVIpc.Semaphores => Libc.syscall_ipc(Libc.SYS_semctl, id, 0, Libc.IPC_RMID, 0),
        SystemVIpc.Queue => Libc.syscall_ipc(Libc.SYS_msgctl, id, Libc.IPC_RMID, 0, 0),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    });
}
