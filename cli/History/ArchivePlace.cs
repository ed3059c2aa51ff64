using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
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
        string state = session.Host.Environment("XDG_STATE_HOME") is { Length: > 0 } set
            ? set
            : $"{session.Host.Environment("HOME")}/.local/state";
        return $"{state}/initx/{ArchiveSchema.FileName}";
    }

    /// <summary>
    /// Opens the manager's archive; null, told once, where it cannot be read.
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
        if (problem.Length == 0 && !session.Options.User && !Environment.IsPrivilegedProcess)
            problem = $"{path} is for root to read";
        if (problem.Length > 0 && !session.Quiet)
            session.Error.WriteLine(
                $"{session.Program}: only what the manager has: {SafeText.Clean(problem)}");
        return null;
    }
}
