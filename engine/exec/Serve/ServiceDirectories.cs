using System.Globalization;
using InitTx.Linux;
using InitTx.Linux.Handles;
using InitTx.Linux.Prepare;
using InitTx.Linux.Processes;
using InitTx.Units.Model;

namespace InitTx.Exec.Serve;

/// <summary>What came of it: an error in words, or variables and notes.</summary>
internal sealed record ServiceDirectoriesMade(
    string? Error,
    IReadOnlyList<KeyValuePair<string, string>> Environment,
    IReadOnlyList<string> Notes);

/// <summary>
/// RuntimeDirectory=, StateDirectory=, CacheDirectory=, LogsDirectory= and ConfigurationDirectory=
/// (systemd.exec(5)). Every step below the base goes by descriptor and follows no link, since the
/// parent may belong to the service's own user. The directory itself gets mode and owner each time;
/// what lies in it gets the owner only when the directory's own owner was another one. Directories
/// between the base and it belong to root; the configuration directory is never given away.
/// </summary>
internal static class ServiceDirectories
{
    private const uint ParentMode = 0b111_101_101;
    private const uint PrivateMode = 0b111_000_000;
    private static readonly string[] Kinds = ["RUNTIME", "STATE", "CACHE", "LOGS", "CONFIGURATION"];

    private static readonly string[] Directives =
    [
        "RuntimeDirectory", "StateDirectory", "CacheDirectory", "LogsDirectory",
        "ConfigurationDirectory",
    ];

    /// <param name="apart">For a dynamic user; the variables name the usual places.</param>
    public static ServiceDirectoriesMade Make(
        IReadOnlyList<ServiceDirectory> directories,
        IReadOnlyList<DirectoryBase> bases,
        uint uid,
        uint gid,
        bool apart = false)
    {
        var notes = new List<string>();
        var paths = new List<string>[Kinds.Length];
        foreach (ServiceDirectory asked in directories)
        {
            ServiceDirectory directory = asked;
            int kind = Array.IndexOf(Kinds, directory.Base);
            if (kind < 0 || kind >= bases.Count)
                return Failed($"a directory of the unknown kind {directory.Base}");
            if (apart && HasPrivate(directory.Base))
            {
                bool linked = directories.Any(d => d.Base == asked.Base && IsBelow(asked, d));
                directory = asked with
                {
                    Name = PrivateName(asked.Name),
                    Link = linked ? null : asked.Name,
                };
            }

            string? wrong = Check(directory.Name)
                ?? (directory.Link is null ? null : Check(directory.Link))
                ?? (asked.Link is null ? null : Check(asked.Link))
                ?? MakeOne(directory, kind, bases[kind], uid, gid, notes)
                ?? (ReferenceEquals(directory, asked) ? null : LinkTo(asked, bases[kind]));
            if (wrong is not null)
                return Failed($"{Directives[kind]}={directory.Name}: {wrong}");
            string path = $"{bases[kind].Path}/{asked.Name}";
            if ((paths[kind] ??= []).Contains(path) is false)
                paths[kind].Add(path);
        }

        var environment = new List<KeyValuePair<string, string>>();
        for (int kind = 0; kind < Kinds.Length; kind++)
        {
            if (paths[kind] is { } list)
                environment.Add(new($"{Kinds[kind]}_DIRECTORY", string.Join(':', list)));
        }

        return new ServiceDirectoriesMade(null, environment, notes);
    }

    // A dynamic user's directories outlive its id: they lie where no other user gets to, with a
    // link at the usual place (systemd.exec(5), "DynamicUser=").
    private static bool HasPrivate(string kind) => kind is "STATE" or "CACHE" or "LOGS";

    // The link of the one above leads to it as well.
    private static bool IsBelow(ServiceDirectory directory, ServiceDirectory other) =>
        directory.Name.StartsWith(other.Name + "/", StringComparison.Ordinal);

    private static string PrivateName(string name) => "private/" + name;

    /// <summary>Null for a name below a base: relative, no empty step, no dots.</summary>
    public static string? Check(string name)
    {
        if (name.Length == 0 || name.StartsWith('/'))
            return "not a relative path";
        foreach (string step in name.Split('/'))
        {
            if (step is "" or "." or "..")
                return "may have no empty step, '.' or '..'";
        }

        return null;
    }

    private static ServiceDirectoriesMade Failed(string why) => new(why, [], []);

    private static string? MakeOne(
        ServiceDirectory directory,
        int kind,
        DirectoryBase place,
        uint uid,
        uint gid,
        List<string> notes)
    {
        SysResult result = DirectoryMaker.MakeAll(place.Path, ParentMode);
        if (result.IsError)
            return $"{place.Path}: {result.Error.Describe()}";
        SysResult<FileDescriptor> opened = Directories.Open(place.Path);
        if (opened.IsError)
            return opened.Message;
        using FileDescriptor root = opened.Require();
        string? wrong = Parents(root, directory.Name);
        if (wrong is not null)
            return wrong;
        result = Files.MakeDirectory(root.Number, directory.Name, (uint)place.Mode);
        bool isNew = result.IsOk;
        if (result.IsError && result.Error != Errno.EEXIST)
            return $"{place.Path}/{directory.Name}: {result.Error.Describe()}";
        SysResult<FileDescriptor> made = Directories.OpenBeneath(root, directory.Name);
        if (made.IsError)
            return $"{place.Path}/{directory.Name}: {made.Error.Describe()}";
        using FileDescriptor target = made.Require();
        bool configuration = Kinds[kind] == "CONFIGURATION";
        if (isNew || !configuration)
        {
            wrong = SetOwner(
                target, $"{place.Path}/{directory.Name}", isNew, (uint)place.Mode,
                configuration ? ProcessIds.EffectiveUid : uid,
                configuration ? ProcessIds.EffectiveGid : gid, notes);
        }

        return wrong ?? Link(root, place.Path, directory);
    }

    private static string? SetOwner(
        FileDescriptor target,
        string path,
        bool isNew,
        uint mode,
        uint uid,
        uint gid,
        List<string> notes)
    {
        SysResult result = Files.Status(target.Number, out FileStatus status);
        if (result.IsError)
            return $"{path}: {result.Error.Describe()}";
        bool mismatch = status.Uid != uid || status.Gid != gid;
        if (mismatch && !isNew)
        {
            // systemd.exec(5): only when the top does not match, all below is given away as well.
            var problems = new List<string>();
            Directories.ChangeOwnerBelow(target, uid, gid, problems);
            notes.Add(string.Create(CultureInfo.InvariantCulture,
                $"{path}: given from {status.Uid}:{status.Gid} to {uid}:{gid} with all in it"));
            foreach (string problem in problems)
                notes.Add($"{path}/{problem}");
        }

        result = Directories.SetModeAndOwner(
            target, mode, mismatch ? uid : null, mismatch ? gid : null);
        return result.IsError ? $"{path}: {result.Error.Describe()}" : null;
    }

    private static string? Parents(FileDescriptor root, string name)
    {
        for (int at = name.IndexOf('/'); at > 0; at = name.IndexOf('/', at + 1))
        {
            string parent = name[..at];
            SysResult made = Files.MakeDirectory(
                root.Number, parent, parent == "private" ? PrivateMode : ParentMode);
            if (made.IsError && made.Error != Errno.EEXIST)
                return $"{parent}: {made.Error.Describe()}";

            // A link among the parents ends it here, before anything is made behind it.
            SysResult<FileDescriptor> opened = Directories.OpenBeneath(root, parent);
            if (opened.IsError)
                return $"{parent}: {opened.Error.Describe()}";
            opened.Require().Dispose();
        }

        return null;
    }

    // The unit's own link leads to the usual place, which is a link itself.
    private static string? LinkTo(ServiceDirectory directory, DirectoryBase place)
    {
        SysResult<FileDescriptor> opened = Directories.Open(place.Path);
        if (opened.IsError)
            return opened.Message;
        using FileDescriptor root = opened.Require();
        return Link(root, place.Path, directory);
    }

    private static string? Link(FileDescriptor root, string basePath, ServiceDirectory directory)
    {
        if (directory.Link is not { } link)
            return null;
        string? wrong = Parents(root, link);
        if (wrong is not null)
            return wrong;
        string up = string.Concat(Enumerable.Repeat("../", link.Count(c => c == '/')));
        SysResult made = Files.MakeSymlink(up + directory.Name, root.Number, link);
        if (made.IsOk)
            return null;
        Span<byte> target = stackalloc byte[4096];
        SysResult read = made.Error == Errno.EEXIST
            ? SymbolicLinks.Read(root.Number, link, target)
            : made;
        return read.IsOk
            && target[..read.Value].SequenceEqual(
                System.Text.Encoding.UTF8.GetBytes(up + directory.Name))
            ? null
            : $"{basePath}/{link}: {made.Error.Describe()}";
    }
}
