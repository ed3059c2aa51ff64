using InitTx.Init.Activation;
using InitTx.Linux.BlackBox;
using InitTx.Linux.Launch;
using InitTx.Linux.Prepare;
using InitTx.Units.Model;

namespace InitTx.Init.Processes;

/// <summary>A command of a unit that a process is to be made for.</summary>
/// <param name="Prepared">What the helper has found out; null when it was not asked.</param>
/// <param name="Listening">Descriptors that come with it.</param>
/// <param name="Shared">Its namespaces, whose descriptors come behind those.</param>
/// <param name="Directories">Made first, by the child, when they are missing.</param>
/// <param name="Filters">For its control group, by the child.</param>
internal readonly record struct CommandRequest(
    UnitDefinition Unit,
    ExecCommand Command,
    PrepareAnswer.Prepared? Prepared,
    int Listening,
    SharedNamespaces Shared,
    IReadOnlyList<string> Directories,
    IReadOnlyList<SetupOption> Filters);

/// <summary>
/// Turns a command of a unit into what the shim takes: argv, environment, limits, identity. Steps
/// that would touch a disk or need root after the identity change go through initx-exec, as its
/// README lists. Reuses its buffers: one request at a time. Main thread only.
/// </summary>
internal sealed class SpawnBuilder(
    ManagerPaths paths, IReadOnlyList<KeyValuePair<string, string>> defaultEnvironment)
{
    // "!!" is "!" only where the kernel has no ambient capabilities; ours always has (Linux 4.3).
    private const ExecCommandFlags WithoutUser =
        ExecCommandFlags.FullyPrivileged | ExecCommandFlags.NoUser;

    private static readonly string VariableMark = ServiceEnvironment.VariableMark.ToString();

    private readonly HelperOptions _helper = new(paths);
    private readonly IReadOnlyList<KeyValuePair<string, string>> _inherited =
        UserEnvironment.Of(paths);
    private readonly NulBlock _arguments = new();
    private readonly NulBlock _environmentBlock = new();
    private readonly ProcessEnvironment _environment = new();
    private readonly List<SpawnLimit> _limits = [];
    private byte[] _path = [];
    private byte[] _directory = [];
    private SpawnLimit[] _limitArray = [];
    private uint[] _groups = [];

    /// <summary>
    /// The variables of the process; fill after <see cref="Begin"/>, before <see cref="Finish"/>.
    /// </summary>
    public ProcessEnvironment Environment => _environment;

    /// <summary>Starts a request with the variables that a unit's settings give.</summary>
    public void Begin(UnitDefinition unit, PrepareAnswer.Prepared? prepared)
    {
        _environment.Clear();
        _environment.Set("PATH", ProcessEnvironment.DefaultPath);
        _environment.SetAll(paths.Locale);
        _environment.SetAll(_inherited);
        _environment.SetAll(defaultEnvironment);
        SetUser(unit.Exec ?? Defaults, prepared);
        if (prepared is not null)
            _environment.SetAll(prepared.DirectoryEnvironment);
        if (unit.Exec is { } exec)
        {
            if (SearchPath(exec) is { } path)
                _environment.Set("PATH", path);
            PassOn(exec.PassEnvironment);
            _environment.SetAllOfUnit(exec.Environment);
        }

        if (prepared is not null)
            _environment.SetAllOfUnit(prepared.Environment);
    }

    // The name comes with User= and DynamicUser= only; a home or shell that says nothing does not.
    private void SetUser(ExecSettings exec, PrepareAnswer.Prepared? prepared)
    {
        if (exec is { WorkingDirectory: "~", DynamicUser: false })
            _environment.Set("HOME", WorkingDirectory(exec, prepared, paths.Home));
        if (prepared is not { HasIds: true, UserName.Length: > 0 })
            return;
        if (prepared.Home.Length > 0)
            _environment.Set("HOME", prepared.Home);
        _environment.Set("LOGNAME", prepared.UserName);
        _environment.Set("USER", prepared.UserName);
        if (prepared.Shell.Length > 0)
            _environment.Set("SHELL", prepared.Shell);
    }

    private static string? SearchPath(ExecSettings exec)
    {
        for (int i = 0; i < exec.Setup.Count; i++)
        {
            if (exec.Setup[i].Key is "ExecSearchPath")
                return exec.Setup[i].Value;
        }

        return null;
    }

    // PassEnvironment=: what the manager itself was started with, as stage 0 left it.
    private void PassOn(IReadOnlyList<string> names)
    {
        for (int i = 0; i < names.Count; i++)
        {
            if (System.Environment.GetEnvironmentVariable(names[i]) is { } value)
                _environment.SetOfUnit(names[i], value);
        }
    }

    /// <summary>
    /// Completes the request; an error in words when the command cannot be made at all.
    /// </summary>
    public string? Finish(in CommandRequest asked, ref SpawnRequest request)
    {
        (UnitDefinition unit, ExecCommand command, PrepareAnswer.Prepared? prepared, int listening,
            SharedNamespaces shared, IReadOnlyList<string> directories,
            IReadOnlyList<SetupOption> filters) = asked;
        ExecSettings exec = unit.Exec ?? Defaults;
        foreach (string pattern in exec.UnsetEnvironment)
            _environment.Unset(pattern);
        List<string>? argv = CommandExpander.Expand(command, _environment.Get);
        if (argv is null)
            return $"{command.Source}: more than {CommandExpander.MaxWords} arguments";

        bool asUser = (command.Flags & WithoutUser) == 0 && prepared is { HasIds: true };
        bool byHelper = HelperOptions.AreNeeded(exec, command) || directories.Count > 0
            || filters.Count > 0;
        _environmentBlock.Clear();
        _arguments.Clear();
        bool ok = true;
        if (byHelper)
        {
            ok = _helper.Write(_arguments, _environmentBlock, new HelperRequest(
                unit, exec, command, prepared, asUser, listening, shared, directories, filters));
        }

        foreach (string word in argv)
            ok &= _arguments.Add(word);
        if (!ok)
            return $"{command.Source}: an argument holds a NUL byte";
        SetText(ref _path, byHelper ? paths.ExecHelper : command.Path);
        if (!_environment.WriteTo(_environmentBlock, byHelper ? VariableMark : ""))
            return $"{command.Source}: a variable holds a NUL byte";

        request.Path = _path;
        request.Arguments = _arguments.Bytes;
        request.ArgumentCount = _arguments.Count;
        request.Environment = _environmentBlock.Bytes;
        request.EnvironmentCount = _environmentBlock.Count;
        FillSettings(exec, prepared, asUser && !byHelper, byHelper, ref request);
        return null;
    }

    private static readonly ExecSettings Defaults = new();

    private void FillSettings(
        ExecSettings exec,
        PrepareAnswer.Prepared? prepared,
        bool setIds,
        bool byHelper,
        ref SpawnRequest request)
    {
        SpawnFlags flags = SpawnFlags.NewSession | SpawnFlags.SetUmask;
        request.Umask = (uint)exec.UMask;
        if (exec.IgnoreSigpipe)
            flags |= SpawnFlags.IgnoreSigpipe;
        if (byHelper)
            flags |= SpawnFlags.PassStatus;
        else if (exec.NoNewPrivileges)
            flags |= SpawnFlags.NoNewPrivileges;
        if (exec.Nice is { } nice)
        {
            flags |= SpawnFlags.SetNice;
            request.Nice = nice;
        }

        if (setIds)
        {
            flags |= SpawnFlags.SetIds;
            request.Uid = prepared!.Uid;
            request.Gid = prepared.Gid;
            _groups = prepared.Groups as uint[] ?? [.. prepared.Groups];
            request.Groups = _groups;
        }

        // What initx-exec does itself: as the unit's user, or where its runtime would suffer.
        SetText(
            ref _directory, byHelper ? "/" : WorkingDirectory(exec, prepared, paths.Home));
        request.Directory = _directory;
        if (exec.WorkingDirectoryOptional)
            flags |= SpawnFlags.DirectoryOptional;
        _limits.Clear();
        for (int i = 0; i < exec.Limits.Count && !byHelper; i++)
        {
            ResourceLimit limit = exec.Limits[i];
            _limits.Add(new SpawnLimit(limit.Resource, limit.Soft, limit.Hard));
        }

        _limitArray = [.. _limits];
        request.Limits = _limitArray;
        request.Flags = flags;
    }

    /// <summary>Where the process starts.</summary>
    /// <param name="home">Of the user whose manager this is; null for the system's.</param>
    public static string WorkingDirectory(
        ExecSettings exec, PrepareAnswer.Prepared? prepared, string? home) =>
        exec.WorkingDirectory switch
        {
            null => home ?? "/",
            "~" => prepared is { Home.Length: > 0 } ? prepared.Home : home ?? "/root",
            { } path => path,
        };

    private static void SetText(ref byte[] buffer, string text) =>
        buffer = [.. System.Text.Encoding.UTF8.GetBytes(text), 0];
}
