using InitTx.Core;
using InitTx.Init.Boot;
using InitTx.Init.Prepare;
using InitTx.Init.Processes;
using InitTx.Init.Recovery;
using InitTx.Linux.Channels;
using InitTx.Linux.Prepare;
using InitTx.Linux.Processes;
using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Init;

/// <summary>
/// Everything around units that lies on a file system, asked of the prepare helper: reading the
/// unit path again, PID files, removing what a stopped unit leaves behind.
/// </summary>
internal sealed class UnitFiles(
    Engine engine,
    EventQueue queue,
    PrepareClient prepare,
    AdoptedProcesses adopted,
    UnitCgroups cgroups,
    ProcFs proc,
    HeldBlob heldTree,
    HeldDefinitions definitions,
    UnitSources sources,
    ManagerPaths paths,
    ManagerConsole console)
{
    private const long ReloadTimeoutUs = 90_000_000;
    private const long FileTimeoutUs = 30_000_000;
    private const int MaxTree = 96 << 20;

    /// <summary>
    /// daemon-reload: generators, then the whole unit path, then a new catalogue.
    /// </summary>
    public void Reload(RequestId request)
    {
        if (sources.GeneratorQuestion() is not { } generators)
        {
            ReadTree(request);
            return;
        }

        prepare.Ask(generators, ReloadTimeoutUs, reply =>
        {
            if (reply.Error.Length > 0)
                console.Line("generators: " + reply.Error);
            ReadTree(request);
        });
    }

    public void ReadPidFile(UnitRuntime unit)
    {
        if (unit.Definition.Service?.PidFile is not { } path)
        {
            GuessMain(unit);
            return;
        }

        var question = new PrepareQuestion.ReadPidFile(0, unit.Name, path, cgroups.PathOf(unit));
        prepare.Ask(question, FileTimeoutUs, reply =>
        {
            if (reply.Answer is not PrepareAnswer.PidFile { Error: null } file)
            {
                queue.Post(new EngineEvent.PidFileRead(unit.Id, default, reply.Error));
                return;
            }

            var process = new ProcessIdentity(file.Pid, file.StartTicks);
            bool isOurs = adopted.TryName(unit, process);
            queue.Post(new EngineEvent.PidFileRead(
                unit.Id, isOurs ? process : default,
                isOurs ? null : $"process {file.Pid} belongs to another unit or the manager"));
        });
    }

    // GuessMainPID=: only certain when exactly one process is left (systemd.service(5)).
    private void GuessMain(UnitRuntime unit)
    {
        int pid = cgroups.OnlyProcess(unit);
        ProcessIdentity process = pid == 0 ? default : proc.Identify(pid);
        if (!adopted.TryName(unit, process))
            process = default;
        queue.Post(new EngineEvent.PidFileRead(
            unit.Id, process, process.IsNone ? "the unit has not exactly one process" : null));
    }

    public void CleanUp(UnitRuntime unit, bool keepDirectories)
    {
        ExecSettings? exec = unit.Definition.Exec;
        var directories = new List<string>();
        if (exec is { RuntimeDirectoryPreserve: not DirectoryPreserve.Yes } && !keepDirectories)
        {
            foreach (ServiceDirectory directory in exec.Directories)
            {
                if (string.Equals(directory.Base, "RUNTIME", StringComparison.Ordinal))
                    directories.Add(directory.Name);
            }
        }

        string[] files = unit.Definition.Service?.PidFile is { } pidFile ? [pidFile] : [];
        string? state = exec is { PrivateTmp: true } && !keepDirectories
            ? paths.UnitState(unit.Name)
            : null;
        string? ipcUser = exec is { RemovesIpc: true } && !keepDirectories
            ? exec.User ?? (exec.DynamicUser ? unit.Name.Value : null)
            : null;
        string? login = exec?.LoginRecord;
        if (directories.Count + files.Length == 0 && state is null && ipcUser is null
            && login is null)
            return;
        var question = new PrepareQuestion.CleanUp(
            0, unit.Name, paths.DirectoryBases[0], directories, files)
        {
            PrivateState = state,
            IpcUser = ipcUser,
            DynamicUsers = exec is { DynamicUser: true } ? paths.DynamicUsers : null,
            LoginRecord = login,
        };
        prepare.Ask(question, FileTimeoutUs, reply =>
        {
            if (reply.Error.Length > 0)
                console.Line($"{unit.Name}: clean-up: {reply.Error}");
        });
    }

    private void ReadTree(RequestId request)
    {
        var question = new PrepareQuestion.ReadUnits(0, paths.UnitPath);
        prepare.Ask(question, ReloadTimeoutUs, reply =>
        {
            string? error = Install(reply);
            queue.Post(new EngineEvent.CatalogReplaced(
                error is null ? sources.Catalog : engine.Catalog, request, error));
        });
    }

    // What is in force and what the files say, both as they were before.
    private IEnumerable<UnitDefinition> Unreplaced()
    {
        foreach (UnitRuntime unit in engine.Units)
        {
            if (unit.DiskProblem is null && unit.Definition.LoadState != UnitLoadState.Merged)
                yield return unit.Definition;
        }
    }

    private string? Install(PrepareReply reply)
    {
        if (reply.Answer is null || reply.Error.Length > 0)
            return reply.Error;
        if (reply.Descriptor is not { } descriptor)
            return "the prepare helper sent no unit files";
        var read = MemFd.ReadSealed(descriptor, MaxTree, out byte[] bytes);
        if (read.IsError)
            return "unit files: " + read.Error;
        if (!UnitFileTree.TryParse(bytes, out UnitFileTree tree))
            return "the prepare helper's unit files do not parse";
        sources.Recall(Unreplaced());
        if (definitions.BeforeReload(engine) is { } unkept)
            console.Line(unkept);
        if (heldTree.Replace(bytes) is { } refused)
            return refused;
        sources.Use(tree);
        prepare.ForgetBlocks();
        return null;
    }
}
