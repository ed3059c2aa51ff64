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
    /// <param name="path">ExecSearchPath=, in place of the fixed path; or null.</param>
    public static string? Find(string name, string? path, out Errno why)
    {
        why = Errno.ENOENT;
        foreach (string directory in path?.Split(':') ?? SearchPath)
        {
            string file = $"{directory}/{name}";
            if (PathFacts.Status(file, out FileStatus status).IsError || !status.IsRegular)
                continue;
            SysResult may = ProcessImage.MayExecute(file);
            if (may.IsOk)
                return file;
            why = may.Error;
        }

        return null;
    }
}
