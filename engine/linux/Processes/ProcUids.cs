using System.Buffers.Text;

namespace InitTx.Linux.Processes;

/// <summary>
/// The user ids of a process: the line <c>Uid:</c> of /proc/PID/status (proc(5)).
/// </summary>
public readonly record struct ProcUids(uint Real, uint Effective, uint Saved, uint FileSystem)
{
    /// <summary>Parses a status file; false when the line is not there in full.</summary>
    public static bool TryParse(ReadOnlySpan<byte> status, out ProcUids uids)
    {
        uids = default;
        int at = status.IndexOf("\nUid:\t"u8);
        if (at < 0)
            return false;
        ReadOnlySpan<byte> rest = status[(at + 6)..];
        Span<uint> ids = stackalloc uint[4];
        for (int i = 0; i < ids.Length; i++)
        {
            if (!Utf8Parser.TryParse(rest, out ids[i], out int used) || used == rest.Length
                || rest[used] != (byte)(i < ids.Length - 1 ? '\t' : '\n'))
                return false;
            rest = rest[(used + 1)..];
        }

        uids = new ProcUids(ids[0], ids[1], ids[2], ids[3]);
        return true;
    }

    /// <summary>Whether the process has no other user's rights.</summary>
    public bool AreAll(uint uid) =>
        Real == uid && Effective == uid && Saved == uid && FileSystem == uid;
}
