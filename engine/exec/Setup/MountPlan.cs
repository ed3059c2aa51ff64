namespace InitTx.Exec.Setup;

/// <summary>What happens at a path; the stricter comes first and wins at the same path.</summary>
internal enum MountKind
{
    Inaccessible,
    Temporary,
    Devices,
    Processes,
    Bind,
    ReadOnlyBind,
    ReadOnly,
    ReadWrite,
    NoExecute,
    Execute,
}

/// <summary>One path of the plan.</summary>
/// <param name="Path">Absolute; resolved once the plan is carried out.</param>
internal sealed record MountStep(string Path, MountKind Kind, string Directive)
{
    /// <summary>What is bound there, or the options of a new file system.</summary>
    public string Source { get; init; } = "";

    /// <summary>A missing path is passed over.</summary>
    public bool Optional { get; init; }

    /// <summary>A bind mount with all that is mounted below its source.</summary>
    public bool Recursive { get; init; } = true;

    /// <summary>
    /// A path of the system even where RootDirectory= is set (written without "+").
    /// </summary>
    public bool OfSystem { get; init; }
}

/// <summary>
/// The paths that a unit's settings touch, as systemd.exec(5) says for each; pure. What is done
/// with them is <see cref="MountNamespace"/>'s.
/// </summary>
internal static class MountPlan
{
    private static readonly string[] Tunables =
    [
        "/proc/acpi", "/proc/apm", "/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq",
        "/proc/latency_stats", "/proc/mtrr", "/proc/scsi", "/proc/sys", "/proc/sysrq-trigger",
        "/proc/timer_stats", "/sys", "/sys/fs/bpf", "/sys/kernel/debug", "/sys/kernel/tracing",
    ];

    public static List<MountStep> Make(SetupSettings s, IReadOnlyList<string> ownDirectories)
    {
        var plan = new List<MountStep>();
        System(plan, s.ProtectSystem, s.Has("ProtectSystem") ? "ProtectSystem" : "DynamicUser");
        Home(plan, s.ProtectHome, s.Has("ProtectHome") ? "ProtectHome" : "DynamicUser");
        if (s.ProtectSystem == "strict")
        {
            foreach (string directory in ownDirectories)
                Add(plan, directory, MountKind.ReadWrite, "RuntimeDirectory");
        }

        if (s.Has("ProtectKernelTunables"))
        {
            foreach (string path in Tunables)
                Add(plan, path, MountKind.ReadOnly, "ProtectKernelTunables");
            Add(plan, "/proc/kallsyms", MountKind.Inaccessible, "ProtectKernelTunables");
            Add(plan, "/proc/kcore", MountKind.Inaccessible, "ProtectKernelTunables");
            Add(plan, "/sys/fs/cgroup", MountKind.ReadWrite, "ProtectKernelTunables");
            Add(plan, "/sys/fs/selinux", MountKind.ReadWrite, "ProtectKernelTunables");
        }

        if (s.Has("ProtectKernelModules"))
        {
            Add(plan, "/lib/modules", MountKind.Inaccessible, "ProtectKernelModules");
            Add(plan, "/usr/lib/modules", MountKind.Inaccessible, "ProtectKernelModules");
        }

        if (s.Has("ProtectKernelLogs"))
        {
            Add(plan, "/proc/kmsg", MountKind.Inaccessible, "ProtectKernelLogs");
            Add(plan, "/dev/kmsg", MountKind.Inaccessible, "ProtectKernelLogs");
        }

        if (s.Has("ProtectControlGroups"))
            Add(plan, "/sys/fs/cgroup", MountKind.ReadOnly, "ProtectControlGroups");
        if (s.Has("PrivateDevices"))
            Add(plan, "/dev", MountKind.Devices, "PrivateDevices");
        if (s.Has("PrivateIPC"))
            Add(plan, "/dev/mqueue", MountKind.Processes, "PrivateIPC", source: "mqueue");
        Processes(plan, s);
        Listed(plan, s);
        Binds(plan, s);
        if (!s.Has("RootDirectory"))
            plan.RemoveAll(step => IsImplied(step, plan));
        return plan;
    }

    // What holds already for the directory around it asks for nothing, not even that the path
    // exists: systemd drops it before it looks.
    private static bool IsImplied(MountStep step, List<MountStep> plan)
    {
        if (step.Kind is not (MountKind.ReadOnly or MountKind.ReadWrite))
            return false;
        MountStep? around = null;
        foreach (MountStep other in plan)
        {
            if (IsBelow(step.Path, other.Path)
                && (around is null || other.Path.Length > around.Path.Length
                    || (other.Path.Length == around.Path.Length && other.Kind < around.Kind)))
                around = other;
        }

        return around?.Kind == step.Kind;
    }

    private static bool IsBelow(string path, string directory)
    {
        directory = directory.TrimEnd('/');
        return path.Length > directory.Length + 1
            && path[directory.Length] == '/'
            && path.StartsWith(directory, StringComparison.Ordinal);
    }

    private static void System(List<MountStep> plan, string value, string directive)
    {
        if (value == "no")
            return;
        if (value == "strict")
        {
            Add(plan, "/", MountKind.ReadOnly, directive);
            foreach (string path in (string[])[
                "/proc", "/sys", "/dev", "/home", "/root", "/run/user"])
                Add(plan, path, MountKind.ReadWrite, directive);
            return;
        }

        foreach (string path in (string[])["/usr", "/boot", "/efi"])
            Add(plan, path, MountKind.ReadOnly, directive);

        // Where /usr is not merged these are directories of their own; else links, and the same.
        foreach (string path in (string[])["/lib", "/lib64", "/bin", "/sbin", "/lib32", "/libx32"])
            Add(plan, path, MountKind.ReadOnly, directive);
        if (value == "full")
            Add(plan, "/etc", MountKind.ReadOnly, directive);
    }

    private static void Home(List<MountStep> plan, string value, string directive)
    {
        if (value == "no")
            return;
        foreach (string path in (string[])["/home", "/root", "/run/user"])
        {
            switch (value)
            {
                case "read-only":
                    Add(plan, path, MountKind.ReadOnly, directive);
                    break;
                case "tmpfs":
                    Add(plan, path, MountKind.Temporary, directive, "mode=0755,ro");
                    break;
                default:
                    Add(plan, path, MountKind.Inaccessible, directive);
                    break;
            }
        }
    }

    private static void Processes(List<MountStep> plan, SetupSettings s)
    {
        string hide = s.Find("ProtectProc") switch
        {
            "noaccess" => "hidepid=1",
            "invisible" => "hidepid=2",
            "ptraceable" => "hidepid=4",
            _ => "",
        };
        string subset = s.Find("ProcSubset") == "pid" ? "subset=pid" : "";
        if (hide.Length + subset.Length == 0)
            return;
        Add(plan, "/proc", MountKind.Processes, hide.Length > 0 ? "ProtectProc" : "ProcSubset",
            "proc:" + hide + (hide.Length > 0 && subset.Length > 0 ? "," : "") + subset);
    }

    private static void Listed(List<MountStep> plan, SetupSettings s)
    {
        foreach ((string key, MountKind kind) in ((string, MountKind)[])[
            ("InaccessiblePaths", MountKind.Inaccessible), ("ReadOnlyPaths", MountKind.ReadOnly),
            ("ReadWritePaths", MountKind.ReadWrite), ("NoExecPaths", MountKind.NoExecute),
            ("ExecPaths", MountKind.Execute)])
        {
            foreach (string value in s.All(key))
            {
                bool optional = value.StartsWith('-');
                string path = value[(optional ? 1 : 0)..];
                bool below = path.StartsWith('+');
                plan.Add(new MountStep(path[(below ? 1 : 0)..], kind, key)
                {
                    Optional = optional,
                    OfSystem = !below,
                });
            }
        }
    }

    private static void Binds(List<MountStep> plan, SetupSettings s)
    {
        foreach (string value in s.All("TemporaryFileSystem"))
        {
            int colon = value.IndexOf(':', StringComparison.Ordinal);
            string options = value[(colon + 1)..];
            plan.Add(new MountStep(value[..colon], MountKind.Temporary, "TemporaryFileSystem")
            {
                Source = options.Contains("mode=", StringComparison.Ordinal)
                    ? options
                    : "mode=0755" + (options.Length > 0 ? "," : "") + options,
                Optional = true,
            });
        }

        foreach ((string key, MountKind kind) in ((string, MountKind)[])[
            ("BindPaths", MountKind.Bind), ("BindReadOnlyPaths", MountKind.ReadOnlyBind)])
        {
            foreach (string value in s.All(key))
            {
                bool optional = value.StartsWith('-');
                string[] parts = value[(optional ? 1 : 0)..].Split(':');
                plan.Add(new MountStep(parts[1], kind, key)
                {
                    Source = parts[0],
                    Recursive = parts[2] == "rbind",
                    Optional = optional,
                });
            }
        }
    }

    private static void Add(
        List<MountStep> plan, string path, MountKind kind, string directive, string source = "") =>
        plan.Add(new MountStep(path, kind, directive) { Source = source, Optional = true });
}
