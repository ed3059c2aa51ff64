using InitTx.Cli.Commands;
using InitTx.Cli.Hosting;
using InitTx.Protocol.Answers;
using InitTx.Units.Directives;
using InitTx.Units.Model;

namespace InitTx.Cli.Rendering;

/// <summary>
/// `initx show --security`: each setting of a unit that confines it, and whether this version
/// applies it. With --json one object a setting.
/// </summary>
internal static class SecurityView
{
    // Core directives that decide what a process may do or see, beside the sandbox class.
    private static readonly string[] Others =
    [
        "User", "Group", "SupplementaryGroups", "AmbientCapabilities", "RootDirectory",
        "BindPaths", "BindReadOnlyPaths", "LoadCredential", "SetCredential",
        "NetworkNamespacePath", "IPCNamespacePath", "UMask",
    ];

    public static void Write(Session session, ShownUnitAnswer unit)
    {
        string name = unit.Status.Unit;
        int shown = 0;
        if (!session.Json)
            session.Out.WriteLine(session.Paint.Strong(SafeText.Clean(name)));
        foreach (SettingAnswer setting in unit.Settings)
        {
            if (DirectiveTable.Find(setting.Section, setting.Key) is not { } row
                || !(row.IsSecurity || Array.IndexOf(Others, setting.Key) >= 0))
                continue;
            shown++;
            if (session.Json)
                WriteJson(session, name, setting, row);
            else
                WriteLine(session, setting, row);
        }

        if (shown == 0 && !session.Json)
            session.Out.WriteLine("  nothing confines it: it runs as root with all rights");
    }

    private static string Word(DirectiveRow row) => row.Treatment switch
    {
        DirectiveTreatment.Honoured => "applied",
        DirectiveTreatment.Approximated => "approximated",
        DirectiveTreatment.Ignored => "not applied",
        DirectiveTreatment.Refused => "refused",
        _ => throw new ArgumentOutOfRangeException(nameof(row)),
    };

    private static void WriteLine(Session session, SettingAnswer setting, DirectiveRow row)
    {
        string word = Word(row).PadRight(12);
        string value = SafeText.Clean($"{setting.Key}={setting.Value ?? "[withheld]"}");
        string why = row.Reason.Length == 0 ? "" : $" ({row.Reason})";
        string source = session.Paint.Faint(SafeText.Clean($"  # {setting.Source}"));
        bool applied = row.Treatment == DirectiveTreatment.Honoured;
        session.Out.WriteLine(
            $"  {(applied ? word : session.Paint.Bad(word))} {value}{why}{source}");
    }

    private static void WriteJson(
        Session session, string unit, SettingAnswer setting, DirectiveRow row) =>
        JsonLines.WriteObject(session.Out, json =>
        {
            json.WriteString("unit", unit);
            json.WriteString("directive", setting.Key);
            json.WriteString("value", setting.Value);
            json.WriteString("treatment", Word(row));
            json.WriteString("reason", row.Reason);
            json.WriteString("source", setting.Source);
        });
}
