using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using InitTx.Linux;
using InitTx.Linux.Handles;
using InitTx.Linux.Identity;
using InitTx.Units.Parsing;

namespace InitTx.Init.Boot;

/// <summary>
/// What stage 0 read from files, by name, as bytes: configuration, kernel command line, host
/// facts. Kept for the next image, which must not read a disk to know them. A file that is missing
/// is not in it.
/// </summary>
internal sealed class BootFacts
{
    public const string Config = "config";
    public const string CommandLine = "cmdline";
    public const string MachineId = "machine-id";
    public const string OsRelease = "os-release";
    public const string MachineInfo = "machine-info";
    public const string Locale = "locale";

    /// <summary>Debian's place for the same; only where the other is missing.</summary>
    public const string DebianLocale = "default-locale";

    public const string HostName = "hostname";
    public const string BootId = "boot-id";
    public const string KernelRelease = "kernel";
    public const string ExecHelper = "exec-helper";

    /// <summary>initx-archive, beside the helper; missing where there is none.</summary>
    public const string ArchiveProgram = "archive-program";

    /// <summary>The number of the configuration's control group.</summary>
    public const string ControlGid = "control-gid";

    public const string EtcHostName = "etc-hostname";
    public const string Generators = "generators";

    private static readonly string[] GeneratorDirectories =
    [
        "/run/systemd/system-generators",
        "/etc/systemd/system-generators",
        "/usr/local/lib/systemd/system-generators",
        "/usr/lib/systemd/system-generators",
        "/lib/systemd/system-generators",
    ];

    private const int MaxFile = 256 * 1024;
    private const int MaxEntries = 64;

    // One for all files: a fresh one each is 3 MB of large objects and a collection at boot.
    private byte[]? _buffer;

    private readonly SortedDictionary<string, byte[]> _values = new(StringComparer.Ordinal);

    /// <summary>Files that exist and could not be read, in words.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>Reads everything once. A disk that hangs here is the ladder's business.</summary>
    /// <param name="user">A user's manager runs no generators.</param>
    public static BootFacts Gather(
        string configFile, IReadOnlyList<string> helperPaths, bool user)
    {
        var facts = new BootFacts();
        facts.Take(Config, configFile);
        facts.FindControlGroup(configFile);
        facts.Take(CommandLine, "/proc/cmdline");
        facts.Take(MachineId, "/etc/machine-id");
        if (facts.Take(OsRelease, "/etc/os-release") != Errno.None)
            facts.Take(OsRelease, "/usr/lib/os-release");
        facts.Take(MachineInfo, "/etc/machine-info");

        // One that is damaged is not replaced by another that nobody looks at any more.
        if (facts.Take(Locale, LocaleSettings.Path) is Errno.ENOENT or Errno.ENOTDIR)
            facts.Take(DebianLocale, LocaleSettings.DebianPath);
        facts.Take(HostName, "/proc/sys/kernel/hostname");
        facts.Take(EtcHostName, "/etc/hostname");
        facts.Take(BootId, "/proc/sys/kernel/random/boot_id");
        facts.Take(KernelRelease, "/proc/sys/kernel/osrelease");
        foreach (string path in helperPaths)
        {
            if (Files.Status(Files.Cwd, path, out FileStatus status).IsOk && status.IsRegular)
            {
                facts.Set(ExecHelper, path);
                facts.FindArchive(path);
                break;
            }
        }

        var present = new List<string>();
        foreach (string directory in user ? [] : GeneratorDirectories)
        {
            // On a merged /usr the last two are one directory; a generator runs once, by its name.
            if (Files.Status(Files.Cwd, directory, out FileStatus found).IsOk && found.IsDirectory)
                present.Add(directory);
        }

        facts.Set(Generators, string.Join(':', present));
        facts._buffer = null;
        return facts;
    }

    /// <summary>The directories with generators that stage 0 found.</summary>
    public string[] GeneratorPath() =>
        Text(Generators) is { } path ? path.Split(':') : [];

    public void Set(string name, string text) => _values[name] = Encoding.UTF8.GetBytes(text);

    public ReadOnlySpan<byte> Bytes(string name) => _values.TryGetValue(name, out byte[]? value) ? value : [];

    public bool Has(string name) => _values.ContainsKey(name);

    /// <summary>The text without surrounding white space; null when it is not known.</summary>
    public string? Text(string name) =>
        _values.TryGetValue(name, out byte[]? value) && Encoding.UTF8.GetString(value).Trim() is { Length: > 0 } text
            ? text
            : null;

    public byte[] Serialize()
    {
        using var stream = new MemoryStream();
        Span<byte> length = stackalloc byte[4];
        foreach (KeyValuePair<string, byte[]> entry in _values)
        {
            byte[] name = Encoding.UTF8.GetBytes(entry.Key);
            BinaryPrimitives.WriteInt32LittleEndian(length, name.Length);
            stream.Write(length);
            stream.Write(name);
            BinaryPrimitives.WriteInt32LittleEndian(length, entry.Value.Length);
            stream.Write(length);
            stream.Write(entry.Value);
        }

        return stream.ToArray();
    }

    /// <summary>Null for anything but what <see cref="Serialize"/> wrote.</summary>
    public static BootFacts? Parse(ReadOnlySpan<byte> bytes)
    {
        var facts = new BootFacts();
        while (!bytes.IsEmpty)
        {
            if (!Take(ref bytes, out ReadOnlySpan<byte> name) || !Take(ref bytes, out ReadOnlySpan<byte> value)
                || facts._values.Count >= MaxEntries)
            {
                return null;
            }

            facts._values[Encoding.UTF8.GetString(name)] = value.ToArray();
        }

        return facts;
    }

    private static bool Take(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (rest.Length < 4)
            return false;
        int length = BinaryPrimitives.ReadInt32LittleEndian(rest);
        if (length < 0 || length > rest.Length - 4)
            return false;
        taken = rest.Slice(4, length);
        rest = rest[(4 + length)..];
        return true;
    }

    private void FindArchive(string helper)
    {
        string path = helper[..(helper.LastIndexOf('/') + 1)] + "initx-archive";
        if (Files.Status(Files.Cwd, path, out FileStatus status).IsOk && status.IsRegular)
            Set(ArchiveProgram, path);
    }

    // ManagerSetup reports what is wrong in the configuration; here only the name counts.
    private void FindControlGroup(string configFile)
    {
        if (ManagerConfig.Parse(Bytes(Config), configFile).ControlGroup is not { } group)
            return;
        byte[] text = new byte[MaxFile];
        SysResult read = Files.ReadAll(Files.Cwd, GroupFile.Path, text);
        if (GroupFile.Find(text.AsSpan(0, read.IsOk ? read.Value : 0), group) is { } gid)
            Set(ControlGid, gid.ToString(CultureInfo.InvariantCulture));
        else
            Problems.Add($"{configFile}: ControlGroup={group}: no such group in {GroupFile.Path}"
                + (read.IsOk ? "" : $" ({read.Error.Describe()})")
                + "; only root may change units");
    }

    private Errno Take(string name, string path)
    {
        _buffer ??= new byte[MaxFile];
        SysResult read = Files.ReadAll(Files.Cwd, path, _buffer);
        if (read.IsOk)
        {
            _values[name] = _buffer.AsSpan(0, read.Value).ToArray();
            return Errno.None;
        }

        if (read.Error is not Errno.ENOENT and not Errno.ENOTDIR)
            Problems.Add($"{path}: {read.Error.Describe()}");
        return read.Error;
    }
}
