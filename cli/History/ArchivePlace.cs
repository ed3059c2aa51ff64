using InitTx.Cli.Client;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Journal.Asking;
using InitTx.Journal.History;
using InitTx.Journal.OnDisk;

namespace InitTx.Cli.History;

/// <summary>Finds the archive of a manager.</summary>
internal static class ArchivePlace
{
    /// <summary>Where it is when nobody says otherwise (CONTRACT "initxd").</summary>
    public static string DefaultOf(Session session)
    {
        if (!session.Options.User)
            return $"/var/lib/initx/{ArchiveSchema.FileName}";
        return $"{session.Places.ManagerState}/{ArchiveSchema.FileName}";
    }

    /// <summary>
    /// Opens the manager's archive, or asks its process for what this user may see of it; null,
    /// told once, where neither can be done.
    /// </summary>
    /// <param name="named">Where the manager keeps it; empty for none, null when it was not
    /// asked.</param>
    public static IHistoryArchive? Open(Session session, string? named)
    {
        if (named is "")
            return null;
        string path = named ?? DefaultOf(session);
        if (ArchiveReader.Open(path, out string problem) is { } reader)
            return reader;
        bool exists = problem.Length > 0;
        if (!exists && File.Exists(SocketOf(session)))
            exists = !Environment.IsPrivilegedProcess;
        if (exists && Ask(session, named is not null, ref problem) is { } asked)
            return asked;
        if (problem.Length == 0 && !session.Options.User && !Environment.IsPrivilegedProcess)
            problem = $"{path} is for root to read";
        if (problem.Length > 0 && !session.Quiet)
            session.Error.WriteLine(
                $"{session.Program}: only what the manager has: {SafeText.Clean(problem)}");
        return null;
    }

    private static string SocketOf(Session session) =>
        Path.Combine(Path.GetDirectoryName(session.SocketPath) ?? "/", ArchiveSchema.SocketName);

    private static AskedArchive? Ask(Session session, bool patient, ref string problem)
    {
        string file = problem;
        ArchiveLine? line = ArchiveLine.Connect(SocketOf(session), patient, out problem);
        AskedArchive? asked = line is null ? null : AskedArchive.Over(line, out problem);
        if (asked is null && file.Length > 0)
            problem = $"{file}; {problem}";
        return asked;
    }
}
