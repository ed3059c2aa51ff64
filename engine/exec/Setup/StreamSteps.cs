using InitTx.Linux;
using InitTx.Linux.Channels;
using InitTx.Linux.Handles;
using InitTx.Linux.Launch;
using InitTx.Linux.Machine;

namespace InitTx.Exec.Setup;

/// <summary>
/// Standard input, output and error that are files, terminals or data of the unit
/// (systemd.exec(5), "Logging and Standard Input/Output").
/// </summary>
internal static class StreamSteps
{
    private static readonly int[] Status =
        [ExitStatus.Stdin, ExitStatus.Stdout, ExitStatus.Stderr];

    public static StepFailure? Run(ChildOptions options, SetupSettings settings)
    {
        ResetTerminal(settings);
        StepFailure? failure = null;
        for (int stream = 0; stream < 3 && failure is null; stream++)
        {
            if (options.Streams[stream] is not { } file)
                continue;
            bool shared = stream == 2 && options.Streams[1] is { } output
                && output.Path == file.Path;
            SysResult result = shared
                ? ProcessImage.CopyStream(1, 2)
                : Open(file, stream);
            failure = StepFailure.Of(result, Status[stream], Name(stream), file.Path);
            if (stream == 0 && failure is null && file.Form == FileForm.Terminal)
                failure = TakeTerminal(options, file.Path);
        }

        Resize(settings);
        return failure ?? Data(settings);
    }

    // As with systemd no service fails for the size of its terminal.
    private static void Resize(SetupSettings settings)
    {
        int? rows = settings.Number("TTYRows");
        int? columns = settings.Number("TTYColumns");
        for (int stream = 0; stream < 3 && (rows ?? columns) is not null; stream++)
            _ = Terminal.Resize(stream, rows, columns);
    }

    private static SysResult Open(StreamFile file, int stream)
    {
        SysResult<FileDescriptor> opened = file.Form == FileForm.Terminal
            ? Terminal.Open(file.Path)
            : ProcessImage.OpenStreamFile(
                file.Path, input: stream == 0, append: file.Form == FileForm.Append,
                truncate: file.Form == FileForm.Truncate);
        return opened.IsError
            ? SysResult.Fail(opened.Error)
            : ProcessImage.BecomeStream(opened.Require(), stream);
    }

    private static StepFailure? TakeTerminal(ChildOptions options, string path) =>
        StepFailure.Of(
            Terminal.Take(0, force: options.TerminalMode == "tty-force"),
            ExitStatus.Stdin, "StandardInput", path);

    // TTYVHangup= before TTYReset= before TTYVTDisallocate=, before anybody has it open. What is no
    // terminal, or not ours to hang up (in a user namespace), is used as it is, as systemd does: a
    // terminal that cannot be opened at all is told when its stream is.
    private static void ResetTerminal(SetupSettings settings)
    {
        string path = settings.Find("TTYPath") ?? "/dev/console";
        if (settings.Has("TTYVHangup"))
            _ = Terminal.HangUp(path);
        if (settings.Has("TTYReset"))
            _ = Terminal.Reset(path);
        if (settings.Has("TTYVTDisallocate"))
            _ = Terminal.Clear(path);
    }

    private static StepFailure? Data(SetupSettings settings)
    {
        if (!settings.Has("StandardInput"))
            return null;
        var bytes = new List<byte>();
        foreach (string piece in settings.All("StandardInputData"))
            bytes.AddRange(Convert.FromBase64String(piece));
        SysResult<FileDescriptor> made = MemFd.Create("standard-input");
        SysResult result = made.IsOk ? SysResult.Ok : SysResult.Fail(made.Error);
        if (result.IsOk)
            result = made.Require().WriteAll([.. bytes]);
        if (result.IsOk)
            result = Descriptors.Rewind(made.Require().Number);
        if (result.IsOk)
            result = ProcessImage.BecomeStream(made.Require(), 0);
        return StepFailure.Of(result, ExitStatus.Stdin, "StandardInput", "data");
    }

    private static string Name(int stream) => stream switch
    {
        0 => "StandardInput",
        1 => "StandardOutput",
        _ => "StandardError",
    };
}
