using System.Globalization;

namespace InitTx.Exec.Setup;

/// <summary>How a standard stream's file is opened.</summary>
internal enum FileForm : byte
{
    File,
    Append,
    Truncate,
    Terminal,
}

/// <summary>A file or a terminal for a standard stream.</summary>
internal readonly record struct StreamFile(string Path, FileForm Form);

/// <summary>One resource limit.</summary>
internal readonly record struct LimitOption(int Resource, ulong Soft, ulong Hard);

/// <summary>A directory to be made when it is missing, with its parents.</summary>
/// <param name="IsMountPoint">It must not lead over symbolic links.</param>
internal readonly record struct DirectoryOption(string Path, uint Mode, bool IsMountPoint);

/// <summary>The descriptors of a pair that holds a namespace (SharedNamespace).</summary>
internal readonly record struct NamespaceStore(int Reading, int Writing);

/// <summary>
/// The options before <c>--</c>, and what follows. Options with a small letter are about this
/// process; those with a capital are directives of the unit, by their name.
/// </summary>
internal sealed class ChildOptions
{
    private const int MostGroups = 65_536;
    private static readonly string[] StreamNames = ["stdin", "stdout", "stderr"];

    public int? OomScoreAdjust { get; private set; }

    /// <summary>Standard input, output and error; null leaves what is.</summary>
    public StreamFile?[] Streams { get; } = new StreamFile?[3];

    public uint[]? Groups { get; private set; }
    public uint? Gid { get; private set; }
    public uint? Uid { get; private set; }
    public bool NoNewPrivileges { get; private set; }
    public bool DefaultSigpipe { get; private set; }
    public bool Search { get; private set; }

    /// <summary>Only marked variables reach the program (see ServiceEnvironment).</summary>
    public bool Marked { get; private set; }

    /// <summary>The spawn's status pipe, or -1.</summary>
    public int StatusFd { get; private set; } = -1;

    /// <summary>Descriptors 3 to this one excluded are the service's; 0 leaves all alone.</summary>
    public int FirstOwnFd { get; private set; }

    /// <summary>
    /// The second time round, in the user namespace that the first time asked for; what needs root
    /// of the system is done.
    /// </summary>
    public bool InUserNamespace { get; private set; }

    /// <summary>Directives whose security module the first time round has seen.</summary>
    public HashSet<string> LabelsFound { get; } = [];

    /// <summary>The unit, for what is named after it.</summary>
    public string Unit { get; private set; } = "";

    /// <summary>The unit's own directory below the manager's runtime directory.</summary>
    public string State { get; private set; } = "";

    public string UserName { get; private set; } = "";
    public string? Directory { get; private set; }
    public bool DirectoryOptional { get; private set; }
    public uint? Umask { get; private set; }

    /// <summary>tty, tty-force or tty-fail when standard input is one.</summary>
    public string TerminalMode { get; private set; } = "";

    public List<LimitOption> Limits { get; } = [];

    /// <summary>Where a mount is to be, and what is to be seen there.</summary>
    public List<DirectoryOption> Places { get; } = [];

    /// <summary>Directories that the unit was given (RuntimeDirectory= and its like).</summary>
    public List<string> OwnDirectories { get; } = [];

    /// <summary>Those of a dynamic user, which lie where only root gets to.</summary>
    public List<string> PrivateDirectories { get; } = [];

    /// <summary>What holds the unit's network, which its processes share; null for none.</summary>
    public NamespaceStore? NetworkStore { get; private set; }

    /// <summary>The same for its System V and POSIX objects.</summary>
    public NamespaceStore? IpcStore { get; private set; }

    /// <summary>The own directories (<see cref="State"/>) of units whose /tmp this one joins.
    /// </summary>
    public List<string> JoinedStates { get; } = [];

    /// <summary>Those of units that may still have what this one had before.</summary>
    public List<string> RejoinedStates { get; } = [];

    /// <summary>The manager's socket for notifications, where the unit may use it.</summary>
    public string? NotifySocket { get; private set; }

    public SetupSettings Settings { get; } = new();
    public string Program { get; private set; } = "";
    public IReadOnlyList<string> Arguments { get; private set; } = [];

    /// <summary>Groups beyond those that the manager gave.</summary>
    public void AddGroups(IEnumerable<uint> more) => Groups = [.. (Groups ?? []).Union(more)];

    /// <summary>Reads the command line; null with the reason when it is wrong in any way.</summary>
    public static ChildOptions? Parse(string[] args, out string error)
    {
        var options = new ChildOptions();
        int end = Array.IndexOf(args, "--");
        error = end < 0 ? "-- is missing before the program" : "";
        for (int i = 0; i < end && error.Length == 0; i++)
        {
            if (!options.Take(args[i]))
                error = $"'{args[i]}' is no option, or its value is wrong";
        }

        if (error.Length == 0 && args.Length < end + 3)
            error = "PROGRAM and ARG0 are needed after --";
        if (error.Length > 0)
            return null;
        options.Program = args[end + 1];
        options.Arguments = args[(end + 2)..];
        return options;
    }

    private bool Take(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? text : text[..equals];
        string value = equals < 0 ? "" : text[(equals + 1)..];
        if (equals < 0)
            return TakeSwitch(name);
        if (name.Length > 2 && char.IsAsciiLetterUpper(name[2]))
        {
            Settings.Add(name[2..], value);
            return name.StartsWith("--", StringComparison.Ordinal);
        }

        return TakeNumber(name, value) ?? TakeText(name, value) ?? TakeStream(name, value);
    }

    private bool TakeSwitch(string name)
    {
        switch (name)
        {
            case "--no-new-privileges":
                return NoNewPrivileges = true;
            case "--default-sigpipe":
                return DefaultSigpipe = true;
            case "--search":
                return Search = true;
            case "--marked-environment":
                return Marked = true;
            case "--directory-optional":
                return DirectoryOptional = true;
            default:
                return false;
        }
    }

    private bool? TakeNumber(string name, string value)
    {
        switch (name)
        {
            case "--oom-score-adj":
                OomScoreAdjust = int.TryParse(value, NumberStyles.AllowLeadingSign,
                    CultureInfo.InvariantCulture, out int score) && score is >= -1000 and <= 1000
                    ? score
                    : null;
                return OomScoreAdjust is not null;
            case "--gid":
                return (Gid = Id(value)) is not null;
            case "--uid":
                return (Uid = Id(value)) is not null;
            case "--umask":
                return (Umask = Id(value)) is <= 0b111_111_111;
            case "--status-fd":
                StatusFd = (int?)Id(value) ?? -1;
                return StatusFd > 2;
            case "--first-own-fd":
                FirstOwnFd = (int?)Id(value) ?? -1;
                return FirstOwnFd > 2;
            case "--groups":
                return TakeGroups(value);
            case "--limit":
                return TakeLimit(value);
            default:
                return null;
        }
    }

    private bool? TakeText(string name, string value)
    {
        switch (name)
        {
            case "--unit":
                Unit = value;
                return value.Length > 0 && !value.Contains('/', StringComparison.Ordinal);
            case "--state":
                State = value;
                return value.StartsWith('/');
            case "--user-namespace":
                return InUserNamespace = value.Length > 0;
            case "--label-found":
                return LabelsFound.Add(value);
            case "--user-name":
                UserName = value;
                return value.Length > 0;
            case "--directory":
                Directory = value;
                return value.StartsWith('/');
            case "--mount-point":
                return TakePlace(value, isMountPoint: true);
            case "--make-directory":
                return TakePlace(value, isMountPoint: false);
            case "--tty-mode":
                TerminalMode = value;
                return value is "tty" or "tty-force" or "tty-fail";
            case "--own-directory":
                OwnDirectories.Add(value);
                return value.StartsWith('/');
            case "--private-directory":
                PrivateDirectories.Add(value);
                return value.StartsWith('/');
            case "--notify-socket":
                NotifySocket = value;
                return value.StartsWith('/');
            case "--join-state":
                JoinedStates.Add(value);
                return value.StartsWith('/');
            case "--rejoin-state":
                RejoinedStates.Add(value);
                return value.StartsWith('/');
            case "--network-store":
                return (NetworkStore = StoreOf(value)) is not null;
            case "--ipc-store":
                return (IpcStore = StoreOf(value)) is not null;
            default:
                return null;
        }
    }

    // Octal, as in the unit: "755:/srv/a".
    private bool TakePlace(string value, bool isMountPoint)
    {
        int colon = value.IndexOf(':', StringComparison.Ordinal);
        uint mode = 0;
        for (int i = 0; i < colon; i++)
        {
            if (value[i] is < '0' or > '7' || colon > 4)
                return false;
            mode = (mode << 3) | (uint)(value[i] - '0');
        }

        if (colon < 1 || colon + 1 >= value.Length || value[colon + 1] != '/')
            return false;
        Places.Add(new DirectoryOption(value[(colon + 1)..], mode, isMountPoint));
        return true;
    }

    private bool TakeLimit(string value)
    {
        string[] parts = value.Split(':');
        if (parts.Length != 3 || !int.TryParse(parts[0], NumberStyles.None,
                CultureInfo.InvariantCulture, out int resource)
            || !ulong.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture,
                out ulong soft)
            || !ulong.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture,
                out ulong hard))
            return false;
        Limits.Add(new LimitOption(resource, soft, hard));
        return true;
    }

    private bool TakeGroups(string value)
    {
        if (value.Length == 0)
        {
            Groups = [];
            return true;
        }

        string[] words = value.Split(',');
        uint?[] ids = [.. words.Select(Id)];
        Groups = [.. ids.OfType<uint>()];
        return ids.Length <= MostGroups && Groups.Length == words.Length;
    }

    private bool TakeStream(string name, string value)
    {
        for (int stream = 0; stream < StreamNames.Length; stream++)
        {
            string prefix = $"--{StreamNames[stream]}-";
            if (!name.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            FileForm? form = name[prefix.Length..] switch
            {
                "file" => FileForm.File,
                "append" when stream > 0 => FileForm.Append,
                "truncate" when stream > 0 => FileForm.Truncate,
                "tty" => FileForm.Terminal,
                _ => null,
            };
            if (form is null || !value.StartsWith('/') || Streams[stream] is not null)
                return false;
            Streams[stream] = new StreamFile(value, form.Value);
            return true;
        }

        return false;
    }

    // The end to read and the end to write to: "5:6".
    private static NamespaceStore? StoreOf(string value)
    {
        string[] parts = value.Split(':');
        return parts.Length == 2 && Id(parts[0]) is > 2 and <= int.MaxValue and { } reading
            && Id(parts[1]) is > 2 and <= int.MaxValue and { } writing
                ? new NamespaceStore((int)reading, (int)writing)
                : null;
    }

    private static uint? Id(string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint id)
            && id != uint.MaxValue
            ? id
            : null;
}
