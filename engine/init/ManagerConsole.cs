using System.Globalization;
using System.Text;
using InitTx.Linux;
using InitTx.Linux.Channels;
using InitTx.Linux.Handles;

namespace InitTx.Init;

/// <summary>
/// Lines for whoever sits at the machine: boot progress, what failed, what the manager itself has
/// to say. Writing never blocks (a serial line stopped with ^S must not stop PID 1): a line that
/// does not fit is dropped and counted, and the next one that is written says how many. The
/// descriptor is one that nobody else has, where that can be had (<see cref="OwnOf"/>): another
/// could make it block. Main thread only.
/// </summary>
/// <param name="mayBlock">
/// It is looked at whether there is room before each line. Not where writing cannot block: a
/// terminal takes more than what it says that it has room for.
/// </param>
internal sealed class ManagerConsole(FileDescriptor? target, string prefix, bool mayBlock = false)
{
    private const int MaxLine = 1024;
    private const int WriteOnlyNonBlocking = 0x801;

    private readonly byte[] _buffer = new byte[MaxLine];
    private long _untold;

    /// <summary>Lines that could not be written.</summary>
    public long Dropped { get; private set; }

    /// <summary>
    /// A terminal or pipe that others have as well, opened anew for the manager alone and without
    /// blocking: the flag is the open file's, and a blocking terminal that takes a part of a line
    /// waits with the rest. Anything else, and what cannot be opened (a socket, no /proc), is
    /// duplicated: a file opened anew would be written from its beginning.
    /// </summary>
    public static SysResult<FileDescriptor> OwnOf(FileDescriptor shared, out bool mayBlock)
    {
        mayBlock = false;
        if (Files.Status(shared.Number, out FileStatus status).IsOk
            && (status.IsFifo || status.IsCharacterDevice))
        {
            string path = string.Create(
                CultureInfo.InvariantCulture, $"/proc/self/fd/{shared.Number}");
            SysResult<FileDescriptor> own = Files.Open(Files.Cwd, path, WriteOnlyNonBlocking);
            if (own.IsOk)
                return own;
        }

        mayBlock = true;
        return shared.Duplicate();
    }

    /// <summary>One line; longer ones are cut, control characters are replaced.</summary>
    public void Line(string text)
    {
        if (target is null)
            return;
        int size = 0;
        if (_untold > 0)
            size = Put($"lines lost before this: {_untold}", 0);
        size = Put(text, size);

        bool fits = !mayBlock
            || BlockingWait.Writable(target.Number, timeoutMs: 0) is { IsOk: true, Value: > 0 };
        if (fits && target.Write(_buffer.AsSpan(0, size)) is var written && written.Value == size)
        {
            _untold = 0;
            return;
        }

        Dropped++;
        _untold++;
    }

    private int Put(string text, int at)
    {
        Span<char> line = stackalloc char[Math.Min(prefix.Length + text.Length, MaxLine / 4) + 1];
        int length = 0;
        foreach (char c in prefix)
            line[length++] = c;
        foreach (char c in text)
        {
            if (length >= line.Length - 1)
                break;
            line[length++] = char.IsControl(c) && c != '\t' ? '?' : c;
        }

        line[length++] = '\n';
        return at + Encoding.UTF8.GetBytes(line[..length], _buffer.AsSpan(at));
    }
}
