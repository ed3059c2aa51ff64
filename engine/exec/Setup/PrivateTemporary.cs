using InitTx.Linux;
using InitTx.Linux.Handles;

namespace InitTx.Exec.Setup;

/// <summary>
/// PrivateTmp= (systemd.exec(5)): directories of the unit's own that stand for /tmp and /var/tmp.
/// They lie in a directory of root's with a name that nobody can guess, and a link in the unit's
/// directory below the manager's runtime directory says which: so all processes of a run have the
/// same, and no other user can have made it. They are the system's also where the unit has another
/// root, which may belong to anybody. They go when the unit is down, or with the last unit that
/// joined them (JoinsNamespaceOf=): who makes, joins or removes holds a lock meanwhile.
/// </summary>
internal static class PrivateTemporary
{
    private const string Prefix = "initx-private-";
    private const uint OwnerOnly = 0b111_000_000;
    private const uint ForAll = 0b1_111_111_111;
    private const int Attempts = 16;

    private static readonly (string Link, string Place)[] Places =
        [("tmp", "/tmp"), ("var-tmp", "/var/tmp")];

    /// <summary>The steps that put them in place; the failure names the path.</summary>
    /// <param name="joined">Directories like <paramref name="state"/>, of units to join.</param>
    /// <param name="rejoined">Those of units that have joined this one.</param>
    public static StepFailure? Add(
        List<MountStep> plan,
        string state,
        string unit,
        IReadOnlyList<string> joined,
        IReadOnlyList<string> rejoined)
    {
        SysResult ready = DirectoryMaker.MakeAll(state, OwnerOnly);
        SysResult<FileDescriptor> taken = ready.IsOk
            ? FileLock.Take(LockOf(state))
            : SysResult<FileDescriptor>.Fail(ready, state);
        if (taken.IsError)
            return new StepFailure(ExitStatus.Namespace, "PrivateTmp", state, taken.Error);
        using FileDescriptor held = taken.Require();
        foreach ((string link, string place) in Places)
        {
            SysResult result = Find(
                state, link, unit, place,
                Joined(joined, link, "") ?? Joined(rejoined, link, $"{place}/{Prefix}{unit}-"),
                out string source);
            if (result.IsError)
                return new StepFailure(ExitStatus.Namespace, "PrivateTmp", place, result.Error);
            plan.Add(new MountStep(place, MountKind.Bind, "PrivateTmp") { Source = source });
        }

        return null;
    }

    /// <summary>Removes what <see cref="Add"/> made for a unit.</summary>
    public static void Remove(string state, List<string> problems)
    {
        SysResult<FileDescriptor> taken = FileLock.Take(LockOf(state));
        if (taken.IsError)
        {
            if (taken.Error != Errno.ENOENT)
                problems.Add(taken.Message);
            return;
        }

        using FileDescriptor held = taken.Require();
        foreach ((string link, string place) in Places)
        {
            if (Target(state, link) is not { } target
                || Path.GetDirectoryName(Path.GetDirectoryName(target)) is not { } parent
                || !parent.EndsWith(place, StringComparison.Ordinal))
                continue;
            Files.Unlink(Files.Cwd, $"{state}/{link}");
            if (IsJoined(state, link, target))
                continue;
            SysResult<FileDescriptor> opened = Directories.Open(parent);
            if (opened.IsError)
            {
                problems.Add(opened.Message);
                continue;
            }

            using FileDescriptor top = opened.Require();
            string name = Path.GetFileName(Path.GetDirectoryName(target)!);
            if (name.StartsWith(Prefix, StringComparison.Ordinal))
                Directories.Remove(top, name, problems);
        }
    }

    private static string LockOf(string state) => Path.GetDirectoryName(state) + "/.tmp-lock";

    // Another unit has the same, and is not down.
    private static bool IsJoined(string state, string link, string target)
    {
        foreach (string other in Directory.EnumerateDirectories(Path.GetDirectoryName(state)!))
        {
            if (other != state && Target(other, link) == target)
                return true;
        }

        return false;
    }

    private static SysResult Find(
        string state, string link, string unit, string place, string? joined,
        out string source)
    {
        source = "";
        SysResult result = SysResult.Ok;
        for (int attempt = 0; attempt < Attempts && result.IsOk; attempt++)
        {
            if (Target(state, link) is { } known && IsOurs(known))
            {
                source = known;
                return SysResult.Ok;
            }

            // What was there is gone (a cleaner of /tmp) or was tampered with: made anew.
            Files.Unlink(Files.Cwd, $"{state}/{link}");
            string made = joined ?? "";
            if (joined is null)
                result = Make(unit, place, out made);
            if (result.IsError)
                return result;
            result = Files.MakeSymlink(made, Files.Cwd, $"{state}/{link}");
            if (result.Error == Errno.EEXIST)
                result = SysResult.Ok; // another process of the unit was faster: its choice counts
        }

        return result.IsError ? result : SysResult.Fail(Errno.EAGAIN);
    }

    private static string? Joined(IReadOnlyList<string> states, string link, string begin)
    {
        foreach (string state in states)
        {
            if (Target(state, link) is { } target && IsOurs(target)
                && target.StartsWith(begin, StringComparison.Ordinal))
                return target;
        }

        return null;
    }

    private static SysResult Make(string unit, string place, out string made)
    {
        made = "";
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            string top = $"{place}/{Prefix}{unit}-{Guid.NewGuid():N}";
            SysResult result = Files.MakeDirectory(Files.Cwd, top, OwnerOnly);
            if (result.Error == Errno.EEXIST)
                continue;
            made = top + "/tmp";
            if (result.IsOk)
                result = Files.MakeDirectory(Files.Cwd, made, OwnerOnly);
            return result.IsOk ? Files.ChangeMode(Files.Cwd, made, ForAll) : result;
        }

        return SysResult.Fail(Errno.EEXIST);
    }

    private static bool IsOurs(string path)
    {
        string? parent = Path.GetDirectoryName(path);
        return parent is not null
            && Files.Status(Files.Cwd, parent, out FileStatus status).IsOk && status.IsDirectory
            && status.Uid == 0 && status.Permissions == OwnerOnly
            && Files.Status(Files.Cwd, path, out status).IsOk && status.IsDirectory;
    }

    private static string? Target(string state, string link)
    {
        Span<byte> target = stackalloc byte[4096];
        SysResult read = SymbolicLinks.Read(Files.Cwd, $"{state}/{link}", target);
        return read.IsOk ? System.Text.Encoding.UTF8.GetString(target[..read.Value]) : null;
    }
}
