using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Units.Parsing;

/// <summary>
/// Takes the assignments of initx.conf one by one into a <see cref="ManagerConfig"/>; what it
/// cannot take it reports and leaves as it was.
/// </summary>
internal sealed class ManagerConfigReader(ParsedUnit file)
{
    private readonly DiagnosticBag _findings = new(LoadLimits.Default.MaxDiagnostics);
    private static readonly string[] OomPolicies = ["stop", "continue", "kill"];

    private readonly List<ResourceLimit> _limits = [];
    private List<KeyValuePair<string, string>> _environment = [];
    private ManagerConfig _config = ManagerConfig.Default;

    public ManagerConfig Parse()
    {
        _findings.AddRange(file.Diagnostics);
        foreach (ParsedAssignment a in file.Assignments)
        {
            if (!Manager(a) && !Times(a) && !Resources(a) && !Values(a)
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
                if ((choice = Choice(a, ManagerConfig.StoreWords)) >= 0)
                    _config = _config with { Store = (JournalStore)choice };
                return true;
            case "LogTarget":
                if ((choice = Choice(a, ManagerConfig.LogWords)) >= 0)
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
                _config = _config with { Sequential = Boolean(a, _config.Sequential) };
                return true;
            case "LockMemory":
                _config = _config with { LockMemory = Boolean(a, _config.LockMemory) };
                return true;
            default:
                return Kept(a);
        }
    }

    private bool Boolean(ParsedAssignment a, bool before)
    {
        if (BooleanParser.TryParse(a.Value, out bool value))
            return value;
        Warn(a, $"'{a.Value}' is neither yes nor no, ignored");
        return before;
    }

    private bool Kept(ParsedAssignment a)
    {
        if (_config.Archive.TryTake(
            a.Key, a.Value, out ArchiveSettings archive, out string wrong))
            _config = _config with { Archive = archive };
        else if (_config.Output.TryTake(a.Key, a.Value, out OutputSettings output, out wrong))
            _config = _config with { Output = output };
        else
            return false;
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

    private bool Resources(ParsedAssignment a)
    {
        ManagerDefaults d = _config.Units;
        switch (a.Key)
        {
            case "DefaultCPUAccounting":
                d = d with { CpuAccounting = Boolean(a, d.CpuAccounting) };
                break;
            case "DefaultMemoryAccounting":
                d = d with { MemoryAccounting = Boolean(a, d.MemoryAccounting) };
                break;
            case "DefaultIOAccounting":
                d = d with { IoAccounting = Boolean(a, d.IoAccounting) };
                break;
            case "DefaultTasksAccounting":
                d = d with { TasksAccounting = Boolean(a, d.TasksAccounting) };
                break;
            case "DefaultTasksMax":
                if (ResourceAmountParser.TryTasks(a.Value, out ResourceAmount tasks)
                    && tasks.Value > 0)
                    d = d with { TasksMax = tasks };
                else
                    Warn(a, $"'{a.Value}' is no number of tasks, ignored");
                break;
            case "DefaultOOMPolicy":
                if (Array.IndexOf(OomPolicies, a.Value) is >= 0 and int policy)
                    d = d with { OomPolicy = (OomPolicy)policy };
                else
                    Warn(a, $"'{a.Value}' is not known, ignored; write stop, continue or kill");
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
