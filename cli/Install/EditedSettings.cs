using InitTx.Cli.Offline;
using InitTx.Protocol.Answers;
using InitTx.Units.Model;

namespace InitTx.Cli.Install;

/// <summary>
/// What an edit changed in a unit's effective settings, for the record. The record holds no
/// secrets: values of the environment and of credentials are not in it.
/// </summary>
internal static class EditedSettings
{
    /// <summary>More than these are counted.</summary>
    private const int Most = 20;

    /// <summary><c>+ Service.Nice=5</c>, <c>- Service.Nice=0</c>, by key.</summary>
    public static IReadOnlyList<string> Between(UnitDefinition before, UnitDefinition after)
    {
        List<string> old = Lines(before);
        List<string> now = Lines(after);
        List<string> changes =
        [
            .. Without(old, now).Select(static s => $"- {s}"),
            .. Without(now, old).Select(static s => $"+ {s}"),
        ];
        if (changes.Count <= Most)
            return changes;
        return [.. changes.Take(Most), $"and {changes.Count - Most} settings more"];
    }

    private static List<string> Lines(UnitDefinition unit) =>
        [.. OfflineAnswers.Shown(unit).Settings.Select(static s =>
            $"{s.Section}.{s.Key}={(IsSecret(s) ? "[withheld]" : s.Value)}")];

    private static bool IsSecret(SettingAnswer setting) => setting.Value is null
        || setting.Key is "Environment" or "SetCredential" or "SetCredentialEncrypted"
            or "PassEnvironment"
        || setting.Key.StartsWith("Exec", StringComparison.Ordinal);

    // As a bag: a value that is there twice and then once is a change.
    private static List<string> Without(List<string> all, List<string> minus)
    {
        var left = new List<string>(all);
        foreach (string line in minus)
            left.Remove(line);
        return left;
    }
}
