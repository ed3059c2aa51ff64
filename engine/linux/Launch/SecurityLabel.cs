using System.Text;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Launch;

/// <summary>
/// A file of /proc/self/attr (proc(5)) by which a security module is told the label of this process
/// or of the program that it executes next. Opened while /proc is to be seen; the kernel lets a
/// process write only what it opened itself.
/// </summary>
public sealed class SecurityLabel : IDisposable
{
    private readonly FileDescriptor _file;

    private SecurityLabel(FileDescriptor file) => _file = file;

    /// <summary>Opens the first of the files that exists.</summary>
    public static SysResult<SecurityLabel> Open(params ReadOnlySpan<string> paths)
    {
        SysResult<FileDescriptor> opened =
            SysResult<FileDescriptor>.Fail(Errno.ENOENT, "/proc/self/attr");
        foreach (string path in paths)
        {
            opened = Files.Open(Files.Cwd, path, Libc.O_WRONLY);
            if (opened.Error != Errno.ENOENT)
                break;
        }

        return opened.IsError
            ? SysResult<SecurityLabel>.Fail(opened.Error, opened.Message)
            : SysResult<SecurityLabel>.Ok(new SecurityLabel(opened.Require()));
    }

    /// <summary>One write(2), as the kernel wants it.</summary>
    public SysResult Set(string label) =>
        Descriptors.Write(_file.Number, Encoding.UTF8.GetBytes(label));

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
