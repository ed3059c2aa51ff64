using System.Text;
using InitTx.Fuzz.Running;
using InitTx.Linux.Mounts;
using static InitTx.Fuzz.Running.FuzzTarget;

namespace InitTx.Fuzz.Targets;

/// <summary>
/// The kernel's tables of mounts and swaps, and what autofs asks. The kernel writes them, but the
/// names in them are whoever's may mount: a user of FUSE or of a user namespace.
/// </summary>
internal static class MountTargets
{
    private static readonly string[] InfoWords =
    [
        "36 35 98:0 / ", "/mnt", "/mnt\\040a", "\\134", "\\012", "\\777", "\\0", " rw",
        " ro,noatime",
        " shared:1", " master:2", " -", " - ext4 /dev/sda1 rw", " ", "\n", "\0", "/../", "\u00ff",
        "99999999999",
    ];

    private static readonly string[] SwapWords =
    [
        "Filename\tType\tSize\tUsed\tPriority\n", "/dev/sda2 partition 8 0 -2\n", "/swap\\040file",
        "\tfile\t", " ", "\t", "\n", "-2", "99999999999", "\\040(deleted)", "\0",
    ];

    public static readonly FuzzTarget MountInfo = new(
        "mountinfo", CheckMountInfo, random => Grammar.Line(random, InfoWords), InfoWords);

    public static readonly FuzzTarget Swaps = new(
        "swaps", CheckSwaps, random => Grammar.Line(random, SwapWords), SwapWords);

    // Versions, types, tokens and names, as the packet has them.
    private static readonly string[] RequestWords =
    [
        "\u0005\0\0\0", "\u0004\0\0\0", "\u0003\0\0\0", "\u0006\0\0\0", "\u0007\0\0\0",
        "\0\0\0\0", "\u0001\0\0\0", "\u007f\0\0\0", "\0", "direct", "0000000000400001",
    ];

    public static readonly FuzzTarget Requests = new(
        "autofs", CheckRequest, Packet, RequestWords);

    // Mostly of the right length and version: all else is refused by its first bytes.
    private static byte[] Packet(Prng random)
    {
        byte[] packet = new byte[Autofs.RequestBytes - (random.Below(8) == 0 ? 1 : 0)];
        for (int i = 0; i < packet.Length; i++)
            packet[i] = (byte)random.Below(256);
        if (random.Below(8) != 0)
            BitConverter.TryWriteBytes(packet, 5);
        BitConverter.TryWriteBytes(packet.AsSpan(4), 4 + random.Below(4));
        if (random.Below(8) == 0)
            BitConverter.TryWriteBytes(packet.AsSpan(8), 0);
        return packet;
    }

    private static void CheckRequest(byte[] input)
    {
        if (Autofs.Parse(input) is not { } request)
            return;
        Require(input.Length == Autofs.RequestBytes, "a request of another length");
        Require(request.Token != 0, "a request that cannot be answered");
        Require(
            BitConverter.ToUInt32(input, 8) == request.Token
                && BitConverter.ToInt32(input, 32) == request.Pid
                && request.Expires == (input[4] == 6),
            "another request than was sent");
    }

    private static void CheckMountInfo(byte[] input)
    {
        if (MountTable.Parse(input) is not { } entry)
            return;
        Require(Bytes(entry.Path) <= MountTable.PathMax * 4 * 3, "a path beyond its limit");
        Require(entry.Id >= 0 && entry.ParentId >= 0, "a negative id");
        Require(
            entry.Path.Length + entry.Type.Length + entry.Source.Length + entry.Options.Length
                <= input.Length,
            "more text than there was");

        // Escaped as the kernel does it, the same line says the same; but for what is no text or,
        // unescaped as it came, takes more room now than a path may.
        string line = $"{entry.Id} {entry.ParentId} {entry.Device} / {Escape(entry.Path)} "
            + $"{(entry.IsReadOnly ? "ro" : "rw")} - {Escape(entry.Type)} {Escape(entry.Source)} "
            + Escape(entry.Options);
        Require(
            !Fits(entry.Path) || line.Contains('\ufffd', StringComparison.Ordinal)
                || MountTable.Parse(Encoding.UTF8.GetBytes(line)) == entry,
            $"'{line}' is another mount");
    }

    private static void CheckSwaps(byte[] input)
    {
        List<SwapEntry> entries = SwapTable.Parse(input);
        Require(entries.Count <= SwapTable.EntriesMax, "more entries than the limit");
        var again = new StringBuilder("Filename Type Size Used Priority\n");
        foreach (SwapEntry entry in entries)
        {
            Require(entry.Path.StartsWith('/'), "a swap that is no path");
            again.Append(System.Globalization.CultureInfo.InvariantCulture,
                $"{Escape(entry.Path)}\tfile\t8\t0\t{entry.Priority}\n");
        }

        Require(
            !entries.TrueForAll(static entry => Fits(entry.Path))
                || SwapTable.Parse(Encoding.UTF8.GetBytes(again.ToString())).SequenceEqual(entries),
            "written anew it is another table");
    }

    // As the kernel would write it, and as much of it as a path may have.
    private static bool Fits(string path) =>
        !path.Contains('\ufffd', StringComparison.Ordinal)
        && Bytes(Escape(path)) <= MountTable.PathMax * 4;

    private static int Bytes(string text) => Encoding.UTF8.GetByteCount(text);

    private static string Escape(string text) => text
        .Replace("\\", "\\134", StringComparison.Ordinal)
        .Replace(" ", "\\040", StringComparison.Ordinal)
        .Replace("\t", "\\011", StringComparison.Ordinal)
        .Replace("\n", "\\012", StringComparison.Ordinal);
}
