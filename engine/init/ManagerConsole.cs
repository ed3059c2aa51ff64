using System.Text;
using InitTx.Linux.Handles;

namespace InitTx.Init;

/// <summary>
/// Lines for whoever sits at the machine: boot progress, what failed, what the manager itself has
/// to say. Writing never blocks: the descriptor is non-blocking, and a line that does not fit is
/// dropped and counted (a serial line stopped with ^S must not stop PID 1).
/// </summary>
internal sealed class ManagerConsole(FileDescriptor? target, string prefix)
{
    private const int MaxLine = 1024;

    private readonly byte[] _buffer = new byte[MaxLine];

    /// <summary>Lines that could not be written.</summary>
    public long Dropped { get; private set; }

    /// <summary>The descriptor, for streams that lead to the console; -1 for none.</summary>
    public int Descriptor => target?.Number ?? -1;

    /// <summary>One line; longer ones are cut, control characters are replaced.</summary>
    public void Line(string text)
    {
        if (target is null)
            return;
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
        int size = Encoding.UTF8.GetBytes(line[..length], _buffer);
        if (target.Write(_buffer.AsSpan(0, size)).IsError)
            Dropped++;
    }
}
