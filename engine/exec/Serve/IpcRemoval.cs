using System.Globalization;
using System.Text;
using InitTx.Linux;
using InitTx.Linux.Handles;
using InitTx.Linux.Machine;

namespace InitTx.Exec.Serve;

/// <summary>
/// RemoveIPC= (systemd.exec(5)): what a stopped unit's user left of System V and POSIX IPC. Root's
/// and nobody's are left alone: those are everybody's.
/// </summary>
internal static class IpcRemoval
{
    private const uint Nobody = 65_534;

    // proc(5): key, id, perms; then the owner after size, cpid, lpid, nattch (shm), nsems (sem),
    // cbytes, qnum, lspid, lrpid (msg).
    private static readonly (string Table, SystemVIpc Kind, int Owner)[] Tables =
    [
        ("shm", SystemVIpc.Memory, 7), ("sem", SystemVIpc.Semaphores, 4),
        ("msg", SystemVIpc.Queue, 7),
    ];

    public static void Of(uint uid, List<string> problems)
    {
        if (uid is 0 or Nobody)
            return;
        foreach ((string table, SystemVIpc kind, int owner) in Tables)
        {
            foreach (string line in Lines("/proc/sysvipc/" + table))
                Remove(kind, line.Split(' ', StringSplitOptions.RemoveEmptyEntries), owner, uid,
                    problems);
        }

        foreach (string directory in (string[])["/dev/shm", "/dev/mqueue"])
            RemoveFiles(directory, uid, problems);
    }

    private static void Remove(
        SystemVIpc kind, string[] words, int column, uint uid, List<string> problems)
    {
        if (words.Length <= column || Number(words[column]) != uid
            || Number(words[1]) is not { } id || id > int.MaxValue)
            return;
        SysResult removed = IpcObjects.Remove(kind, (int)id);
        if (removed.IsError && removed.Error is not (Errno.EINVAL or Errno.EIDRM))
            problems.Add($"{kind} {id}: {removed.Error.Describe()}");
    }

    private static void RemoveFiles(string directory, uint uid, List<string> problems)
    {
        if (!Directory.Exists(directory))
            return;
        foreach (string path in Directory.EnumerateFileSystemEntries(directory))
        {
            if (Files.Status(Files.Cwd, path, out FileStatus status).IsError || status.Uid != uid
                || status.IsDirectory)
                continue;
            SysResult removed = Files.Unlink(Files.Cwd, path);
            if (removed.IsError && removed.Error != Errno.ENOENT)
                problems.Add($"{path}: {removed.Error.Describe()}");
        }
    }

    private static uint? Number(string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint value)
            ? value
            : null;

    private static string[] Lines(string path)
    {
        byte[] room = new byte[1024 * 1024];
        SysResult read = Files.ReadAll(Files.Cwd, path, room);
        return read.IsError ? [] : Encoding.UTF8.GetString(room, 0, read.Value).Split('\n');
    }
}
