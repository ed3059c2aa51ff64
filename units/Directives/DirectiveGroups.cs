using static InitTx.Units.Directives.DirectiveClass;
using static InitTx.Units.Model.DirectiveTreatment;

namespace InitTx.Units.Directives;

/// <summary>Keys that share sections, class, treatment and reason.</summary>
internal sealed record DirectiveGroup(
    string Sections, DirectiveClass Class, Model.DirectiveTreatment Treatment, string Reason,
    string Keys);

/// <summary>
/// The rows of <see cref="DirectiveTable"/>, grouped; the first group that names a key decides.
/// </summary>
internal static class DirectiveGroups
{
    private const string Runs = "Service Socket Mount Swap";
    private const string Groups = "Service Socket Slice Scope Mount Swap";
    private const string Controlled = "Service Socket Slice Mount Swap";
    private const string Sandboxing = "this part of a sandbox is not applied by this version";
    private const string ByMountTable = "a file stands for the file system that the mount table "
        + "has at its path; symbolic links in it are not followed";

    private const string ExecHonoured = """
        WorkingDirectory User Group SupplementaryGroups Nice OOMScoreAdjust UMask Environment
        EnvironmentFile UnsetEnvironment IgnoreSIGPIPE TTYPath RuntimeDirectory
        RuntimeDirectoryMode RuntimeDirectoryPreserve StateDirectory StateDirectoryMode
        CacheDirectory CacheDirectoryMode LogsDirectory LogsDirectoryMode ConfigurationDirectory
        ConfigurationDirectoryMode
        """;

    private const string Set = """
        AmbientCapabilities StandardInputText StandardInputData TTYReset TTYVHangup
        TTYVTDisallocate Personality SetCredential LoadCredential RootDirectory MountAPIVFS
        BindPaths BindReadOnlyPaths MountFlags NetworkNamespacePath IPCNamespacePath ExecSearchPath
        PAMName TTYRows TTYColumns UtmpMode
        """;

    private const string Scheduled = """
        IOSchedulingClass IOSchedulingPriority CPUSchedulingPolicy CPUSchedulingPriority
        CPUSchedulingResetOnFork CPUAffinity TimerSlackNSec CoredumpFilter NUMAPolicy NUMAMask
        """;

    private const string Confined = """
        NoNewPrivileges DynamicUser RemoveIPC CapabilityBoundingSet SecureBits KeyringMode
        ProtectProc ProcSubset SystemCallFilter SystemCallArchitectures SystemCallErrorNumber
        SystemCallLog
        MemoryDenyWriteExecute RestrictNamespaces RestrictRealtime RestrictSUIDSGID
        RestrictAddressFamilies LockPersonality ReadWriteDirectories ReadOnlyDirectories
        InaccessibleDirectories ReadWritePaths ReadOnlyPaths InaccessiblePaths ExecPaths
        NoExecPaths TemporaryFileSystem PrivateTmp PrivateDevices ProtectKernelTunables
        ProtectKernelModules ProtectKernelLogs ProtectClock ProtectControlGroups PrivateUsers
        PrivateMounts ProtectSystem ProtectHome ProtectHostname PrivateNetwork PrivateIPC
        SELinuxContext AppArmorProfile SmackProcessLabel
        """;

    private const string Limits = """
        LimitCPU LimitFSIZE LimitDATA LimitSTACK LimitCORE LimitRSS LimitNOFILE LimitAS LimitNPROC
        LimitMEMLOCK LimitLOCKS LimitSIGPENDING LimitMSGQUEUE LimitNICE LimitRTPRIO LimitRTTIME
        """;

    private const string Sandbox = """
        DynamicUser RemoveIPC CapabilityBoundingSet SecureBits KeyringMode ProtectProc ProcSubset
        SystemCallFilter SystemCallArchitectures SystemCallErrorNumber SystemCallLog
        MemoryDenyWriteExecute RestrictNamespaces RestrictRealtime RestrictSUIDSGID
        RestrictAddressFamilies LockPersonality RestrictFileSystems ReadWriteDirectories
        ReadOnlyDirectories InaccessibleDirectories ReadWritePaths ReadOnlyPaths InaccessiblePaths
        ExecPaths NoExecPaths TemporaryFileSystem PrivateTmp PrivateDevices ProtectKernelTunables
        ProtectKernelModules ProtectKernelLogs ProtectClock ProtectControlGroups PrivateNetwork
        PrivateUsers PrivateMounts PrivateIPC ProtectSystem ProtectHome ProtectHostname
        """;

    private const string Scopes = "scopes are not started by this version";

    private const string ExecCore = """
        RootDirectory RootImage RootImageOptions RootHash RootHashSignature RootVerity
        ExtensionDirectories ExtensionImages MountImages BindPaths BindReadOnlyPaths MountFlags
        MountAPIVFS NetworkNamespacePath IPCNamespacePath AmbientCapabilities
        StandardInputText StandardInputData TTYReset TTYVHangup TTYVTDisallocate Personality
        SetCredential SetCredentialEncrypted LoadCredential
        LoadCredentialEncrypted TimeoutCleanSec
        """;

    private const string Scheduling = """
        CoredumpFilter IOSchedulingClass IOSchedulingPriority CPUSchedulingPolicy
        CPUSchedulingPriority CPUSchedulingResetOnFork CPUAffinity NUMAPolicy NUMAMask
        TimerSlackNSec
        """;

    private const string Logging = """
        SyslogIdentifier SyslogFacility SyslogLevel SyslogLevelPrefix LogLevelMax
        LogRateLimitIntervalSec LogRateLimitBurst
        """;

    private const string JournaldOnly = "LogExtraFields LogNamespace";

    private const string ControlGroups = """
        AllowedCPUs AllowedMemoryNodes CPUAccounting CPUWeight CPUShares CPUQuota CPUQuotaPeriodSec
        MemoryAccounting MemoryMin DefaultMemoryMin DefaultMemoryLow MemoryLow MemoryHigh MemoryMax
        MemorySwapMax MemoryLimit IOAccounting IOWeight BlockIOAccounting BlockIOWeight
        TasksAccounting TasksMax DisableControllers
        """;

    private const string AtStartup = """
        StartupAllowedCPUs StartupAllowedMemoryNodes StartupCPUWeight StartupCPUShares
        StartupIOWeight StartupBlockIOWeight
        """;

    private const string OfDevices = """
        IODeviceWeight IOReadBandwidthMax IOWriteBandwidthMax IOReadIOPSMax IOWriteIOPSMax
        IODeviceLatencyTargetSec BlockIODeviceWeight BlockIOReadBandwidth BlockIOWriteBandwidth
        """;

    private const string OtherControls = """
        IPAccounting ManagedOOMSwap ManagedOOMMemoryPressure ManagedOOMMemoryPressureLimit
        ManagedOOMPreference
        """;

    private const string Filters =
        "DeviceAllow DevicePolicy IPIngressFilterPath IPEgressFilterPath BPFProgram " + Traffic;

    private const string Traffic = """
        IPAddressAllow IPAddressDeny SocketBindAllow SocketBindDeny RestrictNetworkInterfaces
        """;

    private const string Kill = """
        SendSIGKILL SendSIGHUP KillMode KillSignal RestartKillSignal FinalKillSignal WatchdogSignal
        """;

    private const string Conditions = """
        PathExists PathExistsGlob PathIsDirectory PathIsSymbolicLink PathIsMountPoint
        PathIsReadWrite PathIsEncrypted DirectoryNotEmpty FileNotEmpty FileIsExecutable NeedsUpdate
        FirstBoot Architecture Firmware Virtualization Host KernelCommandLine KernelVersion
        Credential Security Capability ACPower Memory CPUFeature CPUs Environment User Group
        ControlGroupController OSRelease MemoryPressure CPUPressure IOPressure
        """;

    /// <summary>All groups.</summary>
    public static readonly DirectiveGroup[] All =
    [
        new("Unit", Metadata, Honoured, "", "Description Documentation SourcePath"),
        new("Unit", Core, Honoured, "", """
            Requires Requisite Wants BindsTo BindTo Upholds Conflicts Before After OnSuccess
            OnFailure PropagatesReloadTo PropagateReloadTo ReloadPropagatedFrom PropagateReloadFrom
            PropagatesStopTo StopPropagatedFrom PartOf StopWhenUnneeded RefuseManualStart
            RefuseManualStop AllowIsolate DefaultDependencies OnSuccessJobMode OnFailureJobMode
            OnFailureIsolate IgnoreOnIsolate JobTimeoutSec JobRunningTimeoutSec JobTimeoutAction
            StartLimitIntervalSec StartLimitInterval StartLimitBurst StartLimitAction FailureAction
            SuccessAction FailureActionExitStatus SuccessActionExitStatus
            """),
        new("Unit", Core, Approximated, "edges to mount units that exist; the paths are not "
            + "watched", "RequiresMountsFor"),
        new("Unit", Core, Approximated, "a NetworkNamespacePath= or IPCNamespacePath= of the other "
            + "is not taken over", "JoinsNamespaceOf"),
        new("Unit", Core, Ignored, "obsolete; systemd ignores it as well",
            "RequiresOverridable RequisiteOverridable"),
        new("Unit Service", Core, Honoured, "", "RebootArgument"),
        new("Unit", Core, Ignored, "not supported by this version",
            "JobTimeoutRebootArgument"),
        new("Unit", Core, Approximated, "only instances of Accept=yes sockets are ever forgotten",
            "CollectMode"),
        new("Unit", Core, Honoured, "", Prefix("Condition", Conditions)),
        new("Unit", Core, Honoured, "",
            Prefix("Assert", Conditions.Replace("Firmware", "", StringComparison.Ordinal))),

        new("X-InitTx", Core, Honoured, "",
            "ExecCheck Rollback TimeoutVerbSec UnhonouredSecurity Verb"),

        new("Install", Metadata, Honoured, "",
            "Alias WantedBy RequiredBy UpheldBy Also DefaultInstance"),

        new("Service", Core, Honoured, "", """
            Type Restart RestartSec RemainAfterExit GuessMainPID PIDFile BusName ExecCondition
            ExecStartPre ExecStart ExecStartPost ExecReload ExecStop ExecStopPost TimeoutSec
            TimeoutStartSec TimeoutStopSec TimeoutAbortSec RuntimeMaxSec WatchdogSec NotifyAccess
            SuccessExitStatus RestartPreventExitStatus RestartForceExitStatus Sockets NonBlocking
            PermissionsStartOnly StartLimitInterval StartLimitBurst StartLimitAction FailureAction
            TimeoutStartFailureMode TimeoutStopFailureMode RuntimeRandomizedExtraSec ExitType
            RestartSteps RestartMaxDelaySec FileDescriptorStoreMax FileDescriptorStorePreserve
            """),
        new("Service", Core, Ignored, "not supported by this version", """
            RootDirectoryStartOnly USBFunctionDescriptors USBFunctionStrings
            """),
        new("Service", Resource, Honoured, "", "OOMPolicy"),
        new("Scope", Core, Ignored, Scopes, Kill + " Slice Delegate"),
        new("Scope", Resource, Ignored, Scopes,
            $"OOMPolicy {ControlGroups} {AtStartup} {OfDevices}"),
        new("Slice", Core, Ignored, "a slice's place in the tree follows from its name", "Slice"),
        new("Scope", Core, Ignored, Scopes,
            "RuntimeMaxSec RuntimeRandomizedExtraSec TimeoutStopSec"),

        new("Socket", Core, Honoured, "", """
            ListenStream ListenDatagram ListenSequentialPacket ListenFIFO Accept Service SocketMode
            DirectoryMode SocketUser SocketGroup Backlog BindIPv6Only FreeBind ReusePort KeepAlive
            NoDelay Transparent Broadcast PassCredentials PassSecurity RemoveOnStop Writable
            ReceiveBuffer SendBuffer FileDescriptorName Symlinks BindToDevice FlushPending
            TriggerLimitIntervalSec TriggerLimitBurst TimeoutSec ListenNetlink
            ListenSpecial Priority Mark IPTTL KeepAliveTimeSec KeepAliveIntervalSec KeepAliveProbes
            DeferAcceptSec TCPCongestion
            PassPacketInfo PipeSize MaxConnections MaxConnectionsPerSource SocketProtocol IPTOS
            Timestamping ListenMessageQueue MessageQueueMaxMessages MessageQueueMessageSize
            ExecStartPre ExecStartPost ExecStopPre ExecStopPost
            """),
        new("Socket", Core, Refused, "a USB gadget's end points need their descriptors written by "
            + "the manager, which this version does not do", "ListenUSBFunction"),
        new("Socket", DirectiveClass.Sandbox, Ignored, "this version is not linked to SELinux: a "
            + "peer's label (SO_PEERSEC) has no meaning that it could look up or pass on",
            "SELinuxContextFromNet"),
        new("Socket", DirectiveClass.Sandbox, Ignored, Sandboxing,
            "SmackLabel SmackLabelIPIn SmackLabelIPOut"),

        new(Runs, Core, Honoured, "", ExecHonoured),
        new(Runs, Core, Approximated,
            "journal and syslog outputs go where LogTarget= of initx.conf says",
                "StandardOutput StandardError"),
        new(Runs, Core, Honoured, "", "StandardInput"),
        new(Runs, Core, Approximated,
            "DOTNET_*, LD_*, MALLOC_* and GLIBC_TUNABLES do not get beyond the manager",
            "PassEnvironment"),
        new(Runs, DirectiveClass.Sandbox, Honoured, "", Confined),
        new(Runs, Core, Honoured, "", Set),
        new(Runs, DirectiveClass.Sandbox, Refused, "this version reads no disk images", """
            RootImage RootImageOptions RootHash RootHashSignature RootVerity ExtensionImages
            ExtensionDirectories MountImages
            """),
        new(Runs, DirectiveClass.Sandbox, Refused, "this version cannot decrypt credentials",
            "SetCredentialEncrypted LoadCredentialEncrypted"),
        new(Runs, Resource, Honoured, "", Scheduled),
        new(Runs, Resource, Honoured, "", Limits),
        new(Runs, DirectiveClass.Sandbox, Ignored, Sandboxing, Sandbox),
        new(Runs, Core, Approximated,
            "the record of the end does not say how the process ended", "UtmpIdentifier"),
        new(Runs, Core, Ignored, "not supported by this version", ExecCore),
        new(Runs, Resource, Ignored, "scheduling settings are not applied by this version",
            Scheduling),
        new(Runs, DirectiveClass.Logging, Honoured, "", Logging),
        new(Runs, DirectiveClass.Logging, Ignored, "a matter of journald's own", JournaldOnly),
        new("Service Socket Slice Mount Swap Scope", Core, Honoured, "", "Slice"),
        new("Service", Core, Honoured, "", "Delegate"),
        new("Socket Slice Mount Swap", Core, Ignored,
            "only services and scopes can have it, in systemd as well", "Delegate"),
        new(Controlled, Resource, Honoured, "", ControlGroups),
        new(Controlled, Resource, Approximated, "until the units of the boot are up; not again at "
            + "shutdown", AtStartup),
        new(Controlled, Resource, Approximated, ByMountTable, OfDevices),
        new(Groups, Resource, Ignored, "not supported by this version", OtherControls),
        new(Runs, DirectiveClass.Sandbox, Honoured, "", "DeviceAllow DevicePolicy"),
        new("Service Mount Swap", DirectiveClass.Sandbox, Honoured, "", Traffic),
        new("Slice", DirectiveClass.Sandbox, Approximated,
            "it holds for the processes of units below that are made from then on", Traffic),
        new("Socket", DirectiveClass.Sandbox, Ignored,
            "sockets are made by the manager, in whose control group no filter can be", Traffic),
        new(Groups, DirectiveClass.Sandbox, Ignored, Sandboxing, Filters),
        new("Service Socket Scope", Core, Honoured, "", Kill),

        new("Mount Swap", Core, Honoured, "", Kill),
        new("Mount", Core, Honoured, "", """
            What Where Type Options SloppyOptions LazyUnmount ForceUnmount ReadWriteOnly
            DirectoryMode TimeoutSec
            """),
        new("Automount", Core, Honoured, "",
            "Where ExtraOptions DirectoryMode TimeoutIdleSec"),
        new("Swap", Core, Honoured, "", "What Priority Options TimeoutSec"),
        new("Timer", Core, Approximated, "noticed when the clock is set and at a daemon-reload",
            "OnTimezoneChange"),
        new("Timer", Core, Honoured, "", """
            OnCalendar OnActiveSec OnBootSec OnStartupSec OnUnitActiveSec OnUnitInactiveSec
            OnClockChange Persistent WakeSystem RemainAfterElapse FixedRandomDelay AccuracySec
            RandomizedDelaySec Unit
            """),
        new("Path", Core, Honoured, "", """
            PathExists PathExistsGlob PathChanged PathModified DirectoryNotEmpty Unit MakeDirectory
            DirectoryMode TriggerLimitIntervalSec TriggerLimitBurst
            """),
    ];

    private static string Prefix(string prefix, string names) =>
        prefix + string.Join(
            " " + prefix, names.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries));
}
