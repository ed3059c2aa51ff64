using InitTx.Linux;
using InitTx.Linux.Handles;
using InitTx.Linux.Logging;

namespace InitTx.Init.Logging;

/// <summary>
/// <c>LogTarget=journald</c>: each process gets a stream to a running journald. Its socket is on
/// the manager's own tmpfs, and connecting never waits.
/// </summary>
internal sealed class JournaldOutput(ManagerConsole console) : IServiceOutput
{
    private FileDescriptor? _stream;
    private bool _told;

    /// <inheritdoc/>
    public int Begin(LogStreamFacts facts)
    {
        SysResult<FileDescriptor> opened = JournalStream.Open(JournalStream.DefaultPath, facts);
        _stream = opened.Value;
        if (opened.IsError && !_told)
            console.Line($"LogTarget=journald: {opened.Message}; output goes elsewhere meanwhile");
        _told = opened.IsError;
        return _stream?.Number ?? -1;
    }

    /// <inheritdoc/>
    public void Made(int pid)
    {
        // journald asks the kernel who writes.
    }

    /// <inheritdoc/>
    public void End()
    {
        _stream?.Dispose();
        _stream = null;
    }
}
