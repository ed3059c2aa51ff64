using System.Globalization;
using System.Text;
using InitTx.Linux;
using InitTx.Linux.Handles;
using InitTx.Linux.Launch;

namespace InitTx.Exec.Setup;

/// <summary>How the kernel runs the process: scores, scheduling, personality, keyring.</summary>
internal static class ProcessSteps
{
    public static StepFailure? Run(ChildOptions options, SetupSettings settings)
    {
        StepFailure? failure = OomScore(options);
        failure ??= Dumps(settings);
        failure ??= Policy(settings);
        if (failure is null && settings.Find("CPUAffinity") is { } processors)
        {
            failure = StepFailure.Of(Scheduling.SetAffinity(processors),
                ExitStatus.CpuAffinity, "CPUAffinity", processors);
        }

        failure ??= MemoryNodes(settings);
        failure ??= IoPriority(settings);
        if (failure is null && settings.Find("TimerSlackNSec") is { } slack)
        {
            failure = StepFailure.Of(
                Scheduling.SetTimerSlack(ulong.Parse(slack, CultureInfo.InvariantCulture)),
                ExitStatus.TimerSlack, "TimerSlackNSec", slack);
        }

        if (failure is null && settings.Find("Personality") is { } persona)
        {
            failure = StepFailure.Of(Scheduling.SetPersonality(persona == "x86" ? 8u : 0),
                ExitStatus.Personality, "Personality", persona);
        }

        return failure ?? Keyring(options, settings);
    }

    private static StepFailure? OomScore(ChildOptions options)
    {
        if (options.OomScoreAdjust is not int score)
            return null;
        byte[] value = Encoding.ASCII.GetBytes(score.ToString(CultureInfo.InvariantCulture));
        SysResult written = Files.WriteValue(Files.Cwd, "/proc/self/oom_score_adj", value);

        // User namespaces forbid to lower it; as with systemd that stops no service.
        return written.Error is Errno.EACCES or Errno.EPERM
            ? null
            : StepFailure.Of(written, ExitStatus.OomAdjust, "OOMScoreAdjust", $"{score}");
    }

    private static StepFailure? Dumps(SetupSettings settings)
    {
        if (settings.Find("CoredumpFilter") is not { } mask)
            return null;
        return StepFailure.Of(
            Files.WriteValue(
                Files.Cwd, "/proc/self/coredump_filter", Encoding.ASCII.GetBytes("0x" + mask)),
            ExitStatus.Limits, "CoredumpFilter", mask);
    }

    // As systemd: a mask without a policy is a preference, which is for one node only, and a kernel
    // without memory nodes is passed over.
    private static StepFailure? MemoryNodes(SetupSettings settings)
    {
        string? policy = settings.Find("NUMAPolicy")
            ?? (settings.Has("NUMAMask") ? "preferred" : null);
        if (policy is null)
            return null;
        string[] modes = ["default", "preferred", "bind", "interleave", "local"];
        int mode = Array.IndexOf(modes, policy);
        string nodes = settings.Find("NUMAMask") ?? "";
        if (nodes == "all")
            nodes = OwnGroup.Lines("/sys/devices/system/node/online").FirstOrDefault() ?? "";
        bool valid = policy switch
        {
            "bind" or "interleave" => nodes.Length > 0,
            "preferred" => nodes.AsSpan().IndexOfAny(',', '-') < 0,
            _ => true,
        };
        SysResult result = !valid
            ? SysResult.Fail(Errno.EINVAL)
            : Scheduling.SetMemoryPolicy(mode, policy is "default" or "local" ? "" : nodes);
        return result.Error == Errno.ENOSYS
            ? null
            : StepFailure.Of(result, ExitStatus.NumaPolicy, "NUMAPolicy", $"{policy} {nodes}");
    }

    private static StepFailure? Policy(SetupSettings settings)
    {
        string? name = settings.Find("CPUSchedulingPolicy");
        int priority = settings.Number("CPUSchedulingPriority") ?? 0;
        bool reset = settings.Has("CPUSchedulingResetOnFork");
        if (name is null && priority == 0 && !reset)
            return null;
        int policy = name switch
        {
            "fifo" => 1,
            "rr" => 2,
            "batch" => 3,
            "idle" => 5,
            _ => 0,
        };

        // systemd.exec(5): 1 where a real-time class has none; others know only 0.
        priority = policy is 1 or 2 ? Math.Max(priority, 1) : 0;
        return StepFailure.Of(Scheduling.SetPolicy(policy, priority, reset),
            ExitStatus.SetScheduler, "CPUSchedulingPolicy", name ?? "other");
    }

    private static StepFailure? IoPriority(SetupSettings settings)
    {
        int? ioClass = settings.Number("IOSchedulingClass");
        int? level = settings.Number("IOSchedulingPriority");
        if (ioClass is null && level is null)
            return null;
        int chosen = ioClass ?? 2;
        return StepFailure.Of(Scheduling.SetIoPriority(chosen, chosen is 1 or 2 ? level ?? 4 : 0),
            ExitStatus.IoPrio, "IOSchedulingClass", $"{chosen}");
    }

    // systemd.exec(5), "KeyringMode=": private by default for the system's manager. A kernel
    // without keyrings, or a container that forbids them, is passed over, as systemd does.
    private static StepFailure? Keyring(ChildOptions options, SetupSettings settings)
    {
        string mode = settings.Find("KeyringMode") ?? "inherit";
        if (mode == "inherit")
            return null;
        SysResult result = Privileges.NewKeyring();
        if (result.IsOk && mode == "shared")
        {
            // The user's keyring belongs to the user: linked as that one, then back.
            uint uid = options.Uid ?? 0;
            uint gid = options.Gid ?? 0;
            result = Privileges.LinkUserKeyring(uid, gid);
        }

        return result.Error is Errno.ENOSYS or Errno.EACCES or Errno.EPERM or Errno.EDQUOT
            ? null
            : StepFailure.Of(result, ExitStatus.Keyring, "KeyringMode", mode);
    }
}
