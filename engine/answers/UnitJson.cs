using System.Text.Json;
using InitTx.Core;
using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Answers;

/// <summary>What the kernel says of a unit's cgroup; null where it does not.</summary>
public readonly record struct CgroupAnswer
{
    public string? Path { get; init; }
    public long? MemoryBytes { get; init; }

    /// <summary>The most that it ever was (Linux 5.19).</summary>
    public long? MemoryPeakBytes { get; init; }
    public long? Tasks { get; init; }

    /// <summary>Processor time, nanoseconds.</summary>
    public long? CpuNs { get; init; }
    public long? ReadBytes { get; init; }
    public long? WrittenBytes { get; init; }

    /// <summary>
    /// Whether everything in it is suspended; null where nobody asked for that.
    /// </summary>
    public bool? IsFrozen { get; init; }

    /// <summary>Limits that the unit asks for and does not have here; null for none.</summary>
    public string? NotApplied { get; init; }
}

/// <summary>
/// A unit's state in the shapes of io.inittx.Manager. A unit that is known by its files only has
/// no runtime: it is inactive.
/// </summary>
public static class UnitJson
{
    /// <summary>Writes the members of one GetUnits object.</summary>
    public static void Write(
        Utf8JsonWriter json, UnitDefinition unit, UnitRuntime? runtime, in CgroupAnswer cgroup)
    {
        json.WriteString("unit"u8, unit.Name.Value);
        json.WriteString("description"u8, unit.Description);
        json.WriteString("loadState"u8, ModelWords.Of(unit.LoadState));
        WriteState(json, runtime);
        json.WriteString("cgroup"u8, cgroup.Path);
        WriteNumber(json, "memory"u8, cgroup.MemoryBytes);
        WriteNumber(json, "memoryPeak"u8, cgroup.MemoryPeakBytes);
        WriteNumber(json, "tasks"u8, cgroup.Tasks);
        WriteNumber(json, "cpuNs"u8, cgroup.CpuNs);
        WriteNumber(json, "ioReadBytes"u8, cgroup.ReadBytes);
        WriteNumber(json, "ioWriteBytes"u8, cgroup.WrittenBytes);
        json.WriteString("notApplied"u8, cgroup.NotApplied);
        json.WriteString("freezer"u8, FreezerOf(runtime, cgroup));
        WriteFiles(json, unit, runtime);
        json.WriteString("diskError"u8, runtime?.DiskProblem);
        json.WriteString("statusText"u8, runtime?.StatusText);
        json.WriteString("condition"u8, runtime?.ConditionText);
        json.WriteString("failure"u8, runtime?.FailureText);
        WriteExit(json, runtime);
        WriteStartLimit(json, unit, runtime);
        WriteConnections(json, unit, runtime);
        if (runtime?.Job is { } job)
        {
            json.WriteStartObject("job"u8);
            WriteJob(json, job);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("job"u8);
        }

        json.WriteNumber("unhonoured"u8, unit.Unhonoured.Count);
    }

    /// <summary>Writes one ListUnits object.</summary>
    public static void WriteEntry(Utf8JsonWriter json, UnitRuntime runtime)
    {
        UnitDefinition unit = runtime.Definition;
        json.WriteStartObject();
        json.WriteString("unit"u8, unit.Name.Value);
        json.WriteString("loadState"u8, ModelWords.Of(unit.LoadState));
        json.WriteString("state"u8, StateWords.Of(runtime.Active));
        json.WriteString("subState"u8, StateWords.Of(runtime.Sub));
        json.WriteString("description"u8, unit.Description);
        json.WriteNumber("mainPid"u8, runtime.MainProcess.Pid);
        json.WriteEndObject();
    }

    /// <summary>Writes the members of one ListJobs object.</summary>
    public static void WriteJob(Utf8JsonWriter json, UnitJob job)
    {
        json.WriteNumber("job"u8, job.Id.Value);
        json.WriteString("unit"u8, job.Unit.Name.Value);
        json.WriteString("kind"u8, JobWords.Of(job.AskedKind));
        json.WriteString("state"u8, job.IsRunning ? "running"u8 : "queued"u8);
        json.WriteNumber("transaction"u8, job.Owners.Count > 0 ? job.Owners[0].Id.Value : 0);
        json.WriteString("waitsFor"u8, WaitsFor(job));
        JsonTime.Write(json, "begun"u8, job.IsRunning ? job.Begun : job.Queued);
        UnitJob culprit = JobWait.CulpritOf(job);
        json.WriteString("culprit"u8, culprit == job ? null : culprit.Unit.Name.Value);
        WriteDue(json, job, Math.Min(JobWait.DueUs(job), JobWait.DueUs(culprit)));
    }

    private static ReadOnlySpan<byte> FreezerOf(UnitRuntime? runtime, in CgroupAnswer cgroup) =>
        runtime is not { IsFrozen: true } ? "running"u8
        : cgroup.IsFrozen == true ? "frozen"u8 : "freezing"u8;

    // The clock on the wall at that time, as far as it goes on as it does.
    private static void WriteDue(Utf8JsonWriter json, UnitJob job, long dueUs)
    {
        if (dueUs == long.MaxValue)
        {
            json.WriteNull("until"u8);
            return;
        }

        Instant from = job.Queued;
        JsonTime.Write(json, "until"u8, new Instant(
            dueUs, from.RealtimeUs + (dueUs - from.MonotonicUs)));
    }

    private static string? WaitsFor(UnitJob job)
    {
        if (job.IsRunning)
            return $"its unit, which is in {StateWords.Of(job.Unit.Sub)}{Process(job.Unit)}";
        if (JobWait.BlockerOf(job) is not { } blocker)
            return null;
        string more = job.Unmet == 1
            ? ""
            : FormattableString.Invariant($" and {job.Unmet - 1} more");
        UnitJob culprit = JobWait.CulpritOf(blocker);
        string then = culprit == blocker
            ? ""
            : $", which waits for {Words(culprit)}";
        return $"{Words(blocker)}{more}{then}";
    }

    private static string Words(UnitJob job) => job.IsRunning
        ? $"{JobWords.Of(job.AskedKind)} {job.Unit.Name}"
            + $" (in {StateWords.Of(job.Unit.Sub)}{Process(job.Unit)})"
        : $"{JobWords.Of(job.AskedKind)} {job.Unit.Name}";

    private static string Process(UnitRuntime unit) => unit switch
    {
        { ControlProcess.Pid: > 0 and int pid } => FormattableString.Invariant(
            $", {ExecRoles.Word(unit.ControlRole)} process {pid}"),
        { MainProcess.Pid: > 0 and int pid } => FormattableString.Invariant(
            $", main process {pid}"),
        _ => "",
    };

    private static void WriteState(Utf8JsonWriter json, UnitRuntime? runtime)
    {
        json.WriteString("state"u8, StateWords.Of(runtime?.Active ?? ActiveState.Inactive));
        json.WriteString("subState"u8, StateWords.Of(runtime?.Sub ?? SubState.Dead));
        json.WriteString("target"u8, runtime?.GoalActive == true ? "active"u8 : "inactive"u8);
        json.WriteString("result"u8, StateWords.Of(runtime?.Result ?? UnitResult.Success));
        json.WriteNumber("mainPid"u8, runtime?.MainProcess.Pid ?? 0);
        json.WriteNumber("controlPid"u8, runtime?.ControlProcess.Pid ?? 0);
        JsonTime.Write(json, "since"u8, runtime?.Since ?? default);
        json.WriteNumber("sinceSeq"u8, runtime?.SinceSeq ?? 0);
        json.WriteNumber("restarts"u8, runtime?.Restarts ?? 0);
        json.WriteNumber("transaction"u8, runtime?.Transaction.Value ?? 0);
    }

    private static void WriteFiles(
        Utf8JsonWriter json, UnitDefinition unit, UnitRuntime? runtime)
    {
        json.WriteString("path"u8, unit.FragmentPath);
        DefinitionJson.WriteTexts(json, "dropIns"u8, unit.DropInPaths);
        DefinitionJson.WriteNames(json, "aliases"u8, unit.Aliases);
        DefinitionJson.WriteTexts(json, "documentation"u8, unit.Documentation);
        WriteTriggers(json, unit, runtime);
        json.WriteString("loadError"u8, unit.LoadError);
    }

    // What has its name is in its own definition; what names it by Unit= or Service= is not.
    private static void WriteTriggers(
        Utf8JsonWriter json, UnitDefinition unit, UnitRuntime? runtime)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (UnitDependency edge in unit.Dependencies)
        {
            if (edge.Kind == DependencyKind.TriggeredBy)
                names.Add(edge.Target.Value);
        }

        foreach (UnitName trigger in runtime?.TriggeredBy ?? [])
            names.Add(trigger.Value);
        json.WriteStartArray("triggeredBy"u8);
        foreach (string name in names)
            json.WriteStringValue(name);
        json.WriteEndArray();
    }

    private static void WriteExit(Utf8JsonWriter json, UnitRuntime? runtime)
    {
        if (runtime is null || runtime.MainExitKind == ExitKind.None)
        {
            json.WriteNull("mainExit"u8);
            return;
        }

        json.WriteStartObject("mainExit"u8);
        json.WriteString("kind"u8, RecordWords.Of(runtime.MainExitKind));
        json.WriteNumber("code"u8, runtime.MainExitCode);
        json.WriteEndObject();
    }

    private static void WriteStartLimit(
        Utf8JsonWriter json, UnitDefinition unit, UnitRuntime? runtime)
    {
        if (runtime is null || unit.StartLimitBurst <= 0 || unit.StartLimitIntervalUs <= 0)
        {
            json.WriteNull("startLimit"u8);
            return;
        }

        (int count, Instant oldest, Instant newest) = runtime.StartWindow;
        json.WriteStartObject("startLimit"u8);
        json.WriteNumber("burst"u8, unit.StartLimitBurst);
        json.WriteNumber("interval"u8, unit.StartLimitIntervalUs / 1e6);
        json.WriteNumber("starts"u8, count);
        JsonTime.Write(json, "oldest"u8, oldest);
        JsonTime.Write(json, "newest"u8, newest);
        json.WriteEndObject();
    }

    private static void WriteConnections(
        Utf8JsonWriter json, UnitDefinition unit, UnitRuntime? runtime)
    {
        if (unit.Socket is not { Accept: true })
        {
            json.WriteNull("connections"u8);
            return;
        }

        json.WriteStartObject("connections"u8);
        json.WriteNumber("accepted"u8, runtime?.Accepting?.Accepted ?? 0);
        json.WriteNumber("refused"u8, runtime?.Accepting?.Refused ?? 0);
        json.WriteNumber("served"u8, runtime?.Accepting?.Served ?? 0);
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }
}
