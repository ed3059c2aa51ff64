using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Linux;
using InitTx.Linux.BlackBox;
using InitTx.Linux.Handles;
using InitTx.Linux.Processes;

namespace InitTx.Init.Processes;

/// <summary>
/// Processes of the manager's own: the prepare helper, the unmounter. They belong to no unit and
/// leave no rows; the shutdown ends them last.
/// </summary>
internal sealed class InternalProcesses(
    ChildReaper reaper,
    SpawnStatusTable statuses,
    StandardStreams streams,
    ManagerConsole console,
    UnitCgroups cgroups)
{
    private readonly Dictionary<int, Action<ExitKind, int>> _ended = [];

    public IReadOnlyCollection<int> Pids => _ended.Keys;

    /// <summary>Starts a program; its pid, or 0 with the error in words.</summary>
    /// <param name="passed">Becomes descriptor 3.</param>
    /// <param name="ended">Called once, when it has ended.</param>
    /// <param name="refused">
    /// Called in place of a line on the console when it cannot be executed, before or after
    /// <paramref name="ended"/>.
    /// </param>
    /// <param name="inGroup">In the manager's process group: autofs lets it pass.</param>
    public int Start(
        IReadOnlyList<string> argv,
        FileDescriptor? passed,
        Action<ExitKind, int> ended,
        out string error,
        Action<Errno>? refused = null,
        bool inGroup = false)
    {
        // They live where the manager does.
        cgroups.Settle();
        var arguments = new NulBlock();
        foreach (string word in argv)
            arguments.Add(word);
        var environment = new NulBlock();
        environment.AddPair("PATH", ProcessEnvironment.DefaultPath);
        byte[] path = [.. System.Text.Encoding.UTF8.GetBytes(argv[0]), 0];
        int[] descriptors = passed is null ? [] : [passed.Number];
        var request = new SpawnRequest
        {
            Path = path,
            Arguments = arguments.Bytes,
            ArgumentCount = arguments.Count,
            Environment = environment.Bytes,
            EnvironmentCount = environment.Count,
            ListenFds = descriptors,
            Flags = inGroup ? SpawnFlags.None : SpawnFlags.NewSession,
            Input = streams.Null,
            Output = streams.Log,
            Error = streams.Log,
        };
        SpawnResult made = Shim.Spawn(in request);
        if (made.IsError)
        {
            error = $"{argv[0]}: {((Errno)made.Errno).Describe()}";
            return 0;
        }

        error = "";
        _ended[made.Pid] = ended;
        reaper.Register(new ProcessIdentity(made.Pid, 0), Own(made.PidFd), 0);
        string program = argv[0];
        statuses.Add(made, 0, program, report =>
        {
            if (report.Errno != 0 && refused is not null)
                refused((Errno)report.Errno);
            else if (report.Errno != 0)
                console.Line($"cannot start {program}: {((Errno)report.Errno).Describe()}");
        });
        return made.Pid;
    }

    /// <summary>True when the exit was one of ours.</summary>
    public bool TryEnd(int pid, ExitKind kind, int code)
    {
        if (!_ended.Remove(pid, out Action<ExitKind, int>? ended))
            return false;
        ended(kind, code);
        return true;
    }

    public static FileDescriptor? Own(int fd) => fd < 0 ? null : new FileDescriptor(fd);
}
