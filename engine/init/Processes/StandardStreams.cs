using InitTx.Linux;
using InitTx.Linux.BlackBox;
using InitTx.Linux.Handles;
using InitTx.Linux.Machine;
using InitTx.Units.Model;

namespace InitTx.Init.Processes;

/// <summary>
/// Descriptors 0, 1 and 2 of services (systemd.exec(5), "Logging and Standard Input/Output").
/// File forms are opened by initx-exec in the child, since a file system may hang. This version has
/// no journal and no syslog stream of its own: those kinds lead to <see cref="Log"/>, which
/// <c>LogTarget=</c> of initx.conf chooses.
/// </summary>
internal sealed class StandardStreams(FileDescriptor? nothing, FileDescriptor? log, ManagerConsole console)
{
    private FileDescriptor? _terminal;

    /// <summary>/dev/null, or -1 (what PID 1 has) where there is none.</summary>
    public int Null => nothing?.Number ?? -1;

    /// <summary>Where service output goes by default; -1 when it goes nowhere.</summary>
    public int Log => log?.Number ?? Null;

    /// <summary>Sets the three descriptors; an error in words when one cannot be had.</summary>
    public string? Fill(ExecSettings? exec, ref SpawnRequest request)
    {
        request.Input = Null;
        request.Output = Log;
        request.Error = Log;
        if (exec is null)
            return null;
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

    /// <summary>The child has its copies.</summary>
    public void CloseTemporary()
    {
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
        _ => Log,
    };
}
