using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Loading;

/// <summary>A unit while its files are applied, one assignment after the other.</summary>
internal sealed class UnitDraft(UnitName name, LoadLimits limits)
{
    // What nothing was assigned to is the same for all units: ten thousand of them share it.
    private static readonly ServiceSettings NoService = new();
    private static readonly SocketSettings NoSocket = new();
    private static readonly ExecSettings NoExec =
        new() { StandardOutput = new(StandardStream.Inherit) };
    private static readonly KillSettings NoKill = new();
    private static readonly MountSettings NoMount = new();
    private static readonly AutomountSettings NoAutomount = new();
    private static readonly SwapSettings NoSwap = new();
    private static readonly TimerSettings NoTimer = new();
    private static readonly PathSettings NoPath = new();
    private static readonly ScopeSettings NoScope = new();

    /// <summary>The unit's own name.</summary>
    public UnitName Name { get; } = name;

    public LoadLimits Limits { get; } = limits;

    /// <summary>What is known so far; lists that grow are kept beside it.</summary>
    public UnitDefinition Unit { get; set; } =
        new() { Name = name, LoadState = UnitLoadState.Loaded };

    public required SpecifierExpander Specifiers { get; init; }
    public DiagnosticBag Findings { get; } = new(limits.MaxDiagnostics);
    public DependencySet Dependencies { get; } = new(limits.MaxDependencies);
    public List<UnitCondition> Conditions { get; } = [];
    public List<EffectiveSetting> Settings { get; } = [];
    public List<UnhonouredDirective> Unhonoured { get; } = [];

    /// <summary>
    /// Paths of RequiresMountsFor= and of settings that imply it, with the asking line.
    /// </summary>
    public List<(string Path, SourceLocation Source, DependencyOrigin Origin)> MountPaths { get; } =
        [];

    /// <summary>Asks for the mounts of a path that another setting names.</summary>
    public void NeedsPath(string path, SourceLocation source) =>
        MountPaths.Add((path, source, DependencyOrigin.Setting));

    /// <summary>Edges named by unit name; resolved through aliases when loading ends.</summary>
    public List<(DependencyKind Kind, UnitName Target, SourceLocation Source)> Asked { get; } = [];

    public ServiceSettings Service { get; set; } = NoService;
    public SocketSettings Socket { get; set; } = NoSocket;
    public ExecSettings Exec { get; set; } = NoExec;
    public KillSettings Kill { get; set; } = NoKill;
    public ResourceSettings Resources { get; set; } = ResourceSettings.None;

    /// <summary>OOMPolicy= as written.</summary>
    public OomPolicy? OomPolicy { get; set; }

    public InstallSettings Install { get; set; } = InstallSettings.None;

    /// <summary>Written with Type=; null while the type is still to be found out.</summary>
    public ServiceType? Type { get; set; }

    public bool StartTimeoutWritten { get; set; }
    public bool AbortTimeoutWritten { get; set; }
    public bool PermissionsStartOnly { get; set; }
    public bool JobRunningTimeoutWritten { get; set; }
    public bool OutputWritten { get; set; }
    public bool ErrorWritten { get; set; }

    /// <summary>Slice= as written.</summary>
    public UnitName? Slice { get; set; }

    /// <summary>Service= of a socket, Unit= of a timer or path, with its line.</summary>
    public (UnitName Target, SourceLocation Source)? Triggered { get; set; }

    public MountSettings Mount { get; set; } = NoMount;
    public AutomountSettings Automount { get; set; } = NoAutomount;
    public SwapSettings Swap { get; set; } = NoSwap;
    public TimerSettings Timer { get; set; } = NoTimer;
    public PathSettings Path { get; set; } = NoPath;
    public ScopeSettings Scope { get; set; } = NoScope;
    public string? RootDirectory { get; set; }
    public string? RootImage { get; set; }
    public string? LogNamespace { get; set; }
    public bool SwapWhatWritten { get; set; }
    public bool TriggerBurstWritten { get; set; }
    public bool PrivateTmp { get; set; }

    /// <summary>How many keys were not known.</summary>
    public int UnknownKeys { get; set; }

    /// <summary>The first fatal fault, with file:line; null while the unit is usable.</summary>
    public string? FatalError { get; private set; }

    /// <summary>Records a fault that makes the unit bad-setting.</summary>
    public void Fatal(SourceLocation location, string directive, string message, string line = "")
    {
        FatalError ??= Diagnose.Text(location, directive, message);
        Findings.Add(new Diagnostic(DiagnosticSeverity.Error, location, directive, message, line));
    }

    /// <summary>Takes back the verdict of a drop-in, which cannot make a unit unusable.</summary>
    public void ForgetFatal() => FatalError = null;
}

/// <summary>One-line texts of findings.</summary>
internal static class Diagnose
{
    public static string Text(SourceLocation location, string directive, string message)
    {
        string where = location.Path.Length == 0 ? "" : $"{location}: ";
        return directive.Length == 0 ? $"{where}{message}" : $"{where}{directive}=: {message}";
    }
}
