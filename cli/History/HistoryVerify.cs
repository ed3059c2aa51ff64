using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using InitTx.Core.Ports;
using InitTx.Journal.History;
using InitTx.Journal.OnDisk;
using InitTx.Protocol.Answers;

namespace InitTx.Cli.History;

/// <summary>
/// `initx history verify`: computes the archive's hash chain anew. Exit status 1 when it does not
/// hold, or when the archive ends before what the manager knows to be on disk.
/// </summary>
internal static class HistoryVerify
{
    public static int Run(Session session, string? path)
    {
        using HistorySource? source = HistorySource.Open(session, path, out int failure);
        if (source is null)
            return failure;
        if (source.Archive is not ArchiveReader archive)
        {
            return session.Fail(
                ExitCode.NotPermitted,
                "the archive cannot be read from here",
                "its owner and root may verify it");
        }

        ArchiveVerdict verdict = ArchiveVerifier.Verify(archive);
        string? wrong = verdict.FirstWrong ?? Missing(archive, source.Manager);
        if (session.Json)
            WriteJson(session, verdict, wrong);
        if (wrong is not null)
        {
            session.Out.Flush();
            session.Error.WriteLine($"{session.Program} history verify: {SafeText.Clean(wrong)}");
            return (int)ExitCode.Failed;
        }

        if (session.Quiet || session.Json)
            return 0;
        session.Out.WriteLine(
            $"{verdict.Rows} rows in {verdict.Batches} batches are as they were written");
        session.Out.WriteLine($"batch {verdict.LastBatch} ends the chain: {verdict.Head}");
        session.Out.WriteLine(
            "a chain that was replaced as a whole differs there: keep this line elsewhere");
        return 0;
    }

    private static string? Missing(ArchiveReader archive, HistoryAnswer? manager)
    {
        if (manager is null || manager.Kept == 0)
            return null;
        long last = 0;
        foreach (ArchivedBoot boot in archive.Boots)
        {
            if (boot.Boot.StartsWith(manager.Boot, StringComparison.Ordinal))
                last = boot.LastSeq;
        }

        return last >= manager.Kept
            ? null
            : $"the archive ends at row {last} of this boot, but {manager.Kept} were on disk";
    }

    private static void WriteJson(Session session, ArchiveVerdict verdict, string? wrong)
    {
        JsonLines.WriteObject(session.Out, json =>
        {
            json.WriteBoolean("intact"u8, wrong is null);
            json.WriteNumber("batches"u8, verdict.Batches);
            json.WriteNumber("rows"u8, verdict.Rows);
            json.WriteNumber("lastBatch"u8, verdict.LastBatch);
            json.WriteString("head"u8, verdict.Head);
            json.WriteString("problem"u8, wrong);
        });
    }
}
