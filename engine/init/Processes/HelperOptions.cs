using System.Globalization;
using InitTx.Init.Activation;
using InitTx.Linux.Launch;
using InitTx.Linux.Prepare;
using InitTx.Units.Model;

namespace InitTx.Init.Processes;

/// <summary>One command of a unit that goes through initx-exec.</summary>
/// <param name="AsUser">The unit's identity applies (no <c>+</c>, no <c>!</c>).</param>
/// <param name="Listening">Descriptors that come with it.</param>
/// <param name="Shared">Its namespaces, whose descriptors come behind those.</param>
/// <param name="Directories">Made first when they are missing.</param>
/// <param name="Filters">For the unit's control group, whatever the command.</param>
internal readonly record struct HelperRequest(
    UnitDefinition Unit,
    ExecSettings Exec,
    ExecCommand Command,
    PrepareAnswer.Prepared? Prepared,
    bool AsUser,
    int Listening,
    SharedNamespaces Shared,
    IReadOnlyList<string> Directories,
    IReadOnlyList<SetupOption> Filters);

/// <summary>
/// The command line of initx-exec for a command that needs it: files for the standard streams,
/// steps that can block, steps that would touch PID 1's memory, and the whole sandbox.
/// </summary>
internal sealed class HelperOptions(ManagerPaths paths)
{
    private const int DefaultMode = 0b111_101_101;

    /// <summary>True when the shim's child alone cannot do it.</summary>
    public static bool AreNeeded(ExecSettings exec, ExecCommand command) =>
        (exec.NeedsExecHelper && !IsBare(exec, command)) || command.Path[0] != '/'
        || IsFile(exec.StandardInput) || IsFile(exec.StandardOutput) || IsFile(exec.StandardError);

    /// <summary>
    /// The terminal is hung up or reset first, so initx-exec opens it, and PID 1 does not.
    /// </summary>
    public static bool OpensTerminal(ExecSettings exec)
    {
        for (int i = 0; i < exec.Setup.Count; i++)
        {
            if (exec.Setup[i].Key is "TTYReset" or "TTYVHangup" or "TTYVTDisallocate")
                return true;
        }

        return false;
    }

    /// <summary>Writes all up to the program's arguments; false when a text has a NUL.</summary>
    public bool Write(NulBlock arguments, NulBlock environment, in HelperRequest request)
    {
        ExecSettings exec = request.Exec;
        bool ok = arguments.Add("initx-exec") & arguments.Add("--marked-environment")
            & AddNumber(arguments, "--status-fd=",
                3 + request.Listening + (2 * request.Shared.Stores.Count))
            & AddNumber(arguments, "--first-own-fd=", 3 + request.Listening)
            & arguments.Add("--unit=" + request.Unit.Name.Value)
            & arguments.Add("--state=" + paths.UnitState(request.Unit.Name));
        if (exec.OomScoreAdjust is { } score)
            ok &= AddNumber(arguments, "--oom-score-adj=", score);
        ok &= AddStreams(arguments, exec);
        foreach (string directory in request.Directories)
        {
            string mode = Convert.ToString(request.Unit.Mount?.DirectoryMode ?? DefaultMode, 8);
            bool isWhere = directory == request.Unit.Mount?.Where;
            ok &= arguments.Add(
                $"{(isWhere ? "--mount-point" : "--make-directory")}={mode}:{directory}");
        }

        ok &= AddShared(arguments, request);
        ok &= AddIdentity(arguments, request);
        ok &= AddSetup(arguments, environment, request);
        foreach (SetupOption filter in request.Filters)
            ok &= arguments.Add($"--{filter.Key}={filter.Value}");
        ok &= arguments.Add("--directory="
            + SpawnBuilder.WorkingDirectory(exec, request.Prepared, paths.Home));
        if (exec.WorkingDirectoryOptional)
            ok &= arguments.Add("--directory-optional");
        foreach (ResourceLimit limit in exec.Limits)
        {
            ok &= arguments.Add(string.Create(CultureInfo.InvariantCulture,
                $"--limit={limit.Resource}:{limit.Soft}:{limit.Hard}"));
        }

        if (exec.NoNewPrivileges && !IsFullyPrivileged(request.Command))
            ok &= arguments.Add("--no-new-privileges");

        // The helper's runtime ignores SIGPIPE, so it cannot pass on what it inherited.
        if (!exec.IgnoreSigpipe)
            ok &= arguments.Add("--default-sigpipe");
        if (request.Command.Path[0] != '/')
            ok &= arguments.Add("--search");
        ok &= arguments.Add("--");
        return ok & arguments.Add(request.Command.Path);
    }

    // "+": of the unit's settings only those that are no restriction (systemd.service(5)).
    private static bool IsBare(ExecSettings exec, ExecCommand command) =>
        IsFullyPrivileged(command) && exec.OomScoreAdjust is null && exec.Setup.Count == 0;

    private static bool IsFullyPrivileged(ExecCommand command) =>
        (command.Flags & ExecCommandFlags.FullyPrivileged) != 0;

    private static bool IsFile(StreamTarget target) =>
        target.Kind is StandardStream.File or StandardStream.Append or StandardStream.Truncate
            or StandardStream.Data;

    private bool AddShared(NulBlock arguments, in HelperRequest request)
    {
        bool ok = true;
        int next = 3 + request.Listening;
        foreach ((string option, _, _) in request.Shared.Stores)
        {
            ok &= arguments.Add(string.Create(
                CultureInfo.InvariantCulture, $"--{option}={next}:{next + 1}"));
            next += 2;
        }

        foreach (UnitName other in request.Shared.Joins)
            ok &= arguments.Add("--join-state=" + paths.UnitState(other));
        foreach (UnitName other in request.Shared.JoinedBy)
            ok &= arguments.Add("--rejoin-state=" + paths.UnitState(other));
        return ok;
    }

    private static bool AddIdentity(NulBlock arguments, in HelperRequest request)
    {
        if (!request.AsUser)
            return true;
        PrepareAnswer.Prepared ids = request.Prepared!;
        bool ok = arguments.Add("--groups=" + string.Join(',', ids.Groups))
            & AddNumber(arguments, "--gid=", ids.Gid) & AddNumber(arguments, "--uid=", ids.Uid);
        return ids.UserName.Length == 0 || (ok & arguments.Add("--user-name=" + ids.UserName));
    }

    private bool AddSetup(NulBlock arguments, NulBlock environment, in HelperRequest request)
    {
        bool ok = true;
        bool privileged = IsFullyPrivileged(request.Command);
        foreach (SetupOption option in request.Exec.Setup)
        {
            if (privileged && !IsForPrivileged(option.Key))
                continue;
            string text = $"{option.Key}={option.Value}";
            ok &= option.IsSecret
                ? environment.Add(ServiceEnvironment.SettingMark + text)
                : arguments.Add("--" + text);
        }

        if (!privileged && request.Unit.Service is { NotifyAccess: not NotifyAccess.None }
            && request.Exec.Setup.Any(static o => o.Key == "RootDirectory"))
            ok &= arguments.Add("--notify-socket=" + paths.NotifySocket);
        return privileged ? ok : ok & AddDirectories(arguments, request);
    }

    // A dynamic user's lie apart, behind the links that its variables name.
    private bool AddDirectories(NulBlock arguments, in HelperRequest request)
    {
        bool ok = true;
        foreach ((string variable, string list) in request.Prepared?.DirectoryEnvironment ?? [])
        {
            int kind = variable switch
            {
                "STATE_DIRECTORY" => 1,
                "CACHE_DIRECTORY" => 2,
                "LOGS_DIRECTORY" => 3,
                _ => 0,
            };
            string? place =
                request.Exec.DynamicUser && kind > 0 ? paths.DirectoryBases[kind] : null;
            foreach (string path in list.Split(':'))
            {
                ok &= arguments.Add(place is null
                    ? "--own-directory=" + path
                    : $"--private-directory={place}/private{path[place.Length..]}");
            }
        }

        return ok;
    }

    // What a command with "+" keeps: how it is scheduled, what it reads and, as under systemd, the
    // network and the IPC namespace of its unit; not what it may do.
    private static bool IsForPrivileged(string key) => key is "CPUSchedulingPolicy"
        or "CPUSchedulingPriority" or "CPUSchedulingResetOnFork" or "CPUAffinity"
        or "IOSchedulingClass" or "IOSchedulingPriority" or "TimerSlackNSec" or "TTYReset"
        or "TTYVHangup" or "TTYVTDisallocate" or "TTYRows" or "TTYColumns" or "NUMAPolicy"
        or "NUMAMask" or "CoredumpFilter" or "UtmpIdentifier" or "UtmpMode" or "StandardInputData"
        or "LoadCredential" or "SetCredential" or "ExecSearchPath" or "PrivateNetwork"
        or "NetworkNamespacePath" or "PrivateIPC" or "IPCNamespacePath";

    private static bool AddStreams(NulBlock arguments, ExecSettings exec)
    {
        StreamTarget error = exec.StandardError.Kind == StandardStream.Inherit
            ? exec.StandardOutput
            : exec.StandardError;
        bool ok = AddStream(arguments, "--stdin-", exec.StandardInput, exec)
            & AddStream(arguments, "--stdout-", exec.StandardOutput, exec)
            & AddStream(arguments, "--stderr-", error, exec);
        if (exec.StandardInput.Kind == StandardStream.Data)
            ok &= arguments.Add("--StandardInput=data");
        ok &= exec.StandardInput.Kind switch
        {
            StandardStream.TtyForce => arguments.Add("--tty-mode=tty-force"),
            StandardStream.TtyFail => arguments.Add("--tty-mode=tty-fail"),
            _ => true,
        };
        return exec.TtyPath is null || (ok & arguments.Add("--TTYPath=" + exec.TtyPath));
    }

    private static bool AddStream(
        NulBlock arguments, string prefix, StreamTarget target, ExecSettings exec)
    {
        string? form = target.Kind switch
        {
            StandardStream.File => "file=",
            StandardStream.Append => "append=",
            StandardStream.Truncate => "truncate=",
            StandardStream.Tty or StandardStream.TtyForce or StandardStream.TtyFail
                when OpensTerminal(exec) => "tty=",
            _ => null,
        };
        return form is null
            || arguments.Add(prefix + form + (target.Path ?? exec.TtyPath ?? "/dev/console"));
    }

    private static bool AddNumber(NulBlock arguments, string option, long value) =>
        arguments.Add(option + value.ToString(CultureInfo.InvariantCulture));
}
