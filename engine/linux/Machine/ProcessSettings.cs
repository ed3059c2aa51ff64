using System.Buffers.Text;
using System.Globalization;
using System.Text;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;

namespace InitTx.Linux.Machine;

/// <summary>What the manager sets about its own process, once, at the start.</summary>
public static unsafe class ProcessSettings
{
    /// <summary>
    /// Orphans of our services become our children, though we are no PID 1 (prctl(2)
    /// PR_SET_CHILD_SUBREAPER). Kept across exec.
    /// </summary>
    public static SysResult BecomeSubreaper() =>
        SysResult.Of(Libc.prctl(Libc.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));

    /// <summary>The name of this thread, at most 15 bytes (PR_SET_NAME).</summary>
    public static SysResult SetName(ReadOnlySpan<byte> name)
    {
        byte* text = stackalloc byte[16];
        name[..Math.Min(name.Length, 15)].CopyTo(new Span<byte>(text, 15));
        return SysResult.Of(Libc.prctl(Libc.PR_SET_NAME, (nuint)text, 0, 0, 0));
    }

    /// <summary>A session of our own; EPERM when we lead one already.</summary>
    public static SysResult NewSession() => SysResult.Of(Libc.setsid());

    /// <summary>
    /// Leaves whatever directory we were started in, so that it can be unmounted.
    /// </summary>
    public static SysResult GoToRoot()
    {
        byte* root = stackalloc byte[2] { (byte)'/', 0 };
        return SysResult.Of(Libc.chdir(root));
    }

    /// <summary>The umask that files of ours are made under; children get their unit's.</summary>
    public static void SetUmask(uint mask) => Libc.umask(mask);

    /// <summary>
    /// Keeps every page that was touched in memory, and those that will be (mlockall(2) with
    /// MCL_ONFAULT): a page of PID 1 that must be read from a dead disk hangs it.
    /// </summary>
    public static SysResult LockMemory() => SysResult.Of(
        Libc.mlockall(Libc.MCL_CURRENT | Libc.MCL_FUTURE | Libc.MCL_ONFAULT));

    /// <summary>
    /// Room for one pidfd and one cgroup descriptor a unit: raises RLIMIT_NOFILE as far as asked
    /// and allowed. Children get their unit's limits, or those the shim saved.
    /// </summary>
    /// <returns>The soft limit that is in force.</returns>
    public static SysResult RaiseOpenFiles(ulong wanted)
    {
        Libc.ResourceLimit limit;
        var result = SysResult.Of(Libc.prlimit(0, Libc.RLIMIT_NOFILE, null, &limit));
        if (result.IsError || limit.Soft >= wanted)
            return result.IsError ? result : new SysResult((long)limit.Soft);
        var raised = new Libc.ResourceLimit { Soft = wanted, Hard = Math.Max(wanted, limit.Hard) };
        if (Libc.prlimit(0, Libc.RLIMIT_NOFILE, &raised, null) == 0)
            return new SysResult((long)wanted);
        raised = new() { Soft = Math.Min(wanted, limit.Hard), Hard = limit.Hard };
        result = SysResult.Of(Libc.prlimit(0, Libc.RLIMIT_NOFILE, &raised, null));
        return result.IsError ? result : new SysResult((long)raised.Soft);
    }

    /// <summary>oom_score_adj of this process, -1000 to 1000 (proc(5)).</summary>
    public static SysResult SetOomScoreAdjust(int value)
    {
        Span<byte> text = stackalloc byte[8];
        Utf8Formatter.TryFormat(value, text, out int length);
        return Files.WriteValue(Files.Cwd, "/proc/self/oom_score_adj", text[..length]);
    }

    /// <summary>
    /// Descriptors from 3 on that a child would inherit, as "N → TARGET", but for those that are
    /// meant to be handed over. Empty without /proc.
    /// </summary>
    public static List<string> InheritableDescriptors(IReadOnlySet<int> allowed)
    {
        var found = new List<string>();
        var opened = Files.Open(Files.Cwd, "/proc/self/fd", Libc.O_RDONLY | Libc.O_DIRECTORY);
        if (opened.Value is not { } directory)
            return found;
        using (directory)
        {
            var names = new List<string>();
            DirectoryList.Names(directory, 1_048_576, names);
            foreach (string name in names)
            {
                if (!int.TryParse(
                        name, NumberStyles.None, CultureInfo.InvariantCulture, out int fd)
                    || fd < 3 || allowed.Contains(fd)
                    || Descriptors.CloseOnExec(fd) is not { IsOk: true, Value: 0 })
                {
                    continue;
                }

                found.Add($"{fd} → {Target(directory, name)}");
            }
        }

        return found;
    }

    private static string Target(FileDescriptor directory, string name)
    {
        byte* path = stackalloc byte[4096];
        byte* target = stackalloc byte[256];
        if (Files.Encode(name, path).IsError)
            return "?";
        var length = SysResult.Of(Libc.readlinkat(directory.Number, path, target, 256));
        return length.IsError ? "?" : Encoding.UTF8.GetString(target, length.Value);
    }
}
