using InitTx.Cli.Hosting;

namespace InitTx.Cli.Commands;

/// <summary>The answers of the <c>is-</c> verbs: a word a unit, or an object.</summary>
internal static class StateWord
{
    public static void Write(Session session, string unit, string state)
    {
        if (session.Json)
        {
            JsonLines.WriteObject(session.Out, json =>
            {
                json.WriteString("unit"u8, unit);
                json.WriteString("state"u8, state);
            });
        }
        else if (!session.Quiet)
        {
            session.Out.WriteLine(state);
        }
    }
}
