using InitTx.Linux;
using InitTx.Linux.Handles;
using InitTx.Linux.Launch;

namespace InitTx.Exec.Setup;

/// <summary>Where a bare name is looked for.</summary>
internal static class ProgramSearch
{
    // systemd.service(5), "Command lines": the path is fixed at build time, $PATH is not asked.
    private static readonly string[] SearchPath =
        ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    /// <summary>
    /// As execvp(3): a file that may not be executed is only the answer when there is no better.
    /// </summary>
    public static string? Find(string name, out Errno why)
    {
        why = Errno.ENOENT;
        foreach (string directory in SearchPath)
        {
            string path = $"{directory}/{name}";
            if (PathFacts.Status(path, out FileStatus status).IsError || !status.IsRegular)
                continue;
            SysResult may = ProcessImage.MayExecute(path);
            if (may.IsOk)
                return path;
            why = may.Error;
        }

        return null;
    }
}
