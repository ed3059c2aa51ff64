using System.Globalization;
using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;
using InitTx.Core.Ports;
using InitTx.Journal.History;
using Spectre.Console;

namespace InitTx.Cli.Rendering;

/// <summary>The answer to `history --sql`: a table, or an object a row.</summary>
internal static class SqlView
{
    /// <summary>The exit status: a statement that is refused or wrong is a usage error.</summary>
    public static int Write(Session session, SqlAnswer answer)
    {
        if (answer.Error is { } error)
        {
            return answer.Limit
                ? session.Fail(
                    ExitCode.Failed, $"--sql: {error}", "-n raises the rows, --timeout the time, "
                        + "for those who may read archive.db")
                : session.Fail(
                    ExitCode.Usage, $"--sql: {error}", "the columns: see journal.md, or "
                        + "SELECT * FROM v_history LIMIT 1");
        }

        if (session.Json)
        {
            foreach (object?[] row in answer.Rows)
                WriteObject(session, answer.Columns, row);
            return 0;
        }

        if (session.Quiet)
            return 0;
        Table table = Sheet.NewTable([.. answer.Columns.Select(SafeText.Clean)]);
        foreach (object?[] row in answer.Rows)
            table.AddRow(row.Select(cell => Sheet.Cell(Text(cell))));
        Sheet.Draw(session, table);
        return 0;
    }

    private static void WriteObject(Session session, IReadOnlyList<string> columns, object?[] row)
    {
        JsonLines.WriteObject(session.Out, json =>
        {
            for (int i = 0; i < row.Length; i++)
            {
                switch (row[i])
                {
                    case null:
                        json.WriteNull(columns[i]);
                        break;
                    case long number:
                        json.WriteNumber(columns[i], number);
                        break;
                    case double number when double.IsFinite(number):
                        json.WriteNumber(columns[i], number);
                        break;
                    case byte[] bytes:
                        json.WriteBase64String(columns[i], bytes);
                        break;
                    default:
                        json.WriteString(columns[i], Text(row[i]));
                        break;
                }
            }
        });
    }

    /// <summary>A cell as text; bytes as hexadecimal digits.</summary>
    public static string Text(object? cell) => cell switch
    {
        null => "",
        byte[] bytes => Convert.ToHexStringLower(bytes),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => cell.ToString() ?? "",
    };
}
