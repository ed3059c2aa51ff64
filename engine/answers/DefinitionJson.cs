using System.Text.Json;
using InitTx.Units.Model;

namespace InitTx.Answers;

/// <summary>
/// What a unit's files amount to, in the shapes of io.inittx.Manager. The manager answers with it
/// and the command line uses it offline, so both say the same.
/// </summary>
public static class DefinitionJson
{
    /// <summary>
    /// Keys whose values may hold secrets: shown only to who may change the unit. Unit files are
    /// often readable by all, drop-ins with passwords are not.
    /// </summary>
    private static readonly string[] Withheld =
        ["Environment", "SetCredential", "SetCredentialEncrypted", "PassEnvironment"];

    /// <summary>Writes the members settings[].</summary>
    public static void WriteSettings(Utf8JsonWriter json, UnitDefinition unit, bool privileged)
    {
        json.WriteStartArray("settings"u8);
        foreach (EffectiveSetting setting in unit.Settings)
        {
            json.WriteStartObject();
            json.WriteString("section"u8, setting.Section);
            json.WriteString("key"u8, setting.Key);
            if (privileged || !IsWithheld(setting.Key))
                json.WriteString("value"u8, setting.Value);
            else
                json.WriteNull("value"u8);
            json.WriteString("source"u8, setting.Source.ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Writes the member dependencies[], forward edges only.</summary>
    public static void WriteDependencies(Utf8JsonWriter json, UnitDefinition unit)
    {
        json.WriteStartArray("dependencies"u8);
        foreach (UnitDependency edge in unit.Dependencies)
        {
            json.WriteStartObject();
            json.WriteString("kind"u8, ModelWords.Of(edge.Kind));
            json.WriteString("unit"u8, edge.Target.Value);
            json.WriteString("origin"u8, ModelWords.Of(edge.Origin));
            json.WriteString("source"u8, edge.Source.ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Writes canStart, canStop, canReload and canIsolate.</summary>
    public static void WriteAbilities(Utf8JsonWriter json, UnitDefinition unit)
    {
        bool loaded = unit.LoadState == UnitLoadState.Loaded;
        json.WriteBoolean("canStart"u8, loaded && !unit.RefuseManualStart);
        json.WriteBoolean("canStop"u8, loaded && !unit.RefuseManualStop);
        json.WriteBoolean(
            "canReload"u8,
            unit.Service is { } s
                && (s.ExecReload.Count > 0 || s.Type == ServiceType.NotifyReload));
        json.WriteBoolean("canIsolate"u8, unit.AllowIsolate);
    }

    /// <summary>Writes one object of LintUnits.</summary>
    /// <param name="findings">What the linter says; the loader's findings are among them.</param>
    public static void WriteLint(
        Utf8JsonWriter json, UnitDefinition unit, IReadOnlyList<Diagnostic> findings)
    {
        json.WriteStartObject();
        json.WriteString("unit"u8, unit.Name.Value);
        json.WriteString("loadState"u8, ModelWords.Of(unit.LoadState));
        json.WriteString("loadError"u8, unit.LoadError);
        json.WriteString("path"u8, unit.FragmentPath);
        json.WriteStartArray("findings"u8);
        foreach (Diagnostic finding in findings)
            WriteFinding(json, finding);
        json.WriteEndArray();
        json.WriteStartArray("unhonoured"u8);
        foreach (UnhonouredDirective directive in unit.Unhonoured)
            WriteUnhonoured(json, directive);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Writes a string array.</summary>
    public static void WriteTexts(
        Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }

    /// <summary>Writes an array of unit names.</summary>
    public static void WriteNames(
        Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<UnitName> units)
    {
        json.WriteStartArray(name);
        foreach (UnitName unit in units)
            json.WriteStringValue(unit.Value);
        json.WriteEndArray();
    }

    /// <summary>True when only privileged readers see the value of this key.</summary>
    public static bool IsWithheld(string key) =>
        Array.Exists(Withheld, w => string.Equals(w, key, StringComparison.Ordinal));

    private static void WriteFinding(Utf8JsonWriter json, Diagnostic finding)
    {
        json.WriteStartObject();
        json.WriteString("severity"u8, ModelWords.Of(finding.Severity));
        json.WriteString("source"u8, finding.Location.ToString());
        json.WriteNumber("column"u8, finding.Location.Column);
        json.WriteString("directive"u8, finding.Directive);
        json.WriteString("message"u8, finding.Message);
        json.WriteString("sourceLine"u8, finding.SourceLine);
        json.WriteEndObject();
    }

    private static void WriteUnhonoured(Utf8JsonWriter json, UnhonouredDirective directive)
    {
        json.WriteStartObject();
        json.WriteString("section"u8, directive.Section);
        json.WriteString("key"u8, directive.Key);
        json.WriteString("treatment"u8, ModelWords.Of(directive.Treatment));
        json.WriteString("reason"u8, directive.Reason);
        json.WriteBoolean("security"u8, directive.IsSecurity);
        json.WriteString("source"u8, directive.Source.ToString());
        json.WriteEndObject();
    }
}
