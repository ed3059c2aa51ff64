using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Directives;

/// <summary>Keeps the list of what a unit asks for and does not get.</summary>
internal static class Unhonoured
{
    /// <summary>
    /// Notes one assignment: the last one for a key counts, and one that asks for nothing (no, an
    /// empty list) takes the earlier one back.
    /// </summary>
    public static void Note(List<UnhonouredDirective> list, DirectiveRow row, ParsedAssignment a)
    {
        if (row.Treatment == DirectiveTreatment.Honoured)
            return;
        list.RemoveAll(u => u.Section == row.Section && u.Key == row.Key);
        if (!AsksForNothing(row, a.Value))
        {
            // Of a value that begins on a later line the line with the key is what is looked for.
            list.Add(new UnhonouredDirective(
                row.Section, row.Key, row.Treatment, row.Reason, row.IsSecurity,
                a.Source.Line == a.Line ? a.Source : a.KeySource));
        }
    }

    private static bool AsksForNothing(DirectiveRow row, string value)
    {
        // An empty bounding set is the strictest of all; elsewhere empty means "as if not written".
        if (value.Length == 0)
            return row.Key != "CapabilityBoundingSet";
        if (row.Class is not (DirectiveClass.Sandbox or DirectiveClass.Resource))
            return false;

        // 0 is "no" to a switch of the sandbox, but a value to a weight.
        bool no = BooleanParser.TryParse(value, out bool on) && !on;
        return value == "infinity" || (no && (row.Class == DirectiveClass.Sandbox || value != "0"));
    }
}
