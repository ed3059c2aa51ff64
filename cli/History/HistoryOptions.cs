using System.CommandLine;

namespace InitTx.Cli.History;

/// <summary>Options that verbs over the history share.</summary>
internal static class HistoryOptions
{
    public static Option<string> Archive() => new("--archive")
    {
        Description = "Read this archive.db only, not the manager",
        HelpName = "FILE",
    };

    public static Option<string> Boot() => new("--boot")
    {
        Description = "0 this boot, -1 the one before, or an id",
        HelpName = "N|ID",
    };
}
