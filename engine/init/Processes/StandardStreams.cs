using InitTx.Init.Logging;
using InitTx.Linux;
using InitTx.Linux.BlackBox;
using InitTx.Linux.Handles;
using InitTx.Linux.Logging;
using InitTx.Linux.Machine;
using InitTx.Units.Model;

namespace InitTx.Init.Processes;

/// <summary>
/// Descriptors 0, 1 and 2 of services (systemd.exec(5), "Logging and Standard Input/Output").
/// File forms are opened by initx-exec in the child, since a file system may hang. Output that goes
/// to a journal leads to <see cref="Output"/>, which <c>LogTarget=</c> of initx.conf chooses, and
/// without one, or while it cannot take it, to <see cref="Log"/>.
/// </summary>
internal sealed class StandardStreams(FileDescriptor? nothing, FileDescriptor? log, ManagerConsole console)
{
    private FileDescriptor? _terminal;
    private LogStreamFacts? _facts;
    private int _output;

    /// <summary>Where services' output is kept; null where it is not.</summary>
    public IServiceOutput? Output { get; set; }

    /// <summary>/dev/null, or -1 (what PID 1 has) where there is none.</summary>
    public int Null => nothing?.Number ?? -1;

    /// <summary>Where service output goes by default; -1 when it goes nowhere.</summary>
    public int Log => log?.Number ?? Null;

    /// <summary>Sets the three descriptors; an error in words when one cannot be had.</summary>
    /// <param name="facts">Whose output it will be; its pid is not known yet.</param>
    public string? Fill(ExecSettings? exec, LogStreamFacts facts, ref SpawnRequest request)
    {
        _facts = facts;
        _output = -1;
        request.Input = Null;
        if (exec is null)
        {
            request.Output = Kept();
            request.Error = Kept();
            return null;
        }

        if (UsesTerminal(exec) && OpenTerminal(exec) is { } problem)
            return problem;
        if (InputOf(exec, ref request) is { } unsupported)
            return unsupported;
        request.Output = OutputOf(exec.StandardOutput, request.Input, exec);
        request.Error = exec.StandardError.Kind == StandardStream.Inherit
            ? request.Output
            : OutputOf(exec.StandardError, request.Input, exec);
        return null;
    }

    /// <summary>There is a child.</summary>
    public void Made(int pid)
    {
        if (_output >= 0)
            Output?.Made(pid);
    }

    /// <summary>The child has its copies.</summary>
    public void CloseTemporary()
    {
        Output?.End();
        _output = -1;
        _terminal?.Dispose();
        _terminal = null;
    }

    private static bool UsesTerminal(ExecSettings exec) =>
        exec.StandardInput.Kind is StandardStream.Tty or StandardStream.TtyForce or StandardStream.TtyFail
        || exec.StandardOutput.Kind == StandardStream.Tty
        || exec.StandardError.Kind == StandardStream.Tty;

    private string? OpenTerminal(ExecSettings exec)
    {
        string path = exec.TtyPath ?? "/dev/console";
        SysResult<FileDescriptor> opened = Terminal.Open(path);
        if (opened.IsError)
            return $"TTYPath={path}: {opened.Error.Describe()}";
        _terminal = opened.Require();
        return null;
    }

    private string? InputOf(ExecSettings exec, ref SpawnRequest request)
    {
        switch (exec.StandardInput.Kind)
        {
            case StandardStream.Tty or StandardStream.TtyFail:
                request.Input = _terminal!.Number;
                request.Flags |= SpawnFlags.ControllingTerminal;
                return null;
            case StandardStream.TtyForce:
                request.Input = _terminal!.Number;
                request.Flags |= SpawnFlags.ControllingTerminal | SpawnFlags.ForceTerminal;
                return null;
            case StandardStream.Socket or StandardStream.FdName:
                return "StandardInput=socket and fd: are not built yet in this version";
            default:
                return null;
        }
    }

    private int OutputOf(StreamTarget target, int input, ExecSettings exec) => target.Kind switch
    {
        StandardStream.Null => Null,
        StandardStream.Tty => _terminal!.Number,
        StandardStream.JournalConsole or StandardStream.KmsgConsole =>
            console.Descriptor >= 0 ? console.Descriptor : Log,

        // Inherit: the terminal when the input is one, else the default (systemd.exec(5)).
        StandardStream.Inherit when exec.StandardInput.Kind
            is StandardStream.Tty or StandardStream.TtyForce or StandardStream.TtyFail => input,
        StandardStream.Inherit or StandardStream.Journal => Kept(),
        _ => Log,
    };

    // Both streams of a process share one way, so that their lines stay in order.
    private int Kept()
    {
        if (_output < 0 && _facts is not null)
            _output = Output?.Begin(_facts) ?? -1;
        return _output >= 0 ? _output : Log;
    }
}
