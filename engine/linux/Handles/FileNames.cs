using InitTx.Linux.Interop;

namespace InitTx.Linux.Handles;

/// <summary>Calls that give a file another name.</summary>
public static unsafe class FileNames
{
    private const int PathMax = 4096;

    /// <summary>renameat(2) within one directory; a file of the new name is replaced.</summary>
    public static SysResult Rename(FileDescriptor directory, string from, string to)
    {
        byte* old = stackalloc byte[PathMax];
        byte* name = stackalloc byte[PathMax];
        var encoded = Files.Encode(from, old);
        if (encoded.IsOk)
            encoded = Files.Encode(to, name);
        return encoded.IsError
            ? encoded
            : SysResult.Of(Libc.renameat(directory.Number, old, directory.Number, name));
    }
}
