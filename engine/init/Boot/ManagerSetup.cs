using System.Text;
using InitTx.Core;
using InitTx.Core.Activation;
using InitTx.Linux;
using InitTx.Linux.Handles;
using InitTx.Linux.Processes;
using InitTx.Units.Graph;
using InitTx.Units.Loading;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Init.Boot;

/// <summary>
/// Everything that is decided before the engine exists: paths, configuration, boot goal, the
/// host's facts. A pure function of options and <see cref="BootFacts"/>, so the next image, which
/// gets both from the one before it, decides the same.
/// </summary>
internal sealed record ManagerSetup
{
    public required bool IsPid1 { get; init; }
    public required ManagerPaths Paths { get; init; }
    public required ManagerConfig Config { get; init; }

    /// <summary>What was wrong with initx.conf and with locale.conf.</summary>
    public IReadOnlyList<Diagnostic> Findings { get; init; } = [];

    public required KernelCommandLine CommandLine { get; init; }
    public required SpecifierContext Context { get; init; }
    public required BootFacts Facts { get; init; }

    /// <summary>The group that may change units besides root; -1 for none.</summary>
    public int ControlGid => int.TryParse(Facts.Text(BootFacts.ControlGid), out int gid) ? gid : -1;

    /// <summary>The engine's limits by this configuration.</summary>
    public EngineLimits Limits() => new()
    {
        StartsAtOnce = (CommandLine.Sequential ?? Config.Sequential) ? 1 : int.MaxValue,
    };

    /// <summary>
    /// A container says so in PID 1's environment (systemd's container interface).
    /// </summary>
    public bool InContainer { get; } = IsContainer();

    /// <summary>
    /// The boot goal: option, kernel command line, default.target, in that order.
    /// </summary>
    public required UnitName Target { get; init; }

    /// <summary>Stage 0 of a first start.</summary>
    public static ManagerSetup Gather(StartOptions options, bool isPid1)
    {
        string config = ConfigFile(options);
        return From(options, isPid1, BootFacts.Gather(config, HelperCandidates(), options.User));
    }

    /// <summary>What timers draw their delays from.</summary>
    public MachineFacts Machine() => new()
    {
        MachineId = IdOf(Context.MachineId),
        BootId = IdOf(Context.BootId),
        Uid = ProcessIds.EffectiveUid,
        IsSystem = !Paths.User,
        IsContainer = InContainer || !IsPid1 || !Linux.Machine.InitialNamespace.IsOurs(),
    };

    private static byte[] IdOf(string? text)
    {
        byte[] id = new byte[16];
        string digits = (text ?? "").Trim().Replace("-", "", StringComparison.Ordinal);
        bool isId = digits.Length == 32
            && Convert.FromHexString(digits, id, out _, out _)
                == System.Buffers.OperationStatus.Done;
        return isId ? id : new byte[16];
    }

    /// <summary>
    /// The same from facts that were kept, or from none: the rung without configuration.
    /// </summary>
    private UnitLoader? _loader;

    public static ManagerSetup From(StartOptions options, bool isPid1, BootFacts facts)
    {
        ManagerConfig config = ManagerConfig.Parse(facts.Bytes(BootFacts.Config), ConfigFile(options));
        KernelCommandLine commandLine = isPid1 && !IsContainer()
            ? KernelCommandLine.Parse(facts.Bytes(BootFacts.CommandLine))
            : KernelCommandLine.Empty;
        LocaleSettings locale = LocaleFor(options, facts, commandLine);
        ManagerPaths paths = PathsFor(options, facts, locale);
        return new ManagerSetup
        {
            IsPid1 = isPid1,
            Paths = paths,
            Findings = [.. config.Diagnostics, .. locale.Diagnostics],
            Config = config,
            CommandLine = commandLine,
            Context = ContextFor(options, paths, facts),
            Facts = facts,
            Target = TargetFor(options, commandLine),
        };
    }

    /// <summary>
    /// The catalogue over a tree; what the one before has read from the same files is kept.
    /// </summary>
    public IUnitCatalog Load(UnitFileTree tree)
    {
        _loader = new UnitLoader(
            CommandLineUnits.Apply(tree, CommandLine, Target), Context, LoadLimits.Default,
            Config.Units, _loader);
        return new PolicyCatalog(_loader, Config);
    }

    /// <summary>Files were loaded, and not forgotten since.</summary>
    public bool HasLoaded => _loader is not null;

    /// <summary>What was loaded is given up: the next load keeps nothing of it.</summary>
    public void ForgetLoaded() => _loader = null;

    /// <summary>These are what the files of the last load say.</summary>
    public void Remember(IEnumerable<UnitDefinition> definitions) => _loader?.Remember(definitions);

    private static bool IsContainer() => Environment.GetEnvironmentVariable("container") is { Length: > 0 };

    private static string ConfigFile(StartOptions options) =>
        options.ConfigFile ?? (options.User
            ? Places().Config + "/initx/initx.conf"
            : "/etc/initx/initx.conf");

    private static List<string> HelperCandidates()
    {
        var candidates = new List<string>();
        string program = Environment.GetCommandLineArgs() is [{ Length: > 0 } first, ..] ? first : "";
        int slash = program.LastIndexOf('/');
        if (program.StartsWith('/') && slash > 0)
            candidates.Add(program[..slash] + "/initx-exec");

        // Called by a relative name or found in PATH: the kernel knows what it has executed.
        Span<byte> link = stackalloc byte[4096];
        SysResult read = SymbolicLinks.Read(Files.Cwd, "/proc/self/exe", link);
        if (read.IsOk && link[..read.Value].LastIndexOf((byte)'/') is > 0 and int at)
            candidates.Add(Encoding.UTF8.GetString(link[..at]) + "/initx-exec");
        candidates.Add("/usr/lib/initx/initx-exec");
        return candidates;
    }

    // A user's manager has it from its own environment.
    private static LocaleSettings LocaleFor(
        StartOptions options, BootFacts facts, KernelCommandLine commandLine)
    {
        if (options.User)
            return new LocaleSettings([], []);
        bool debian = !facts.Has(BootFacts.Locale);
        return LocaleSettings.Parse(
            debian ? LocaleSettings.DebianPath : LocaleSettings.Path,
            facts.Bytes(debian ? BootFacts.DebianLocale : BootFacts.Locale), commandLine.Words);
    }

    private static ManagerPaths PathsFor(
        StartOptions options, BootFacts facts, LocaleSettings locale)
    {
        UserPlaces? own = options.User ? Places() : null;
        IReadOnlyList<string> defaults = own?.UnitPath ?? UnitPath.System;
        return new ManagerPaths
        {
            User = options.User,
            Runtime = options.RuntimeDirectory ?? own?.ManagerRuntime ?? "/run/initx",
            State = options.StateDirectory ?? own?.ManagerState ?? "/var/lib/initx",
            Config = ConfigFile(options),
            UnitPath = options.UnitPath is { } path ? UnitPath.Parse(path, defaults) : defaults,
            ExecHelper = facts.Text(BootFacts.ExecHelper) ?? "/usr/lib/initx/initx-exec",
            Home = own?.Home,
            DirectoryBases = own is null
                ? ["/run", "/var/lib", "/var/cache", "/var/log", "/etc"]
                : [own.Runtime, own.State, own.Cache, own.Logs, own.Config],
            TimerStamps = own is null
                ? "/var/lib/systemd/timers"
                : own.Data + "/systemd/timers",
            Locale = locale.Variables,
        };
    }

    private static SpecifierContext ContextFor(StartOptions options, ManagerPaths paths, BootFacts facts)
    {
        IReadOnlyList<string> bases = paths.DirectoryBases;
        uint uid = ProcessIds.EffectiveUid;
        return new SpecifierContext
        {
            Scope = options.User ? ManagerScope.User : ManagerScope.System,
            HostName = facts.Text(BootFacts.HostName),
            PrettyHostName = Variable(facts.Text(BootFacts.MachineInfo), "PRETTY_HOSTNAME"),
            MachineId = facts.Text(BootFacts.MachineId),
            BootId = facts.Text(BootFacts.BootId)?.Replace("-", "", StringComparison.Ordinal),
            KernelRelease = facts.Text(BootFacts.KernelRelease),
            OsRelease = facts.Text(BootFacts.OsRelease) is { } text ? Variables(text) : null,
            RuntimeDirectory = bases[0],
            StateDirectory = bases[1],
            CacheDirectory = bases[2],
            LogsDirectory = bases[3],
            ConfigurationDirectory = bases[4],
            UserName = uid == 0 ? "root" : Variable("USER") ?? Variable("LOGNAME") ?? "",
            UserId = uid,
            GroupName = uid == 0 ? "root" : "",
            GroupId = ProcessIds.EffectiveGid,
            HomeDirectory = options.User ? Places().Home : uid == 0 ? "/root" : Variable("HOME") ?? "/",
            Shell = Variable("SHELL") ?? "/bin/sh",
        };
    }

    private static UserPlaces Places()
    {
        uint uid = ProcessIds.EffectiveUid;
        return UserPlaces.Of(Variable, uid, path =>
            Files.Status(Files.Cwd, path, out FileStatus found).IsOk
            && found.IsDirectory && found.Uid == uid);
    }

    private static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static UnitName TargetFor(StartOptions options, KernelCommandLine commandLine)
    {
        foreach (string? name in new[] { options.Unit, commandLine.Unit })
        {
            if (name is not null && UnitName.TryParse(name, out UnitName target))
                return target;
        }

        return UnitName.Parse("default.target");
    }

    private static string? Variable(string? text, string key) =>
        text is not null && Variables(text).TryGetValue(key, out string? value) ? value : null;

    // os-release(5), locale.conf(5), machine-info(5): shell-like assignments, one a line.
    private static Dictionary<string, string> Variables(string text)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        EnvironmentFileContent parsed = EnvironmentFileParser.Parse(
            "", Encoding.UTF8.GetBytes(text), LoadLimits.Default);
        foreach (KeyValuePair<string, string> pair in parsed.Variables)
            values[pair.Key] = pair.Value;
        return values;
    }
}
