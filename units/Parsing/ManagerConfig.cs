using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Units.Parsing;

/// <summary><c>Store=</c>: where the live journal is.</summary>
public enum JournalStore : byte
{
    /// <summary>On a file system in memory of its own.</summary>
    Memory,

    /// <summary>
    /// On disk below the state directory, every commit synced: a dead disk stalls PID 1.
    /// </summary>
    Disk,

    /// <summary>Only the ring in memory.</summary>
    None,
}

/// <summary><c>LogTarget=</c>: where the manager's messages and its services' output go.</summary>
public enum LogTargetKind : byte
{
    /// <summary>kmsg for PID 1 of a machine, the console in a container.</summary>
    Auto,
    Console,
    Kmsg,
    Null,
}

/// <summary>
/// initx.conf: INI with one section [Manager] and the text rules of unit files. An unknown key or
/// a bad value warns with file:line and changes nothing; a broken file means defaults.
/// </summary>
public sealed record ManagerConfig
{
    /// <summary>What holds without a file.</summary>
    public static readonly ManagerConfig Default = new();

    internal static readonly string[] StoreWords = ["memory", "disk", "none"];
    internal static readonly string[] LogWords = ["auto", "console", "kmsg", "null"];

    /// <summary>Where the live journal is.</summary>
    public JournalStore Store { get; init; }

    /// <summary>True for <c>Store=disk</c>.</summary>
    public bool StoreOnDisk => Store == JournalStore.Disk;

    /// <summary>The group whose members may change units besides root; null for none.</summary>
    public string? ControlGroup { get; init; }

    /// <summary>
    /// <c>ReadPolicy=privileged</c>: only root and the control group may read state.
    /// </summary>
    public bool ReadPolicyPrivileged { get; init; }

    /// <summary>
    /// <c>UnhonouredSecurity=refuse</c>: a unit with an unapplied security directive fails closed.
    /// </summary>
    public bool RefuseUnhonouredSecurity { get; init; } = true;

    /// <summary><c>Sequential=yes</c>: start one unit at a time.</summary>
    public bool Sequential { get; init; }

    /// <summary>Where messages go.</summary>
    public LogTargetKind LogTarget { get; init; }

    /// <summary>
    /// <c>RuntimeWatchdogSec=</c>: the hardware resets the machine when PID 1 has not fed it for so
    /// long, microseconds; 0: it is not used (systemd-system.conf(5)).
    /// </summary>
    public long RuntimeWatchdogUs { get; init; }

    /// <summary><c>WatchdogDevice=</c>: which one.</summary>
    public string WatchdogDevice { get; init; } = "/dev/watchdog0";

    /// <summary>The archive on disk: the Archive*= keys.</summary>
    public ArchiveSettings Archive { get; init; } = ArchiveSettings.Standard;

    /// <summary>Defaults of all units: the Default*= keys.</summary>
    public ManagerDefaults Units { get; init; } = ManagerDefaults.Standard;

    /// <summary>What was wrong, with file:line.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; init; } = [];

    /// <summary>
    /// Reads the bytes of initx.conf; none at all is an absent file and no fault.
    /// </summary>
    public static ManagerConfig Parse(ReadOnlySpan<byte> bytes, string path)
    {
        ParsedUnit file = UnitParser.Parse(path, bytes.ToArray(), ["Manager"], LoadLimits.Default);
        if (file.IsBroken)
            return Default with { Diagnostics = file.Diagnostics };
        return new Run(file).Parse();
    }

    private sealed class Run(ParsedUnit file)
    {
        private readonly DiagnosticBag _findings = new(LoadLimits.Default.MaxDiagnostics);
        private readonly List<ResourceLimit> _limits = [];
        private List<KeyValuePair<string, string>> _environment = [];
        private ManagerConfig _config = Default;

        public ManagerConfig Parse()
        {
            _findings.AddRange(file.Diagnostics);
            foreach (ParsedAssignment a in file.Assignments)
            {
                if (!Manager(a) && !Times(a) && !Values(a)
                    && !a.Key.StartsWith("X-", StringComparison.Ordinal))
                    Warn(a, "unknown key, ignored");
            }

            ManagerDefaults units = _config.Units
                with
            { Limits = _limits, Environment = _environment };
            return _config with { Units = units, Diagnostics = _findings.ToList() };
        }

        private bool Manager(ParsedAssignment a)
        {
            int choice;
            switch (a.Key)
            {
                case "Store":
                    if ((choice = Choice(a, StoreWords)) >= 0)
                        _config = _config with { Store = (JournalStore)choice };
                    return true;
                case "LogTarget":
                    if ((choice = Choice(a, LogWords)) >= 0)
                        _config = _config with { LogTarget = (LogTargetKind)choice };
                    return true;
                case "ReadPolicy":
                    if ((choice = Choice(a, ["all", "privileged"])) >= 0)
                        _config = _config with { ReadPolicyPrivileged = choice == 1 };
                    return true;
                case "UnhonouredSecurity":
                    if ((choice = Choice(a, ["refuse", "warn"])) >= 0)
                        _config = _config with { RefuseUnhonouredSecurity = choice == 0 };
                    return true;
                case "ControlGroup":
                    Group(a);
                    return true;
                case "RuntimeWatchdogSec":
                    Watchdog(a);
                    return true;
                case "WatchdogDevice":
                    if (a.Value.StartsWith("/dev/", StringComparison.Ordinal))
                        _config = _config with { WatchdogDevice = a.Value };
                    else
                        Warn(a, $"'{a.Value}' is no path below /dev, ignored");
                    return true;
                case "Sequential":
                    if (BooleanParser.TryParse(a.Value, out bool on))
                        _config = _config with { Sequential = on };
                    else
                        Warn(a, $"'{a.Value}' is neither yes nor no, ignored");
                    return true;
                default:
                    return Archive(a);
            }
        }

        private bool Archive(ParsedAssignment a)
        {
            if (!_config.Archive.TryTake(
                a.Key, a.Value, out ArchiveSettings with, out string wrong))
                return false;
            _config = _config with { Archive = with };
            if (wrong.Length > 0)
                Warn(a, wrong);
            return true;
        }

        private void Watchdog(ParsedAssignment a)
        {
            if (a.Value is "off" or "infinity")
                _config = _config with { RuntimeWatchdogUs = 0 };
            else if (Time(a, false, out long us))
                _config = _config with { RuntimeWatchdogUs = us };
        }

        private void Group(ParsedAssignment a)
        {
            if (a.Value.Length == 0)
                _config = _config with { ControlGroup = null };
            else if (Loading.Sections.ExecSection.IsAccountName(a.Value))
                _config = _config with { ControlGroup = a.Value };
            else
                Warn(a, $"'{a.Value}' is no group name, ignored");
        }

        private bool Times(ParsedAssignment a)
        {
            ManagerDefaults d = _config.Units;
            switch (a.Key)
            {
                case "DefaultTimeoutStartSec":
                    d = Time(a, true, out long start) ? d with { TimeoutStartUs = start } : d;
                    break;
                case "DefaultTimeoutStopSec":
                    d = Time(a, true, out long stop) ? d with { TimeoutStopUs = stop } : d;
                    break;
                case "DefaultTimeoutAbortSec":
                    d = Time(a, true, out long abort) ? d with { TimeoutAbortUs = abort } : d;
                    break;
                case "DefaultRestartSec":
                    d = Time(a, false, out long restart) ? d with { RestartUs = restart } : d;
                    break;
                case "DefaultStartLimitIntervalSec":
                    d = Time(a, false, out long interval)
                        ? d with { StartLimitIntervalUs = interval } : d;
                    break;
                case "DefaultStartLimitBurst":
                    if (Numbers.TrySigned(a.Value, 0, int.MaxValue, out long burst))
                        d = d with { StartLimitBurst = (int)burst };
                    else
                        Warn(a, $"'{a.Value}' is no number, ignored");
                    break;
                default:
                    return false;
            }

            _config = _config with { Units = d };
            return true;
        }

        private bool Values(ParsedAssignment a)
        {
            if (a.Key == "DefaultEnvironment")
            {
                Environment(a);
                return true;
            }

            string limit = a.Key.StartsWith("Default", StringComparison.Ordinal)
                ? a.Key["Default".Length..] : "";
            if (ResourceLimitParser.Resource(limit) is not { } resource)
                return false;
            if (ResourceLimitParser.TryParse(limit, a.Value, out ResourceLimit value))
            {
                _limits.RemoveAll(l => l.Resource == resource);
                _limits.Add(value);
            }
            else
            {
                Warn(a, $"'{a.Value}' is no limit, ignored");
            }

            return true;
        }

        private void Environment(ParsedAssignment a)
        {
            if (a.Value.Length == 0)
                _environment = [];
            var words = new WordSplitter(a.Value, WordRules.Unquote | WordRules.Unescape);
            while (true)
            {
                WordResult result = words.Next();
                if (result == WordResult.End)
                    return;
                if (result != WordResult.Word
                    || !EnvironmentName.TrySplit(words.Word, out KeyValuePair<string,
                    string> variable))
                {
                    Warn(a, "no assignment, the rest of the line is ignored; write NAME=value",
                        words.Start);
                    return;
                }

                _environment.RemoveAll(v => v.Key == variable.Key);
                if (_environment.Count < LoadLimits.Default.MaxListItems)
                    _environment.Add(variable);
            }
        }

        private bool Time(ParsedAssignment a, bool timeout, out long us)
        {
            bool valid = timeout
                ? DurationParser.TryParseTimeout(a.Value, out us)
                    : DurationParser.TryParse(a.Value, out us);
            if (!valid)
                Warn(a, $"'{a.Value}' is no time span, ignored; write for example 90, 1min 30s "
                    + "or infinity");
            return valid;
        }

        private int Choice(ParsedAssignment a, string[] words)
        {
            int index = Array.IndexOf(words, a.Value);
            if (index < 0)
                Warn(a, $"'{a.Value}' is not known, ignored; write one of: "
                    + $"{string.Join(", ", words)}");
            return index;
        }

        private void Warn(ParsedAssignment a, string message, int offset = 0) =>
            _findings.Add(new Diagnostic(
                DiagnosticSeverity.Warning, a.Locate(offset), a.Key, message, a.LineText(offset)));
    }
}
