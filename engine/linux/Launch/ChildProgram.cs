using System.Runtime.InteropServices;
using System.Text;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;
using InitTx.Linux.Processes;

namespace InitTx.Linux.Launch;

/// <summary>
/// A program that a helper process runs beside itself, with an empty environment and one descriptor
/// more than the standard ones. Never in PID 1, which spawns by its shim. Main thread only.
/// </summary>
public sealed unsafe class ChildProgram : IDisposable
{
    private readonly FileDescriptor _process;

    private ChildProgram(int pid, FileDescriptor process)
    {
        Pid = pid;
        _process = process;
    }

    public int Pid { get; }

    /// <summary>The pidfd to watch: readable when it has ended.</summary>
    public int Fd => _process.Number;

    /// <summary>Starts a program.</summary>
    /// <param name="arguments">argv, its name included.</param>
    /// <param name="inherited">A descriptor that the child gets under the same number.</param>
    public static SysResult<ChildProgram> Start(
        string path, IReadOnlyList<string> arguments, int inherited)
    {
        var texts = new byte[arguments.Count + 1][];
        for (int i = 0; i < arguments.Count; i++)
            texts[i] = Encoding.UTF8.GetBytes(arguments[i] + '\0');
        texts[^1] = Encoding.UTF8.GetBytes(path + '\0');
        SysResult result = Descriptors.SetCloseOnExec(inherited, on: false);
        if (result.IsError)
            return SysResult<ChildProgram>.Fail(result, path);
        result = Spawn(texts, out int pid);
        Descriptors.SetCloseOnExec(inherited, on: true);
        if (result.IsError)
            return SysResult<ChildProgram>.Fail(result, path);
        SysResult<FileDescriptor> opened = PidFd.Open(pid);
        if (opened.IsOk)
            return SysResult<ChildProgram>.Ok(new ChildProgram(pid, opened.Require()));
        _ = Libc.kill(pid, Libc.SIGKILL);
        Reap(pid, 0);
        return SysResult<ChildProgram>.Fail(opened.Error, path);
    }

    /// <summary>
    /// To be called by such a child first: it does not outlive who started it (prctl(2)
    /// PR_SET_PDEATHSIG with SIGKILL).
    /// </summary>
    public static SysResult EndWithParent() =>
        SysResult.Of(Libc.prctl(Libc.PR_SET_PDEATHSIG, Libc.SIGKILL, 0, 0, 0));

    /// <summary>It has ended: the zombie goes.</summary>
    public void Reap() => Reap(Pid, Libc.WNOHANG);

    /// <inheritdoc/>
    public void Dispose() => _process.Dispose();

    private static void Reap(int pid, int options)
    {
        Libc.ChildInfo info = default;
        while (SysResult.Of(Libc.waitid(Libc.P_PID, (uint)pid, &info, Libc.WEXITED | options))
            .Error == Errno.EINTR)
        {
        }
    }

    private static SysResult Spawn(byte[][] texts, out int pid)
    {
        int count = texts.Length - 1;
        byte** vector = stackalloc byte*[count + 1];
        byte** empty = stackalloc byte*[1];
        var pins = new GCHandle[texts.Length];
        int error;
        int made = 0;
        try
        {
            for (int i = 0; i < texts.Length; i++)
                pins[i] = GCHandle.Alloc(
                    texts[i], GCHandleType.Pinned);
            for (int i = 0; i < count; i++)
                vector[i] = (byte*)pins[i].AddrOfPinnedObject();
            vector[count] = null;
            empty[0] = null;
            error = Libc.posix_spawn(
                &made, (byte*)pins[count].AddrOfPinnedObject(), null, null, vector, empty);
        }
        finally
        {
            foreach (var pin in pins)
            {
                if (pin.IsAllocated)
                    pin.Free();
            }
        }

        pid = made;
        return error == 0 ? SysResult.Ok : SysResult.Fail((Errno)error);
    }
}
