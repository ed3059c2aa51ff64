using InitTx.Units.Model;

namespace InitTx.Units.Install;

/// <summary>What the presets say about a unit.</summary>
/// <param name="Enable">True when nothing says otherwise.</param>
/// <param name="Instances">For a template: the instances to enable; empty for its default.</param>
public readonly record struct PresetAnswer(bool Enable, IReadOnlyList<UnitName> Instances);

/// <summary>
/// The rules of preset files in force (systemd.preset(5)): lines <c>enable PATTERN [INSTANCE…]</c>
/// and <c>disable PATTERN</c>; the first line that matches counts; what none matches is enabled.
/// </summary>
public sealed class PresetRules
{
    private const int MaxRules = 65_536;
    private static readonly char[] Blanks = [' ', '\t', '\r'];
    private readonly List<(bool Enable, string Pattern, string[] Instances)> _rules = [];
    private readonly List<Diagnostic> _findings = [];
    private readonly Func<string, string, bool> _matches;

    /// <param name="files">Path and text, in the order of their names.</param>
    /// <param name="matches">Whether a shell pattern (first) matches a name (second).</param>
    public PresetRules(
        IReadOnlyList<(string Path, string Text)> files, Func<string, string, bool> matches)
    {
        _matches = matches;
        foreach ((string path, string text) in files)
            Read(path, text);
    }

    /// <summary>Lines that are no rules.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics => _findings;

    /// <summary>The first rule for a unit.</summary>
    public PresetAnswer Of(UnitName name)
    {
        foreach ((bool enable, string pattern, string[] instances) in _rules)
        {
            if (instances.Length > 0 && name.IsInstance)
            {
                // A rule with instances says "enable" of those, and nothing of others.
                if (_matches(pattern, name.Template.Value)
                    && Array.IndexOf(instances, name.Instance) >= 0)
                    return new PresetAnswer(enable, []);
                continue;
            }

            if (_matches(pattern, name.Value))
                return new PresetAnswer(enable, enable ? Named(name, instances) : []);
        }

        return new PresetAnswer(true, []);
    }

    private static List<UnitName> Named(UnitName template, string[] instances)
    {
        List<UnitName> names = [];
        foreach (string instance in instances)
        {
            if (template.WithInstance(instance) is { } name)
                names.Add(name);
        }

        return names;
    }

    private void Read(string path, string text)
    {
        int number = 0;
        foreach (string raw in text.Split('\n'))
        {
            number++;
            string line = raw.Trim(Blanks);
            if (line.Length == 0 || line[0] is '#' or ';')
                continue;
            string[] words = line.Split(Blanks, StringSplitOptions.RemoveEmptyEntries);
            if (Fault(words) is not { } fault)
                _rules.Add((words[0] == "enable", words[1], words[2..]));
            else
                _findings.Add(new Diagnostic(
                    DiagnosticSeverity.Warning, new SourceLocation(path, number), "", fault));
        }
    }

    private string? Fault(string[] words)
    {
        if (_rules.Count >= MaxRules)
            return $"more than {MaxRules} rules; ignored";
        if (words[0] is not ("enable" or "disable"))
            return $"'{words[0]}' is neither enable nor disable; ignored";
        if (words.Length == 1)
            return $"{words[0]} needs a unit's name or a pattern; ignored";
        if (words.Length == 2)
            return null;
        if (words[0] == "disable")
            return "disable takes one name; ignored";
        return UnitName.TryParse(words[1], out UnitName name) && name.IsTemplate
            ? null
            : $"instances can be given for a template only, '{words[1]}' is none; ignored";
    }
}
