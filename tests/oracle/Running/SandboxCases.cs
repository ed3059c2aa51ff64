namespace InitTx.Oracle.Tests.Running;

/// <summary>systemd.exec(5), sandboxing: what a process may still see and do.</summary>
internal static class SandboxCases
{
    private static readonly (string Name, string Settings)[] Sandboxes =
    [
        ("system-yes", "ProtectSystem=yes"),
        ("system-full", "ProtectSystem=full"),
        ("system-strict", "ProtectSystem=strict"),
        ("system-strict-write", "ProtectSystem=strict\nReadWritePaths=/var/lib /oracle/data"),
        ("home-yes", "ProtectHome=yes"),
        ("home-read-only", "ProtectHome=read-only"),
        ("home-tmpfs", "ProtectHome=tmpfs"),
        ("tmp", "PrivateTmp=yes"),
        ("devices", "PrivateDevices=yes"),
        ("network", "PrivateNetwork=yes"),
        ("users", "PrivateUsers=yes"),
        ("users-nobody", "PrivateUsers=yes\nUser=nobody"),
        ("ipc", "PrivateIPC=yes"),
        ("mounts", "PrivateMounts=yes"),
        ("tunables", "ProtectKernelTunables=yes"),
        ("modules", "ProtectKernelModules=yes"),
        ("logs", "ProtectKernelLogs=yes"),
        ("cgroups", "ProtectControlGroups=yes"),
        ("clock", "ProtectClock=yes"),
        ("hostname", "ProtectHostname=yes"),
        ("proc-invisible", "ProtectProc=invisible\nUser=nobody"),
        ("proc-noaccess", "ProtectProc=noaccess\nUser=nobody"),
        ("proc-subset", "ProcSubset=pid"),
        ("read-only", "ReadOnlyPaths=/var /etc"),
        ("read-only-missing", "ReadOnlyPaths=-/oracle/missing"),
        ("read-only-required", "ReadOnlyPaths=/oracle/missing"),
        ("inaccessible-device", "InaccessiblePaths=/dev/full -/dev/kmsg"),
        ("inaccessible", "InaccessiblePaths=/var/lib /home"),
        ("no-exec", "NoExecPaths=/oracle/data"),
        ("bind", "BindPaths=/var/lib:/oracle/data"),
        ("bind-read-only", "BindReadOnlyPaths=/var/lib:/oracle/data"),
        ("bind-missing", "BindPaths=/oracle/missing"),
        ("bind-optional", "BindPaths=-/oracle/missing"),
        ("tmpfs", "TemporaryFileSystem=/var:ro /home"),
        ("families", "RestrictAddressFamilies=AF_UNIX"),
        ("families-none", "RestrictAddressFamilies=none"),
        ("families-without", "RestrictAddressFamilies=~AF_INET"),
        ("namespaces", "RestrictNamespaces=yes"),
        ("namespaces-some", "RestrictNamespaces=mnt"),
        ("realtime", "RestrictRealtime=yes"),
        ("setuid", "RestrictSUIDSGID=yes"),
        ("memory", "MemoryDenyWriteExecute=yes"),
        ("personality", "LockPersonality=yes"),
        ("calls-service", "SystemCallFilter=@system-service"),
        ("calls-without-mount", "SystemCallFilter=~@mount\nSystemCallErrorNumber=EACCES"),
        ("calls-kill", "SystemCallFilter=~uname"),
        ("calls-errno", "SystemCallFilter=~sethostname:ENOSYS"),
        ("architectures", "SystemCallArchitectures=native"),
        ("devices-closed", "DevicePolicy=closed"),
        ("nobody-with-filter", "User=nobody\nSystemCallFilter=@system-service"),
        ("root-directory-missing", "RootDirectory=/oracle/missing"),
        ("all-at-once",
            "ProtectSystem=strict\nProtectHome=yes\nPrivateTmp=yes\nPrivateDevices=yes\n"
            + "ProtectKernelTunables=yes\nProtectKernelModules=yes\nProtectControlGroups=yes\n"
            + "RestrictAddressFamilies=AF_UNIX AF_INET\nRestrictNamespaces=yes\n"
            + "RestrictRealtime=yes\nMemoryDenyWriteExecute=yes\nLockPersonality=yes\n"
            + "SystemCallArchitectures=native\nCapabilityBoundingSet=\nUser=nobody"),
        ("dynamic-user-implied", "DynamicUser=yes\nPrivateDevices=yes"),
    ];

    public static IEnumerable<RunCase> All()
    {
        foreach ((string name, string settings) in Sandboxes)
            yield return RunCase.Probe("sandbox", $"sandbox-{name}", settings);
    }
}
