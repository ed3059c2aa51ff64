using InitTx.Exec.Conditions;
using InitTx.Linux;
using InitTx.Linux.Handles;
using InitTx.Linux.Launch;
using InitTx.Linux.Machine;

namespace InitTx.Exec.Setup;

/// <summary>
/// <c>initx-exec [OPTION]... -- PROGRAM ARG0 [ARG]...</c>: the steps in the order of systemd's
/// child, then the program takes this process over. What needs root comes first; from the step
/// that gives the identity up (<see cref="IdentitySteps"/>) there is no way back. A step that
/// fails ends it with the step's status of systemd.exec(5), "Process exit codes", and is named
/// with its errno (<see cref="SetupReport"/>); nothing is executed then.
/// </summary>
internal sealed class ChildSetup
{
    private readonly string[] _arguments;
    private readonly ChildOptions _options;
    private readonly SetupSettings _settings;
    private readonly SetupReport _report;
    private readonly ServiceEnvironment _environment;
    private readonly Credentials _credentials;
    private readonly SystemCallFilters _filters;
    private readonly PamSteps _pam;
    private readonly LabelSteps _labels;

    // What is made on the way has the modes it is given; the service's umask comes back at the end.
    private readonly uint _umask = ProcessImage.SetUmask(0b000_010_010);

    private ChildSetup(ChildOptions options, string[] arguments)
    {
        _arguments = arguments;
        _options = options;
        _settings = options.Settings;
        _report = new SetupReport(options.StatusFd);
        _environment = ServiceEnvironment.Read(options.Marked);
        foreach (string setting in _environment.Settings)
        {
            int equals = setting.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                _settings.Add(setting[..equals], setting[(equals + 1)..]);
        }

        _credentials = new Credentials(_settings, options.Unit);
        _filters = new SystemCallFilters(_settings);
        _pam = new PamSteps(options, _settings);
        _labels = new LabelSteps(_settings, new SystemFiles(""));
    }

    public static int Run(string[] args)
    {
        ChildOptions? options = ChildOptions.Parse(args, out string error);
        return options is null ? Usage.Wrong(error) : new ChildSetup(options, args).Run();
    }

    private int Run()
    {
        if (_options.StatusFd >= 0)
            Descriptors.SetCloseOnExec(_options.StatusFd, on: true);
        var identity = new IdentitySteps(_options, _settings);
        StepFailure? failure = _labels.Prepare(_options.LabelsFound.Contains);
        if (failure is null && !_options.InUserNamespace)
        {
            using FileDescriptor? self = ProcessImage.HoldSelf();
            failure = StreamSteps.Run(_options, _settings);
            failure ??= MakePlaces();
            failure ??= ProcessSteps.Run(_options, _settings);
            if (failure is null)
                RecordLogin();
            failure ??= _credentials.Read();
            if (failure is null)
                DeviceSteps.Run(_settings, _options.Unit);
            failure ??= TrafficSteps.Run(_settings, _options.Unit);
            failure ??= _pam.Open(_environment, _options.Umask ?? _umask);
            failure ??= View();
            failure ??= identity.Groups();
            failure ??= _labels.Own();
            if (failure is null && _settings.Has("PrivateUsers"))
                failure = EnterUserNamespace(self);
        }

        failure ??= identity.Run();
        failure ??= _labels.Program();
        failure ??= identity.NewPrivileges();
        failure ??= EnterDirectory();
        if (failure is not null)
            return Fail(failure.Value);
        PreparedProgram? program = Program(out int status);
        if (program is null)
            return status;
        failure = Last();
        return failure is null ? Execute(program.Value) : Fail(failure.Value);
    }

    // UtmpIdentifier=, UtmpMode=.
    private void RecordLogin()
    {
        if (_settings.Find("UtmpIdentifier") is not { } id)
            return;
        LoginKind kind = _settings.Find("UtmpMode") switch
        {
            "login" => LoginKind.Login,
            "user" => LoginKind.User,
            _ => LoginKind.Init,
        };
        LoginRecords.Begin(id, _settings.Find("TTYPath") ?? "", kind, _options.UserName);
    }

    private int Fail(StepFailure f) => _report.Fail(f.Status, f.Directive, f.What, f.Error);

    private StepFailure? MakePlaces()
    {
        uint umask = ProcessImage.SetUmask(0);
        StepFailure? failure = MountPlaces.Make(_options.Places);
        ProcessImage.SetUmask(umask);
        return failure;
    }

    // Network first: it is brought up with tools of the kernel, not of the file system.
    private StepFailure? View()
    {
        StepFailure? failure = ViewSteps.Network(_settings, _options.NetworkStore);
        failure ??= ViewSteps.HostName(_settings);
        failure ??= ViewSteps.Ipc(_settings, _options.IpcStore);
        bool mounts = _settings.NeedsMounts || _credentials.Place is not null;
        if (failure is not null || !mounts)
            return failure;
        List<MountStep> plan = MountPlan.Make(_settings, _options.OwnDirectories);
        if (_settings.PrivateTmp)
        {
            failure = PrivateTemporary.Add(
                plan, _options.State, _options.Unit, _options.JoinedStates,
                _options.RejoinedStates);
        }

        ViewSteps.AddDirectories(
            plan, _settings, _options.OwnDirectories, _options.PrivateDirectories);
        if (_settings.MountsApi && _options.NotifySocket is { } socket)
            ViewSteps.AddNotifySocket(plan, socket);
        failure ??= _credentials.MakePlace();
        failure ??= new MountNamespace(_settings, _options.State + "/setup").Enter(plan);
        failure ??= _credentials.LayDown(_options.Uid ?? 0, _options.Gid ?? 0);
        if (failure is null && _credentials.Place is { } place
            && _environment.Find("CREDENTIALS_DIRECTORY") is null)
            _environment.Set([new("CREDENTIALS_DIRECTORY", place)], _options.Marked);
        return failure;
    }

    // Executes this program again, whose native constructor enters the namespace (native/).
    private StepFailure? EnterUserNamespace(FileDescriptor? self)
    {
        string[] again =
        [
            "initx-exec",
            $"--user-namespace={_options.Uid ?? 0}:{_options.Gid ?? 0}",
            .. _labels.Found().Select(static key => "--label-found=" + key),
            .. _pam.Again(_arguments),
        ];
        if (_options.StatusFd >= 0)
            Descriptors.SetCloseOnExec(_options.StatusFd, on: false);
        ProcessImage.SetUmask(_umask);
        SysResult result = self is null
            ? SysResult.Fail(Errno.ENOENT)
            : ProcessImage.ExecuteHeld(self, again, _environment);
        if (_options.StatusFd >= 0)
            Descriptors.SetCloseOnExec(_options.StatusFd, on: true);
        return StepFailure.Of(result, ExitStatus.User, "PrivateUsers", "initx-exec");
    }

    private StepFailure? EnterDirectory()
    {
        if (_options.Directory is not { } directory)
            return null;
        SysResult result = ProcessImage.EnterDirectory(directory);
        if (result.IsError && _options.DirectoryOptional)
            result = ProcessImage.EnterDirectory("/");
        return StepFailure.Of(result, ExitStatus.Chdir, "WorkingDirectory", directory);
    }

    private PreparedProgram? Program(out int status)
    {
        status = 0;
        string path = _options.Program;
        if (_options.Search && !path.Contains('/', StringComparison.Ordinal))
        {
            string? found = ProgramSearch.Find(
                path, _settings.Find("ExecSearchPath"), out Errno why);
            if (found is null)
            {
                status = _report.Fail(ExitStatus.Exec, "find", path, why);
                return null;
            }

            path = found;
        }

        PreparedProgram? program = ProcessImage.Prepare(path, _options.Arguments);
        if (program is null)
            status = _report.Fail(ExitStatus.Exec, "execute", path, Errno.EINVAL);
        return program;
    }

    // The filters are made while everything is allowed; they are loaded next to the execve.
    private StepFailure? Last()
    {
        SysResult result = ProcessImage.SetPipeSignal(ignored: !_options.DefaultSigpipe);
        if (result.IsError)
            return new StepFailure(ExitStatus.SignalMask, "IgnoreSIGPIPE", "", result.Error);
        StepFailure? failure = _filters.Build();
        foreach (LimitOption limit in _pam.Limits)
        {
            failure ??= StepFailure.Of(
                ProcessImage.SetLimit(limit.Resource, limit.Soft, limit.Hard),
                ExitStatus.Limits, "Limit*", $"{limit.Resource}");
        }

        ProcessImage.SetUmask(_pam.UmaskAfter(_options.Umask ?? _umask));
        if (failure is null && _options.FirstOwnFd > 0)
        {
            failure = StepFailure.Of(ProcessImage.CloseOnExecFrom(_options.FirstOwnFd),
                ExitStatus.Fds, "descriptors", "");
        }

        return failure;
    }

    private int Execute(PreparedProgram program)
    {
        SysResult result = ProcessImage.Execute(
            program, _environment, _filters.Programs, out int failed);
        return failed < 0
            ? _report.Fail(ExitStatus.Exec, "execute", _options.Program, result.Error)
            : _report.Fail(ExitStatus.Seccomp, _filters.NameOf(failed), "", result.Error);
    }
}
