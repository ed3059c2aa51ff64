using System.Buffers.Text;
using System.Text;

namespace InitTx.Linux.Identity;

/// <summary>
/// Looks a name up in the text of a group file (group(5)), without name services: those may block
/// on a network. Pure.
/// </summary>
public static class GroupFile
{
    /// <summary>Where the file is.</summary>
    public const string Path = "/etc/group";

    /// <summary>
    /// The number of the first group of that name, or of a name that is a number already; null when
    /// there is none. Lines that are not <c>name:password:gid:members</c> are passed over.
    /// </summary>
    public static int? Find(ReadOnlySpan<byte> text, string name)
    {
        if (int.TryParse(name, out int number) && number >= 0)
            return number;
        byte[] wanted = Encoding.UTF8.GetBytes(name);
        while (!text.IsEmpty)
        {
            int end = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? text : text[..end];
            text = end < 0 ? [] : text[(end + 1)..];
            if (line.Length <= wanted.Length || line[wanted.Length] != (byte)':'
                || !line.StartsWith(wanted))
            {
                continue;
            }

            ReadOnlySpan<byte> rest = line[(wanted.Length + 1)..];
            rest = rest[(rest.IndexOf((byte)':') + 1)..];
            if (Utf8Parser.TryParse(rest, out int gid, out int used) && gid >= 0
                && used < rest.Length && rest[used] == (byte)':')
            {
                return gid;
            }
        }

        return null;
    }
}
