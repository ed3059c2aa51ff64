using System.Buffers.Text;

namespace InitTx.Linux.Processes;

/// <summary>
/// The fields of /proc/PID/stat that are used (proc(5)). The command name is chosen by the
/// process and may hold blanks, newlines and brackets, so counting starts at the last bracket.
/// </summary>
/// <param name="Pid">Field 1.</param>
/// <param name="State">Field 3: R, S, D, Z, T, X …</param>
/// <param name="ParentPid">Field 4.</param>
/// <param name="Session">Field 6.</param>
/// <param name="Terminal">Field 7, a device number; 0 for none.</param>
/// <param name="Flags">Field 9, PF_* of the kernel.</param>
/// <param name="StartTicks">Field 22, clock ticks since boot.</param>
public readonly record struct ProcStat(
    int Pid, char State, int ParentPid, int Session, int Terminal, uint Flags, ulong StartTicks)
{
    private const int StartField = 22;

    /// <summary>Parses one line; false when it is cut short or malformed in any way.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, out ProcStat stat)
    {
        stat = default;
        int open = line.IndexOf((byte)'(');
        int close = line.LastIndexOf((byte)')');
        if (open < 2 || close < open || close + 4 > line.Length || line[open - 1] != (byte)' ')
            return false;
        if (!Number(line[..(open - 1)], out int pid))
            return false;
        var rest = line[(close + 1)..];
        if (rest[0] != (byte)' ' || rest[2] != (byte)' ')
            return false;
        char state = (char)rest[1];
        rest = rest[3..];
        int parent = 0, session = 0, terminal = 0;
        uint flags = 0;
        for (int field = 4; ; field++)
        {
            int blank = rest.IndexOfAny((byte)' ', (byte)'\n');
            if (blank < 0)
                return false;
            var text = rest[..blank];
            if (field == StartField)
            {
                bool whole = Utf8Parser.TryParse(text, out ulong start, out int used)
                    && used == text.Length;
                stat = new(pid, state, parent, session, terminal, flags, start);
                return whole;
            }

            bool good = field switch
            {
                4 => Number(text, out parent),
                6 => Number(text, out session),
                7 => Number(text, out terminal),
                9 => Utf8Parser.TryParse(text, out flags, out int digits) && digits == text.Length,
                _ => !text.IsEmpty,
            };
            if (!good)
                return false;
            rest = rest[(blank + 1)..];
        }
    }

    private static bool Number(ReadOnlySpan<byte> text, out int value) =>
        Utf8Parser.TryParse(text, out value, out int used) && used == text.Length;
}
