using System.Runtime.InteropServices;
using System.Text;
using InitTx.Journal.Live;

namespace InitTx.Journal.Tests.Support;

/// <summary>lstat(2) by statx(2) for tests of the journal alone.</summary>
internal sealed unsafe class TestFiles : IJournalFiles
{
    public static readonly TestFiles Instance = new();

    /// <summary>
    /// Uid that every file is reported to have, to test refusals; null for the true one.
    /// </summary>
    public uint? PretendUid { get; set; }

    public int Look(string path, out FileStatus status)
    {
        const int symlinkNoFollow = 0x100;
        const uint basicStats = 0x7ff;
        byte* buffer = stackalloc byte[256];
        status = default;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            if (statx(-100, name, symlinkNoFollow, basicStats, buffer) != 0)
                return Marshal.GetLastSystemError();
        }

        // struct statx: linux/stat.h
        ushort mode = *(ushort*)(buffer + 28);
        status = new FileStatus(
            (mode & 0xF000) switch
            {
                0x8000 => FileKind.Regular,
                0x4000 => FileKind.Directory,
                _ => FileKind.Other,
            },
            mode & 0xFFFu,
            PretendUid ?? *(uint*)(buffer + 20),
            ((ulong)*(uint*)(buffer + 136) << 32) | *(uint*)(buffer + 140),
            *(ulong*)(buffer + 32),
            *(uint*)(buffer + 16),
            *(long*)(buffer + 40));
        return 0;
    }

    [DllImport("libc")]
    private static extern int statx(int directory, byte* path, int flags, uint mask, byte* buffer);

    public static int HardLink(string path, string newPath) => link(path, newPath);

    public static int Truncate(string path, long length) => truncate(path, length);

    [DllImport("libc")]
    public static extern uint geteuid();

    [DllImport("libc", CharSet = CharSet.Ansi)]
    private static extern int link(string path, string newPath);

    [DllImport("libc", CharSet = CharSet.Ansi)]
    private static extern int truncate(string path, long length);
}
