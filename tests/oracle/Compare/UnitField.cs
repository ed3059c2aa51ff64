using InitTx.Oracle.Tests.Judge;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Oracle.Tests.Compare;

/// <summary>
/// One comparable field: our value in a form of its own, or null where the unit has no such field,
/// and systemd's in the same form.
/// </summary>
internal sealed record UnitField(
    string Name, Func<UnitDefinition, string?> Ours, Func<DumpUnit, string?> Theirs)
{
    /// <summary>A field that is printed on one line and compared as it is.</summary>
    public static UnitField Plain(string name, Func<UnitDefinition, string?> ours) =>
        new(name, ours, u => u.One(name) ?? "");

    public static UnitField YesNo(string name, Func<UnitDefinition, bool?> ours) =>
        Plain(name, u => ours(u) is { } value ? (value ? "yes" : "no") : null);

    /// <summary>An octal mode.</summary>
    public static UnitField Mode(string name, Func<UnitDefinition, int?> ours) =>
        Plain(name, u => ours(u) is { } mode ? Convert.ToString(mode, 8).PadLeft(4, '0') : null);

    /// <summary>Lines in no certain order.</summary>
    public static UnitField Set(string name, Func<UnitDefinition, IEnumerable<string>?> ours) =>
        new(name, u => ours(u) is { } list ? Sorted(list) : null, u => Sorted(u.All(name)));

    /// <summary>
    /// A time span. The dump shortens what is long (1min 30.5s is 1min 30s), so ours is cut to
    /// what it shows.
    /// </summary>
    public static UnitField Time(
        string name, Func<UnitDefinition, long?> ours, string? label = null)
    {
        string key = label ?? name;
        return new(name, u => ours(u) is { } us ? Span(us) : null, u =>
            u.One(key) is { Length: > 0 } text
                ? DurationParser.TryParse(text, out long us) ? Span(us) : text
                : Span(ServiceSettings.Infinity));
    }

    public static UnitField Words(
        string name, Func<UnitDefinition, IReadOnlyList<ExecCommand>?> ours) =>
        new(name,
            u => ours(u) is { } list
                ? string.Join(" ; ", list.Select(c => string.Join('|', c.Arguments))) : null,
            u => u.Commands.TryGetValue(name, out List<string[]>? list)
                ? string.Join(" ; ", list.Select(c => string.Join('|', c))) : "");

    public static string Sorted(IEnumerable<string> lines) =>
        string.Join('\n', lines.Distinct().Order(StringComparer.Ordinal));

    public static string Span(long us) => us == ServiceSettings.Infinity ? "infinity"
        : us < 1_000_000 ? $"{us} us" : $"{us / 1_000_000} s";
}
