using System.Globalization;
using InitTx.Core;
using InitTx.Init.Archive;
using InitTx.Init.Logging;
using InitTx.Init.Processes;
using InitTx.Linux;
using InitTx.Linux.BlackBox;
using InitTx.Linux.Loop;
using InitTx.Linux.Machine;
using InitTx.Linux.Power;

namespace InitTx.Init.Shutdown;

/// <summary>
/// The stages after all units have stopped (DESIGN §7, invariant I24): each has a deadline of its
/// own, and none is waited for longer. Unmounting runs in a child: umount(2) of a dead file system
/// never returns. A manager that is not PID 1 ends its units only, then itself; where the machine's
/// own PID 1 is to exit, it powers off.
/// </summary>
internal sealed class ShutdownHost(
    EventQueue queue,
    InternalProcesses own,
    ManagerPaths paths,
    ManagerConsole console,
    bool isPid1,
    ArchiveHost archive,
    LogHost? logs,
    Action<int> end)
{
    private const long KillWaitUs = 10_000_000;
    private const long UnmountWaitUs = 20_000_000;
    private const long LookAgainUs = 50_000;

    // Asked while there is a /proc.
    private readonly bool _mayExit = isPid1 && InitialNamespace.IsAnother();

    private ShutdownStage _stage;
    private long _deadlineUs = long.MaxValue;
    private long _lookUs = long.MaxValue;
    private int _unmounter;

    public long NextDeadlineUs => Math.Min(_deadlineUs, _lookUs);

    public void Run(ShutdownStage stage, ShutdownKind kind, string? argument)
    {
        _stage = stage;
        switch (stage)
        {
            case ShutdownStage.TerminateAll:
                SignalEverybody(Signals.Terminate, andContinue: true);
                break;
            case ShutdownStage.KillAll:
                SignalEverybody(Signals.Kill, andContinue: false);
                break;
            case ShutdownStage.Unmount:
                Unmount();
                break;
            case ShutdownStage.Final:
                Final(kind, argument);
                break;
        }
    }

    /// <summary>Processes may have ended: is the stage over?</summary>
    public void AfterDispatch()
    {
        if (_lookUs == long.MaxValue || RemainingProcesses.Any(own.Pids))
            return;
        Done("");
    }

    public void OnTime(long nowUs)
    {
        if (_deadlineUs <= nowUs)
            Expired();
        else if (_lookUs <= nowUs)
            _lookUs = nowUs + LookAgainUs;
    }

    private void SignalEverybody(int signal, bool andContinue)
    {
        if (!isPid1 || !RemainingProcesses.Any(own.Pids))
        {
            Done("");
            return;
        }

        RemainingProcesses.Signal(signal, own.Pids);
        if (andContinue)
            RemainingProcesses.Signal(Signals.Continue, own.Pids);
        long now = MonotonicClock.BootTimeUs();
        _deadlineUs = now + KillWaitUs;
        _lookUs = now + LookAgainUs;
    }

    private void Unmount()
    {
        logs?.Finish();

        // Its disk is about to go: it gets what is left, for five seconds at most.
        archive.Finish(AfterArchive);
    }

    private void AfterArchive()
    {
        if (!isPid1)
        {
            Done("");
            return;
        }

        _deadlineUs = MonotonicClock.BootTimeUs() + UnmountWaitUs;
        _unmounter = own.Start(
            [paths.ExecHelper, "--unmount-all"],
            null,
            (_, code) => Done(code == 0 ? "" : "some file systems stayed busy"),
            out string error);
        if (_unmounter == 0)
            Done("nothing unmounted: " + error);
    }

    private void Expired()
    {
        if (_stage == ShutdownStage.Unmount)
            Done("unmounting did not end in time");
        else
            Done("processes are left that do not end");
    }

    private void Done(string detail)
    {
        if (_stage == ShutdownStage.Unmount && _unmounter == -1)
            return;
        _deadlineUs = long.MaxValue;
        _lookUs = long.MaxValue;
        if (_stage == ShutdownStage.Unmount)
            _unmounter = -1;
        if (detail.Length > 0)
            console.Line("shutdown: " + detail);
        queue.Post(new EngineEvent.ShutdownStageDone(_stage, detail));
    }

    // From a record, which may be damaged: this is no place to fail in.
    private static int StatusOf(ShutdownKind kind, string? argument)
    {
        if (kind != ShutdownKind.Exit || argument is null)
            return 0;
        return byte.TryParse(
            argument, NumberStyles.None, CultureInfo.InvariantCulture, out byte status)
            ? status
            : 1;
    }

    private void Final(ShutdownKind kind, string? argument)
    {
        Shim.CloseHardwareWatchdog();
        int status = StatusOf(kind, argument);
        if (!isPid1)
        {
            // A user's manager comes here at once: what is left for log and archive goes first.
            if (_unmounter != -1)
                logs?.Finish();
            archive.Finish(() => end(status));
            return;
        }

        // A slow disk may take longer than the hang watchdog allows a batch.
        Shim.Loading(true);
        SysResult result = SystemPower.Sync(deadlineUs: KillWaitUs);
        if (result.IsError)
            console.Line("shutdown: sync: " + result.Error.Describe());
        if (kind == ShutdownKind.Exit && _mayExit)
            Shim.End(status);
        result = SystemPower.Stop(
            kind == ShutdownKind.Exit ? ShutdownKind.Poweroff : kind, argument);

        // Only reached when the kernel refused: try the plainest way, then stay and reap.
        console.Line($"shutdown: reboot(2): {result.Error.Describe()}");
        _ = SystemPower.Stop(ShutdownKind.Poweroff);
    }
}
