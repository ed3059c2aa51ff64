using InitTx.Linux.Interop;

namespace InitTx.Linux.Handles;

/// <summary>readlinkat(2).</summary>
public static unsafe class SymbolicLinks
{
    private const int PathMax = 4096;

    /// <summary>
    /// The target's bytes; EINVAL when the name is no link, ENAMETOOLONG when it is cut.
    /// </summary>
    public static SysResult Read(int directory, string path, Span<byte> into)
    {
        byte* name = stackalloc byte[PathMax];
        var result = Files.Encode(path, name);
        if (result.IsError)
            return result;
        fixed (byte* start = into)
        {
            result = SysResult.Of(Libc.readlinkat(directory, name, start, (nuint)into.Length));
        }

        return result.Value == into.Length ? SysResult.Fail(Errno.ENAMETOOLONG) : result;
    }
}
