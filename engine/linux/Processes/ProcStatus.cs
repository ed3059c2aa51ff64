using System.Buffers.Text;
using System.Text;

namespace InitTx.Linux.Processes;

/// <summary>
/// The fields of /proc/PID/status that are used (proc(5)). The name is the process's own choice;
/// the kernel escapes newlines in it, so that it can end no line.
/// </summary>
/// <param name="Comm">The command name, cleaned of control characters; empty where unknown.</param>
/// <param name="Uid">The real uid; uint.MaxValue where unknown.</param>
public readonly record struct ProcStatus(string Comm, uint Uid)
{
    /// <summary>The longest name that is taken, in characters.</summary>
    public const int NameMax = 64;

    private const uint Unknown = uint.MaxValue;

    /// <summary>Any bytes give a status; what is not in them is unknown.</summary>
    public static ProcStatus Parse(ReadOnlySpan<byte> text)
    {
        string comm = "";
        if (text.StartsWith("Name:\t"u8) && text.IndexOf((byte)'\n') is > 6 and var end)
            comm = Clean(text[6..end], NameMax);
        int at = text.IndexOf("\nUid:\t"u8);
        return at >= 0 && Utf8Parser.TryParse(text[(at + 6)..], out uint uid, out _)
            ? new(comm, uid)
            : new(comm, Unknown);
    }

    /// <summary>Text of a process, at most so many bytes, without control characters.</summary>
    internal static string Clean(ReadOnlySpan<byte> bytes, int max)
    {
        string text = Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, max)]);
        return string.Create(text.Length, text, static (into, source) =>
        {
            for (int i = 0; i < into.Length; i++)
                into[i] = char.IsControl(source[i]) ? '\uFFFD' : source[i];
        });
    }
}
