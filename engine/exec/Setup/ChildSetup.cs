using System.Globalization;
using System.Text;
using InitTx.Linux;
using InitTx.Linux.Handles;
using InitTx.Linux.Launch;

namespace InitTx.Exec.Setup;

/// <summary>
/// <c>initx-exec [OPTION]... -- PROGRAM ARG0 [ARG]...</c>: the steps in the order of the README,
/// then the program takes this process over. A step that fails ends it with the step's status of
/// systemd.exec(5), "Process exit codes", and one line on standard error.
/// </summary>
internal static class ChildSetup
{
    private const int Exec = 203;
    private const int OomAdjust = 206;
    private const int Stdin = 208;
    private const int Stdout = 209;
    private const int Group = 216;
    private const int User = 217;
    private const int Stderr = 222;
    private const int NoNewPrivileges = 227;
    private static readonly int[] StreamStatus = [Stdin, Stdout, Stderr];

    // systemd.service(5), "Command lines": the path is fixed at build time, $PATH is not asked.
    private static readonly string[] SearchPath =
        ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    public static int Run(string[] args)
    {
        ChildOptions? options = ChildOptions.Parse(args, out string error);
        if (options is null)
            return Usage.Wrong(error);
        int status = Streams(options);
        if (status == 0 && options.OomScoreAdjust is int score)
        {
            byte[] value = Encoding.ASCII.GetBytes(score.ToString(CultureInfo.InvariantCulture));
            status = Check(
                Files.WriteValue(Files.Cwd, "/proc/self/oom_score_adj", value),
                OomAdjust, "OOMScoreAdjust", options.OomScoreAdjust.ToString()!);
        }

        if (status == 0)
            status = Identity(options);
        if (status == 0 && options.NoNewPrivileges)
            status = Check(
                ProcessImage.SetNoNewPrivileges(), NoNewPrivileges, "NoNewPrivileges", "yes");
        return status == 0 ? Execute(options) : status;
    }

    private static int Streams(ChildOptions options)
    {
        for (int stream = 0; stream < 3; stream++)
        {
            if (options.Streams[stream] is not { } file)
                continue;
            bool shared = stream == 2 && options.Streams[1] is { } output
                && output.Path == file.Path;
            SysResult result = shared
                ? ProcessImage.CopyStream(1, 2)
                : OpenStream(file, stream);
            int status = Check(result, StreamStatus[stream], StreamName(stream), file.Path);
            if (status != 0)
                return status;
        }

        return 0;
    }

    private static SysResult OpenStream(StreamFile file, int stream)
    {
        SysResult<FileDescriptor> opened = ProcessImage.OpenStreamFile(
            file.Path, input: stream == 0, append: file.Form == FileForm.Append,
            truncate: file.Form == FileForm.Truncate);
        return opened.IsError
            ? SysResult.Fail(opened.Error)
            : ProcessImage.BecomeStream(opened.Require(), stream);
    }

    private static string StreamName(int stream) => stream switch
    {
        0 => "StandardInput",
        1 => "StandardOutput",
        _ => "StandardError",
    };

    private static int Identity(ChildOptions options)
    {
        int status = options.Groups is { } groups
            ? Check(ProcessImage.SetGroups(groups), Group, "SupplementaryGroups",
                string.Join(',', groups))
            : 0;
        if (status == 0 && options.Gid is uint gid)
            status = Check(ProcessImage.SetGid(gid), Group, "Group", $"{gid}");
        if (status == 0 && options.Uid is uint uid)
            status = Check(ProcessImage.SetUid(uid), User, "User", $"{uid}");
        return status;
    }

    private static int Execute(ChildOptions options)
    {
        SysResult result = ProcessImage.SetPipeSignal(ignored: !options.DefaultSigpipe);
        if (result.IsError)
            return Check(result, Exec, "IgnoreSIGPIPE", "");
        string program = options.Program;
        if (options.Search && !program.Contains('/', StringComparison.Ordinal))
        {
            string? found = Find(program, out Errno why);
            if (found is null)
                return Check(SysResult.Fail(why), Exec, "find", program);
            program = found;
        }

        return Check(ProcessImage.Execute(program, options.Arguments), Exec, "execute", program);
    }

    // As execvp(3): a file that may not be executed is only the answer when there is no better one.
    private static string? Find(string name, out Errno why)
    {
        why = Errno.ENOENT;
        foreach (string directory in SearchPath)
        {
            string path = $"{directory}/{name}";
            if (PathFacts.Status(path, out FileStatus status).IsError || !status.IsRegular)
                continue;
            SysResult may = ProcessImage.MayExecute(path);
            if (may.IsOk)
                return path;
            why = may.Error;
        }

        return null;
    }

    private static int Check(SysResult result, int status, string step, string what)
    {
        if (result.IsOk)
            return 0;
        Console.Error.WriteLine($"initx-exec: {step}: {what}: {result.Error.Describe()}");
        return status;
    }
}
