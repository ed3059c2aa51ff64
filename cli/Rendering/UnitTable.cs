using InitTx.Cli.Hosting;
using InitTx.Protocol.Answers;
using Spectre.Console;

namespace InitTx.Cli.Rendering;

/// <summary>`initx list` for people.</summary>
internal static class UnitTable
{
    public static void Write(Session session, IReadOnlyList<ListEntryAnswer> entries, bool legend)
    {
        Table table = legend
            ? Sheet.NewTable("UNIT", "LOAD", "ACTIVE", "SUB", "DESCRIPTION")
            : Sheet.NewTable("", "", "", "", "");
        foreach (ListEntryAnswer entry in entries)
        {
            Style? style = Sheet.OfState(entry.State);
            table.AddRow(
                Sheet.Cell(entry.Unit, entry.State == "failed" ? style : null),
                Sheet.Cell(entry.LoadState),
                Sheet.Cell(entry.State, style),
                Sheet.Cell(entry.SubState, style),
                Sheet.Cell(entry.Description));
        }

        if (entries.Count > 0)
            Sheet.Draw(session, table);
        if (!legend)
            return;
        session.Out.WriteLine();
        session.Out.WriteLine(entries.Count == 1 ? "1 unit" : $"{entries.Count} units");
    }
}
