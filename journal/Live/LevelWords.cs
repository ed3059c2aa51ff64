using InitTx.Core.Ports;

namespace InitTx.Journal.Live;

/// <summary>The stable words of CONTRACT "journal.level".</summary>
public static class LevelWords
{
    private static readonly string[] Words = ["full", "archive-away", "ring", "none"];

    public static string Of(JournalLevel level) => Words[(int)level];
}
