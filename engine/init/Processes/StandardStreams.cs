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
/// <param name="nothing">/dev/null.</param>
/// <param name="log">What <see cref="Log"/> is.</param>
/// <param name="console">
/// For *+console; not the manager's own, which a service that clears O_NONBLOCK would make block.
/// </param>
internal sealed class StandardStreams(
    FileDescriptor? nothing, FileDescriptor? log, FileDescriptor? console)
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
    /// <param name="passed">Sockets that the process gets, for socket and fd:NAME.</param>
    /// <param name="names">Their names, separated by colons.</param>
    public string? Fill(
        ExecSettings? exec, LogStreamFacts facts, IReadOnlyList<int> passed, string names,
        ref SpawnRequest request)
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

        if (HelperOptions.OpensTerminal(exec))
        {
            request.Output = OutputOf(exec.StandardOutput, request.Input, exec);
            request.Error = exec.StandardError.Kind == StandardStream.Inherit
                ? request.Output
                : OutputOf(exec.StandardError, request.Input, exec);
            return null;
        }

        if (UsesTerminal(exec) && OpenTerminal(exec) is { } problem)
            return problem;
        if (UsesSocket(exec))
            return FillSockets(exec, passed, names.Split(':'), ref request);
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

    /// <summary>
    /// A stream of every command of the unit is its socket; it is not passed otherwise.
    /// </summary>
    public static bool TakeSocket(ExecSettings? exec) => exec is not null
        && (exec.StandardInput.Kind == StandardStream.Socket
            || exec.StandardOutput.Kind == StandardStream.Socket
            || exec.StandardError.Kind == StandardStream.Socket);

    private static bool UsesSocket(ExecSettings exec) =>
        IsSocket(exec.StandardInput) || IsSocket(exec.StandardOutput)
        || IsSocket(exec.StandardError);

    private static bool IsSocket(StreamTarget target) =>
        target.Kind is StandardStream.Socket or StandardStream.FdName;

    // systemd.exec(5): with a socket as input, output and error inherit it by default.
    private string? FillSockets(
        ExecSettings exec, IReadOnlyList<int> passed, string[] names, ref SpawnRequest request)
    {
        if (Socket("StandardInput", exec.StandardInput, passed, names, out int input) is { } wrong)
            return wrong;
        if (!IsSocket(exec.StandardInput) && InputOf(exec, ref request) is { } unsupported)
            return unsupported;
        request.Input = input >= 0 ? input : request.Input;
        if (Socket("StandardOutput", exec.StandardOutput, passed, names, out int output) is { } no)
            return no;
        request.Output = output >= 0 ? output
            : exec.StandardOutput.Kind == StandardStream.Inherit && input >= 0 ? input
            : OutputOf(exec.StandardOutput, request.Input, exec);
        if (Socket("StandardError", exec.StandardError, passed, names, out int error) is { } not)
            return not;
        request.Error = error >= 0 ? error
            : exec.StandardError.Kind == StandardStream.Inherit ? request.Output
            : OutputOf(exec.StandardError, request.Input, exec);
        return null;
    }

    private static string? Socket(
        string key, StreamTarget target, IReadOnlyList<int> passed, string[] names, out int fd)
    {
        fd = -1;
        if (!IsSocket(target))
            return null;
        if (target.Kind == StandardStream.Socket)
        {
            if (passed.Count != 1)
                return $"{key}=socket: the service gets {passed.Count} sockets, not one";
            fd = passed[0];
            return null;
        }

        int at = Array.IndexOf(names, target.Path);
        if (at < 0 || at >= passed.Count)
            return $"{key}=fd:{target.Path}: no socket of the service has this name";
        fd = passed[at];
        return null;
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
            default:
                return null;
        }
    }

    private int OutputOf(StreamTarget target, int input, ExecSettings exec) => target.Kind switch
    {
        StandardStream.Null => Null,
        StandardStream.Tty => _terminal?.Number ?? Null,
        StandardStream.JournalConsole or StandardStream.KmsgConsole =>
            console?.Number ?? Log,

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
