using InitTx.Linux;
using InitTx.Linux.Handles;
using InitTx.Linux.Identity;
using InitTx.Linux.Launch;
using InitTx.Linux.Processes;

namespace InitTx.Archive;

/// <summary>
/// The directory of the archive, and the user that it belongs to. As root only this much is done:
/// make the directory, give it away, become that user for good. The disk may not be there yet.
/// </summary>
internal static class StateDirectory
{
    /// <summary>The user, where one is known by this name.</summary>
    public const string UserName = "initx-archive";

    /// <summary>
    /// The user without such an entry: a number of the range that neither systemd nor Debian gives
    /// to anybody (systemd's UIDS-GIDS: 60706 to 61183).
    /// </summary>
    public const uint DefaultUid = 61_110;

    private const uint Mode = 0b111_101_101;
    private const int MaxPasswd = 1 << 20;

    /// <summary>Makes what is missing and becomes the archive's user.</summary>
    /// <returns>Null, or what is in the way; it can be called again.</returns>
    public static string? Enter(string directory)
    {
        SysResult made = DirectoryMaker.MakeAll(directory, Mode);
        if (made.IsError)
            return $"{directory}: {made.Error.Describe()}";
        if (ProcessIds.EffectiveUid != 0)
            return null;
        uint uid = UidOf(UserName) ?? DefaultUid;
        SysResult result = Files.Status(Files.Cwd, directory, out FileStatus status);
        if (result.IsOk && (status.Uid != uid || status.Gid != uid))
            result = Files.ChangeOwner(Files.Cwd, directory, uid, uid);

        // A user namespace with one id has no other to give: then it stays root's, who is no root.
        if (result.Error is Errno.EINVAL or Errno.EPERM)
            return null;
        if (result.IsError)
            return $"{directory}: {result.Error.Describe()}";
        return Become(uid);
    }

    private static string? Become(uint uid)
    {
        SysResult result = ProcessImage.SetGroups([]);
        if (result.IsOk || result.Error == Errno.EPERM)
            result = ProcessImage.SetGid(uid);
        if (result.IsOk)
            result = ProcessImage.SetUid(uid);
        if (result.IsOk)
            result = ProcessImage.SetNoNewPrivileges();
        return result.IsOk || result.Error == Errno.EINVAL
            ? null
            : $"cannot become user {uid}: {result.Error.Describe()}";
    }

    private static uint? UidOf(string name)
    {
        byte[] text = new byte[MaxPasswd];
        SysResult read = Files.ReadAll(Files.Cwd, "/etc/passwd", text);

        // passwd(5) has its number where group(5) has it.
        int? found = read.IsOk ? GroupFile.Find(text.AsSpan(0, read.Value), name) : null;
        return found is > 0 ? (uint)found : null;
    }
}
