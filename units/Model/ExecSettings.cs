namespace InitTx.Units.Model;

/// <summary>
/// <c>StandardInput=</c>, <c>StandardOutput=</c>, <c>StandardError=</c> of systemd.exec(5).
/// </summary>
public enum StandardStream : byte
{
    /// <summary>Output: as standard output or the default; input: null.</summary>
    Inherit,
    Null,
    Tty,
    TtyForce,
    TtyFail,
    Journal,
    JournalConsole,
    Kmsg,
    KmsgConsole,
    Socket,
    File,
    Append,
    Truncate,
    FdName,

    /// <summary>Input only: what StandardInputText= and StandardInputData= hold.</summary>
    Data,
}

/// <summary>
/// Where one standard stream leads; <paramref name="Path"/> for the file forms and FdName.
/// </summary>
public sealed record StreamTarget(StandardStream Kind, string? Path = null);

/// <summary>One <c>EnvironmentFile=</c>.</summary>
/// <param name="Path">Absolute path or glob, specifiers expanded.</param>
/// <param name="Optional">Written with <c>-</c>: a missing file is no error.</param>
/// <param name="Source">Where it was written.</param>
public sealed record EnvironmentFileSetting(string Path, bool Optional, SourceLocation Source);

/// <summary>One of the <c>RuntimeDirectory=</c> family.</summary>
/// <param name="Base">
/// <c>RUNTIME</c>, <c>STATE</c>, <c>CACHE</c>, <c>LOGS</c> or <c>CONFIGURATION</c>.
/// </param>
/// <param name="Name">Relative name below the base.</param>
/// <param name="Link">The symlink of the <c>name:link</c> form, or null.</param>
public sealed record ServiceDirectory(string Base, string Name, string? Link);

/// <summary>What to do with a runtime directory when the service stops.</summary>
public enum DirectoryPreserve : byte
{
    No,
    Yes,
    Restart,
}

/// <summary>
/// One <c>LimitX=</c>: the resource number of setrlimit(2); ulong.MaxValue is infinity.
/// </summary>
public readonly record struct ResourceLimit(int Resource, ulong Soft, ulong Hard);

/// <summary>
/// The execution environment of systemd.exec(5) as far as this version applies it.
/// </summary>
public sealed record ExecSettings
{
    public string? User { get; init; }
    public string? Group { get; init; }
    public IReadOnlyList<string> SupplementaryGroups { get; init; } = [];
    public bool DynamicUser { get; init; }
    public string? WorkingDirectory { get; init; }
    public bool WorkingDirectoryOptional { get; init; }
    public IReadOnlyList<KeyValuePair<string, string>> Environment { get; init; } = [];
    public IReadOnlyList<EnvironmentFileSetting> EnvironmentFiles { get; init; } = [];
    public IReadOnlyList<string> PassEnvironment { get; init; } = [];
    public IReadOnlyList<string> UnsetEnvironment { get; init; } = [];
    public int UMask { get; init; } = 0b000_010_010;
    public int? Nice { get; init; }
    public int? OomScoreAdjust { get; init; }
    public IReadOnlyList<ResourceLimit> Limits { get; init; } = [];
    public bool NoNewPrivileges { get; init; }
    public bool IgnoreSigpipe { get; init; } = true;
    public bool NonBlocking { get; init; }
    public StreamTarget StandardInput { get; init; } = new(StandardStream.Null);
    public StreamTarget StandardOutput { get; init; } = new(StandardStream.Journal);
    public StreamTarget StandardError { get; init; } = new(StandardStream.Inherit);
    public string? TtyPath { get; init; }
    public string? SyslogIdentifier { get; init; }
    public LogSettings Log { get; init; } = LogSettings.Standard;
    public IReadOnlyList<ServiceDirectory> Directories { get; init; } = [];
    public int RuntimeDirectoryMode { get; init; } = 0b111_101_101;
    public int StateDirectoryMode { get; init; } = 0b111_101_101;
    public int CacheDirectoryMode { get; init; } = 0b111_101_101;
    public int LogsDirectoryMode { get; init; } = 0b111_101_101;
    public int ConfigurationDirectoryMode { get; init; } = 0b111_101_101;
    public DirectoryPreserve RuntimeDirectoryPreserve { get; init; }

    /// <summary>What initx-exec does beyond the rest, in the order of writing.</summary>
    public IReadOnlyList<SetupOption> Setup { get; init; } = [];

    /// <summary>
    /// True when something must be looked up, read, checked or made on a file system before the
    /// first process: the prepare helper does that, never PID 1.
    /// </summary>
    public bool NeedsPrepare =>
        User is not null || Group is not null || SupplementaryGroups.Count > 0
        || EnvironmentFiles.Count > 0 || Directories.Count > 0 || DynamicUser || PrivateTmp;

    /// <summary>RemoveIPC=, or implied by DynamicUser=.</summary>
    public bool RemovesIpc { get; init; }

    /// <summary>The unit has a /tmp of its own, which has to be cleaned up.</summary>
    public bool PrivateTmp => Has("PrivateTmp") || DynamicUser;

    /// <summary>PAMName=: beside each process there is one that closes its session.</summary>
    public bool OpensSession => Has("PAMName");

    /// <summary>
    /// True when the child must go through initx-exec: steps that the shim cannot do safely.
    /// </summary>
    public bool NeedsExecHelper => OomScoreAdjust is not null || Setup.Count > 0;

    /// <summary>UtmpIdentifier=: of the record of a process; null for none.</summary>
    public string? LoginRecord => Find("UtmpIdentifier");

    private bool Has(string key) => Find(key) is not null;

    private string? Find(string key)
    {
        for (int i = 0; i < Setup.Count; i++)
        {
            if (Setup[i].Key == key)
                return Setup[i].Value;
        }

        return null;
    }
}
