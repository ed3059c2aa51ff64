using System.Text.Json;
using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;
using InitTx.Cli.Rendering;
using Spectre.Console;

namespace InitTx.Cli.Apply;

/// <summary>The difference between a document and the system, for people and as JSON.</summary>
internal static class ApplyView
{
    /// <summary>Shows it before it is done; as JSON the first line of the stream.</summary>
    public static void Show(Session session, IReadOnlyList<Difference> differences)
    {
        if (session.Json)
        {
            JsonLines.WriteObject(session.Out, json =>
            {
                json.WriteString("event"u8, "difference"u8);
                WriteDifference(json, differences);
            });
            session.Out.Flush();
            return;
        }

        if (session.Quiet)
            return;
        if (differences.Count == 0)
        {
            session.Out.WriteLine("nothing to do: all units are as the document says");
            return;
        }

        Table table = Sheet.NewTable("UNIT", "SETTING", "IS", "SHALL BE");
        foreach (Difference difference in differences)
        {
            table.AddRow(
                Sheet.Cell(difference.Unit), Sheet.Cell(difference.Setting),
                Sheet.Cell(difference.From), Sheet.Cell(difference.To));
        }

        Sheet.Draw(session, table);
        session.Out.Flush();
    }

    /// <summary>Shows what would be done, and the hash that does exactly that.</summary>
    public static int Plan(
        Session session, IReadOnlyList<Difference> differences, PlanDocument? plan, string file,
        string hash)
    {
        if (session.Json)
        {
            JsonLines.WriteObject(session.Out, json =>
            {
                WriteDifference(json, differences);
                if (plan is null)
                {
                    json.WriteNull("plan"u8);
                }
                else
                {
                    json.WriteStartObject("plan"u8);
                    plan.WriteJson(json);
                    json.WriteEndObject();
                }

                json.WriteString("hash"u8, hash);
            });
            return plan?.Head.Refused is { Count: > 0 } ? plan.Head.Code : 0;
        }

        Show(session, differences);
        if (plan?.Head.Refused is { Count: > 0 } refused)
            return session.Fail(
                (Core.Ports.ExitCode)plan.Head.Code, refused[0], [.. refused.Skip(1)]);
        if (differences.Count == 0 || session.Quiet)
            return 0;
        session.Out.WriteLine();
        if (plan is not null)
            PlanView.WriteJobs(session, plan);
        session.Out.WriteLine("To do exactly this:");
        session.Out.WriteLine(SafeText.Clean($"  initx apply -f {file} --plan-hash={hash}"));
        return 0;
    }

    private static void WriteDifference(
        Utf8JsonWriter json, IReadOnlyList<Difference> differences)
    {
        json.WriteStartArray("difference"u8);
        foreach (Difference difference in differences)
        {
            json.WriteStartObject();
            json.WriteString("unit"u8, difference.Unit);
            json.WriteString("setting"u8, difference.Setting);
            json.WriteString("from"u8, difference.From);
            json.WriteString("to"u8, difference.To);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
