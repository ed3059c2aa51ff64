using Spectre.Console;
using Spectre.Console.Rendering;

namespace InitTx.Cli.Rendering;

/// <summary>
/// Tables and trees. On a terminal they fit its width; in a pipe nothing is wrapped, cut or
/// padded at the end, so that lines stay lines.
/// </summary>
internal static class Sheet
{
    private const int Unlimited = 100_000;

    /// <summary>A table without borders; headers may be empty for none.</summary>
    public static Table NewTable(params string[] headers)
    {
        Table table = new Table().NoBorder();
        table.ShowHeaders = headers.Any(h => h.Length > 0);
        for (int i = 0; i < headers.Length; i++)
        {
            var column = new TableColumn(
                new Text(headers[i], new Style(decoration: Decoration.Bold)))
            {
                Padding = new Padding(0, 0, i == headers.Length - 1 ? 0 : 2, 0),
                NoWrap = i < headers.Length - 1,
            };
            _ = table.AddColumn(column);
        }

        return table;
    }

    /// <summary>A cell: cleaned, never read as markup.</summary>
    public static Text Cell(string? text, Style? style = null) =>
        new(SafeText.Clean(text), style ?? Style.Plain) { Overflow = Overflow.Fold };

    /// <summary>The style of a unit's state; the word stays in the text.</summary>
    public static Style? OfState(string state) => state switch
    {
        "active" or "reloading" or "done" or "committed" => new Style(Color.Green),
        "failed" or "timeout" or "rollbackFailed" =>
            new Style(Color.Red, decoration: Decoration.Bold),
        "activating" or "deactivating" or "running" => new Style(Color.Yellow),
        _ => (Style?)null,
    };

    /// <summary>Draws to the session's output.</summary>
    public static void Draw(Hosting.Session session, IRenderable what)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = session.IsColored ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = session.IsColored
                ? ColorSystemSupport.Standard
                : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = session.Out.IsTerminal ? session.Host.Width() : Unlimited;
        console.Profile.Capabilities.Unicode = true;
        console.Write(what);
        ReadOnlySpan<char> drawn = writer.ToString().AsSpan().TrimEnd('\n');
        foreach (ReadOnlySpan<char> line in drawn.EnumerateLines())
            session.Out.WriteLine(line.TrimEnd(' '));
    }
}
