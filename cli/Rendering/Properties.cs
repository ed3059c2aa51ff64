using System.Globalization;
using InitTx.Protocol.Answers;

namespace InitTx.Cli.Rendering;

/// <summary>
/// A unit's properties under the names that systemctl(1) show uses, so that scripts find them; the
/// settings of its files follow under their own keys.
/// </summary>
internal static class Properties
{
    /// <summary>All properties in order; a key may come more than once.</summary>
    /// <param name="enabled">Finds is-enabled's word for the unit.</param>
    public static IReadOnlyList<KeyValuePair<string, string>> Of(
        ShownUnitAnswer shown, Func<UnitAnswer, string?> enabled)
    {
        UnitAnswer unit = shown.Status;
        var list = new List<KeyValuePair<string, string>>(64);
        void Add(string key, string? value) => list.Add(new(key, value ?? ""));
        Add("Id", unit.Unit);
        Add("Names", string.Join(' ', [unit.Unit, .. unit.Aliases ?? []]));
        Add("Description", unit.Description);
        Add("LoadState", unit.LoadState);
        Add("LoadError", unit.LoadError);
        Add("ActiveState", unit.State);
        Add("SubState", unit.SubState);
        Add("Result", unit.Result);
        Add("FragmentPath", unit.Path);
        Add("SourcePath", Setting(shown, "SourcePath"));
        Add("DropInPaths", string.Join(' ', unit.DropIns ?? []));
        Add("UnitFileState", enabled(unit));
        Add("StateChangeTimestamp", Time(unit.Since));
        Add("MainPID", Numbers.Plain(unit.MainPid));
        Add("ControlPID", Numbers.Plain(unit.ControlPid));
        Add("ExecMainCode", ExitCode(unit.MainExit));
        Add("ExecMainStatus", Numbers.Plain(unit.MainExit?.Code ?? 0));
        Add("NRestarts", Numbers.Plain(unit.Restarts));
        if (unit.Connections is { } connections)
        {
            Add("NAccepted", Numbers.Plain(connections.Accepted));
            Add("NConnections", Numbers.Plain(connections.Served));
            Add("NRefused", Numbers.Plain(connections.Refused));
        }

        Add("ConditionResult", YesNo(WasChecked(unit) && !WasSkipped(unit)));
        Add("AssertResult", YesNo(WasChecked(unit) && unit.Condition is null));
        Add("StatusText", unit.StatusText);
        Add("ControlGroup", unit.Cgroup);
        Add("MemoryCurrent", Counted(unit.Memory));
        Add("MemoryPeak", Counted(unit.MemoryPeak));
        Add("CPUUsageNSec", Counted(unit.CpuNs));
        Add("TasksCurrent", Counted(unit.Tasks));
        Add("IOReadBytes", Counted(unit.IoReadBytes));
        Add("IOWriteBytes", Counted(unit.IoWriteBytes));
        Add("NotApplied", unit.NotApplied);
        Add("FreezerState", unit.Freezer);
        Add("CanStart", YesNo(shown.CanStart));
        Add("CanStop", YesNo(shown.CanStop));
        Add("CanReload", YesNo(shown.CanReload));
        Add("CanIsolate", YesNo(shown.CanIsolate));
        Add("Job", unit.Job is { } job ? Numbers.Plain(job.Job) : "");
        Add("Documentation", string.Join(' ', unit.Documentation ?? []));
        AddDependencies(shown, Add);
        AddSettings(shown, list, Add);
        return list;
    }

    private static void AddDependencies(ShownUnitAnswer shown, Action<string, string?> add)
    {
        foreach (IGrouping<string, DependencyAnswer> kind in
            shown.Dependencies.GroupBy(d => d.Kind, StringComparer.Ordinal))
        {
            add(kind.Key, string.Join(' ', kind.Select(d => d.Unit)));
        }
    }

    private static void AddSettings(
        ShownUnitAnswer shown,
        List<KeyValuePair<string, string>> list,
        Action<string, string?> add)
    {
        var known = new HashSet<string>(list.Select(p => p.Key), StringComparer.Ordinal);
        foreach (SettingAnswer setting in shown.Settings)
        {
            if (!known.Contains(setting.Key))
                add(setting.Key, setting.Value ?? "[withheld]");
        }
    }

    private static string? Setting(ShownUnitAnswer shown, string key)
    {
        string? value = null;
        foreach (SettingAnswer setting in shown.Settings)
        {
            if (setting.Key == key)
                value = setting.Value;
        }

        return value;
    }

    // Conditions are looked at when a unit first moves; an assert that does not hold fails it.
    private static bool WasChecked(UnitAnswer unit) => unit.SinceSeq > 0;

    private static bool WasSkipped(UnitAnswer unit) =>
        unit.Condition is { } unmet && !unmet.StartsWith("Assert", StringComparison.Ordinal);

    // si_code of waitid(2), as systemd reports it.
    private static string ExitCode(ExitAnswer? exit) => exit?.Kind switch
    {
        "exited" => "1",
        "killed" => "2",
        "dumped" => "3",
        _ => "0",
    };

    private static string Time(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString(
            "ddd yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture) ?? "";

    private static string Counted(long? value) =>
        value is { } number ? Numbers.Plain(number) : "[not set]";

    private static string YesNo(bool value) => value ? "yes" : "no";
}
