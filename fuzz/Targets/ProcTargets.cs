using System.Globalization;
using System.Text;
using InitTx.Fuzz.Running;
using InitTx.Linux.Identity;
using InitTx.Linux.Machine;
using InitTx.Linux.Processes;
using static InitTx.Fuzz.Running.FuzzTarget;

namespace InitTx.Fuzz.Targets;

/// <summary>
/// What the kernel says of a process in /proc (stat, status, cgroup), and files say of the machine:
/// ids, the host's name, groups. Processes choose their names.
/// </summary>
internal static class ProcTargets
{
    private static readonly string[] Words =
    [
        "12 (a) b) S 1 2 3 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 77 1 1\n", "(", ")", " ", "S ",
        "18446744073709551616", "-1", "0::/", "1:name=systemd:/", "/system.slice/a.service",
        " (deleted)", "\n",
        "Name:\tsh\\nUid:\t0\n", "\nUid:\t1000\t0\n", "Name:\t", "\t", "4294967295", "\0",
        "wheel:x:10:root,a\n", ":", "é", "0123456789abcdef0123456789abcdef\n", "uninitialized\n",
    ];

    public static readonly FuzzTarget Texts =
        new("proc-files", Check, Make, Words);

    private static void Check(byte[] input)
    {
        CheckStat(input);
        CheckStatus(input);
        if (ProcCgroup.TryFind(input, out ReadOnlySpan<byte> path))
        {
            Require(path.StartsWith("/"u8) && path.IndexOf((byte)'\n') < 0, "no cgroup's path");
            Require(input.AsSpan().IndexOf(path) >= 0, "a cgroup that is not in the text");
        }

        if (SystemIdentity.TryParseId(input, out string id))
            Require(id.Length is 32 or 36, "an id of another length");
        if (SystemIdentity.TryParseHostName(input, out string name))
            Require(name.Length is > 0 and <= 64, "a host name that the kernel would not take");
        Require(GroupFile.Find(input, "wheel") is null or >= 0, "a negative gid");
    }

    private static void CheckStat(byte[] input)
    {
        if (!ProcStat.TryParse(input, out ProcStat stat))
            return;
        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"{stat.Pid} (x) {stat.State} {stat.ParentPid} 0 {stat.Session} {stat.Terminal} 0 "
                + $"{stat.Flags} 0 0 0 0 0 0 0 0 0 0 0 0 {stat.StartTicks} 0\n");
        Require(
            ProcStat.TryParse(Encoding.Latin1.GetBytes(line), out ProcStat again) && again == stat,
            "a stat line that was read and written is another");
    }

    private static void CheckStatus(byte[] input)
    {
        ProcStatus status = ProcStatus.Parse(input);
        Require(status.Comm.Length <= ProcStatus.NameMax, "a name is longer than it may be");
        Require(!status.Comm.Any(char.IsControl), "a name has control characters");
    }

    private static byte[] Make(Prng random)
    {
        if (!random.OneIn(3))
            return Grammar.Line(random, Words);
        var text = new StringBuilder();
        for (int n = random.Below(6); n > 0; n--)
            text.Append(random.Pick(Words));
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
