using InitTx.Linux;
using InitTx.Linux.Handles;
using InitTx.Linux.Launch;

namespace InitTx.Exec.Setup;

/// <summary>
/// LoadCredential= and SetCredential= (systemd.exec(5)): files in a file system of the unit's own,
/// which no other process sees, readable by the unit's user only. Read before the mounts change,
/// laid down after.
/// </summary>
internal sealed class Credentials(SetupSettings settings, string unit)
{
    private const int MostBytes = 1024 * 1024;
    private const uint ReadOwner = 0b100_000_000;
    private const uint ReadSearchOwner = 0b101_000_000;

    private static readonly string[] Stores =
    [
        "/run/credentials/@system", "/etc/credstore", "/run/credstore", "/usr/local/lib/credstore",
        "/usr/lib/credstore",
    ];

    private readonly SortedDictionary<string, byte[]> _values = new(StringComparer.Ordinal);

    /// <summary>Where they are; null when there are none.</summary>
    public string? Place => _values.Count > 0 ? $"/run/credentials/{unit}" : null;

    /// <summary>Reads all.</summary>
    public StepFailure? Read()
    {
        foreach (string value in settings.All("SetCredential"))
        {
            int colon = value.IndexOf(':', StringComparison.Ordinal);
            _values[value[..colon]] = Convert.FromBase64String(value[(colon + 1)..]);
        }

        int total = 0;
        foreach (string value in settings.All("LoadCredential"))
        {
            int colon = value.IndexOf(':', StringComparison.Ordinal);
            string id = value[..colon];
            string from = value[(colon + 1)..];
            SysResult result = Load(from, out byte[] bytes);
            bool absent = result.Error == Errno.ENOENT;
            if (absent && (!from.StartsWith('/') || _values.ContainsKey(id)))
                continue;
            total += bytes.Length;
            if (result.IsOk && total > MostBytes)
                result = SysResult.Fail(Errno.E2BIG);
            if (result.IsError)
            {
                return new StepFailure(
                    ExitStatus.Credentials, "LoadCredential", value, result.Error);
            }

            _values[id] = bytes;
        }

        return null;
    }

    /// <summary>The place must be there before the mounts are made.</summary>
    public StepFailure? MakePlace()
    {
        if (Place is not { } place)
            return null;
        return StepFailure.Of(DirectoryMaker.MakeAll(place, 0b111_101_101),
            ExitStatus.Credentials, "LoadCredential", place);
    }

    /// <summary>Mounts them and lays them down for the user.</summary>
    public StepFailure? LayDown(uint uid, uint gid)
    {
        if (Place is not { } place)
            return null;
        SysResult result = Namespaces.MountNew("tmpfs", place,
            MountAttribute.NoSetUid | MountAttribute.NoDevices | MountAttribute.NoExecute,
            "mode=0700,size=2m,nr_inodes=4096");
        foreach ((string id, byte[] value) in _values)
        {
            if (result.IsOk)
                result = Write($"{place}/{id}", value, uid, gid);
        }

        if (result.IsOk)
            result = Files.ChangeOwner(Files.Cwd, place, uid, gid);
        if (result.IsOk)
            result = Files.ChangeMode(Files.Cwd, place, ReadSearchOwner);
        if (result.IsOk)
        {
            result = Namespaces.SetAttributes(
                place, MountAttribute.ReadOnly, MountAttribute.None, recursive: false);
        }

        return StepFailure.Of(result, ExitStatus.Credentials, "LoadCredential", place);
    }

    private static SysResult Write(string path, byte[] value, uint uid, uint gid)
    {
        SysResult<FileDescriptor> made = ProcessImage.MakeFile(path, ReadOwner);
        if (made.IsError)
            return SysResult.Fail(made.Error);
        using FileDescriptor file = made.Require();
        SysResult result = file.WriteAll(value);
        return result.IsOk
            ? Directories.SetModeAndOwner(file, ReadOwner, uid, gid)
            : result;
    }

    private static SysResult Load(string from, out byte[] bytes)
    {
        bytes = [];
        if (from.StartsWith('/'))
            return ReadFile(from, out bytes);
        foreach (string store in Stores)
        {
            SysResult result = ReadFile($"{store}/{from}", out bytes);
            if (result.Error != Errno.ENOENT)
                return result;
        }

        return SysResult.Fail(Errno.ENOENT);
    }

    private static SysResult ReadFile(string path, out byte[] bytes)
    {
        byte[] room = new byte[MostBytes];
        SysResult result = Files.ReadAll(Files.Cwd, path, room);
        bytes = result.IsOk ? room[..result.Value] : [];
        return result;
    }
}
