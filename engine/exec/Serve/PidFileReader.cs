using System.Globalization;
using System.Text;
using InitTx.Core;
using InitTx.Linux;
using InitTx.Linux.Handles;
using InitTx.Linux.Prepare;
using InitTx.Linux.Processes;

namespace InitTx.Exec.Serve;

/// <summary>
/// PIDFile= of systemd.service(5). The process must live and be in the unit's cgroup; one outside
/// is believed only when the file is root's own, nobody else may write it, it has no other name,
/// and no unprivileged user could have redirected the path. Otherwise any service's user could make
/// the manager kill a process of others (CVE-2018-16888). What is judged is what was read. Where
/// there are no cgroups, a user's own file, that nobody else could have put there, is believed of
/// the user's own processes: those that user could kill anyway.
/// </summary>
internal static class PidFileReader
{
    private const int MaxContent = 64;

    public static PrepareAnswer.PidFile Read(PrepareQuestion.ReadPidFile question)
    {
        string path = question.Path.StartsWith('/') ? question.Path : $"/run/{question.Path}";
        SysResult<WalkedPath> walked = SafeWalk.To(path, followLast: true);
        if (walked.IsError)
            return Failed(question, $"PIDFile={path}: {walked.Error.Describe()}");
        using WalkedPath found = walked.Require();
        SysResult<FileDescriptor> opened = Files.OpenRegular(
            found.Parent.Number, found.Name, out FileStatus status);
        if (opened.Error == Errno.EINVAL)
            return Failed(question, $"PIDFile={path}: not a regular file");
        if (opened.IsError)
            return Failed(question, $"PIDFile={path}: {opened.Error.Describe()}");
        using FileDescriptor file = opened.Require();
        Span<byte> content = stackalloc byte[MaxContent];
        SysResult read = Descriptors.ReadAll(file.Number, content);
        if (read.IsError)
            return Failed(question, $"PIDFile={path}: {read.Error.Describe()}");
        string text = FirstLine(content[..read.Value]);
        bool isNumber = int.TryParse(
            text, NumberStyles.None, CultureInfo.InvariantCulture, out int pid);
        if (!isNumber || pid == 0)
            return Failed(question, $"PIDFile={path}: '{Shown(text)}' is no pid");
        bool owners = !found.Unsafe && status.IsOwnersAlone;
        return Judge(
            question, path, pid, trusted: status.Uid == 0 && owners,
            owner: question.Cgroup.Length == 0 && owners ? status.Uid : null);
    }

    private static PrepareAnswer.PidFile Judge(
        PrepareQuestion.ReadPidFile question, string path, int pid, bool trusted, uint? owner)
    {
        if (pid == 1 || pid == Environment.ProcessId)
            return Failed(question, $"PIDFile={path}: process {pid} is the manager's own");
        using ProcFs proc = ProcFs.Open();
        if (!proc.IsAvailable)
            return Failed(question, $"PIDFile={path}: /proc: {proc.Error.Describe()}");
        ProcessIdentity process = proc.Identify(pid);
        if (process.StartTicks == 0 || !IsAlive(proc, pid))
            return Failed(question, $"PIDFile={path}: process {pid} does not live");
        if (!IsInCgroup(proc, pid, question.Cgroup) && !trusted && !IsOf(proc, pid, owner))
        {
            return Failed(question, $"PIDFile={path}: process {pid} is not of this unit, and the "
                + "file or its path is not root's own");
        }

        return new PrepareAnswer.PidFile(question.Token, null, pid, process.StartTicks);
    }

    private static bool IsAlive(ProcFs proc, int pid) =>
        proc.TryStat(pid, out ProcStat stat) && stat.State is not ('Z' or 'X');

    private static bool IsOf(ProcFs proc, int pid, uint? owner)
    {
        Span<byte> text = stackalloc byte[8192];
        return owner is { } uid && proc.Read(pid, "status"u8, text) is { IsOk: true } read
            && ProcUids.TryParse(text[..read.Value], out ProcUids uids) && uids.AreAll(uid);
    }

    private static bool IsInCgroup(ProcFs proc, int pid, string cgroup)
    {
        if (cgroup.Length == 0)
            return false;
        Span<byte> text = stackalloc byte[8192];
        SysResult read = proc.Read(pid, "cgroup"u8, text);
        if (read.IsError || !ProcCgroup.TryFind(text[..read.Value], out ReadOnlySpan<byte> found))
            return false;
        byte[] wanted = Encoding.UTF8.GetBytes(cgroup);
        return found.StartsWith(wanted)
            && (found.Length == wanted.Length || found[wanted.Length] == (byte)'/');
    }

    private static string FirstLine(ReadOnlySpan<byte> content)
    {
        int end = content.IndexOf((byte)'\n');
        return Encoding.UTF8.GetString(end < 0 ? content : content[..end]).Trim();
    }

    private static string Shown(string text) =>
        new([.. text.Take(24).Select(c => char.IsControl(c) ? '?' : c)]);

    private static PrepareAnswer.PidFile Failed(PrepareQuestion.ReadPidFile question, string why) =>
        new(question.Token, why, 0, 0);
}
