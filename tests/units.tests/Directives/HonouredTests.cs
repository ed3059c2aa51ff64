using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using InitTx.Units.Directives;
using InitTx.Units.Model;
using InitTx.Units.Tests.Loading;

namespace InitTx.Units.Tests.Directives;

/// <summary>
/// "Honoured" is a claim about what runs: each such directive changes the definition, and what it
/// changes there is read by the engine, the manager, the helper or the command line, not only by
/// the parser that wrote it. What initx-exec is told by a name must be read there by that name.
/// </summary>
public sealed class HonouredTests
{
    private static readonly string[] Rooms =
        ["engine/core", "engine/init", "engine/exec", "engine/linux", "units/Install"];

    // What only describes has done its duty when it is shown.
    private static readonly string[] ShownIn = ["engine/answers", "cli"];

    // Values that are tried until one of them changes something.
    private static readonly string[] Values =
    [
        "yes", "no", "7", "/run/x", "x.service", "x.target", "x.socket", "x.slice", "on-failure",
        "oneshot", "all", "process", "SIGUSR1", "reboot", "X=1", "x", "null", "fail", "isolate",
        "0700", "1:2", "/bin/x", "both", "1min", "main", "restart", "TERM", "ipv6-only",
        "tty", "socket", "warn", "man:x(1)", "-.slice", "CAP_KILL", "noroot", "@clock", "AF_UNIX",
        "native", "EPERM", "strict", "noaccess", "pid", "private", "idle", "/dev/null rw", "a:b",
        "x86-64", "slave", "eA==", "notice", "abort", "cgroup", "/x", "sctp", "us",
        "inactive-or-failed", "cpu", "0", "100", "20%", "/dev/sda 100", "continue", "verb /bin/x",
        "any", "preferred", "init",
    ];

    private static readonly JsonSerializerOptions Options = new() { Converters = { new Text() } };

    private static readonly Lazy<string> Runs = new(() => Read(Rooms));
    private static readonly Lazy<string> Shows = new(() => Read([.. Rooms, .. ShownIn]));

    private static string Read(string[] rooms) => string.Join('\n', rooms.SelectMany(
        room => Directory.EnumerateFiles(
            Path.Combine(SourceRoot.Path, room), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/") && !f.Contains("/bin/"))).Select(File.ReadAllText));

    public static IEnumerable<DirectiveRow> Honoured => DirectiveTable.All.Where(
        r => r.Treatment is DirectiveTreatment.Honoured or DirectiveTreatment.Approximated);

    [TestCaseSource(nameof(Honoured))]
    public void What_an_honoured_directive_says_is_read_outside_the_parser(DirectiveRow row)
    {
        List<string> changed = [];
        foreach (string value in Values)
        {
            changed.AddRange(Changes(row, value));
            if (changed.Exists(m => IsRead(row, m)))
                return;
        }

        Assert.Fail(changed.Count == 0
            ? $"[{row.Section}] {row.Key}= changes nothing in the definition"
            : $"[{row.Section}] {row.Key}= changes {string.Join(", ", changed.Distinct())}, which "
                + $"no file of {string.Join(", ", Rooms)} reads");
    }

    // A member counts as read where it is taken from something, or matched in a pattern; a kind of
    // edge or condition where it is named.
    private static bool IsRead(DirectiveRow row, string member)
    {
        bool shown = row.Class == DirectiveClass.Metadata;
        string sources = (shown ? Shows : Runs).Value;
        return (shown && sources.Contains($"\"{member}\"", StringComparison.Ordinal))
            || (member.StartsWith('"')
                ? sources.Contains(member, StringComparison.Ordinal)
                : Regex.IsMatch(sources, $@"(\.|[{{,]\s*){member}\b(?!\s*=[^=])"));
    }

    private static List<string> Changes(DirectiveRow row, string value)
    {
        JsonNode without = Load(row, $"# {row.Key}={value}");
        JsonNode with = Load(row, $"{row.Key}={value}");
        List<string> names = [];
        Compare(without, with, "", names);
        return names;
    }

    private static JsonNode Load(DirectiveRow row, string line)
    {
        string kind = row.Section switch
        {
            "Unit" or "Install" or "X-InitTx" => "service",
            _ => row.Section.ToLowerInvariant(),
        };
        string body = kind switch
        {
            "service" => "[Service]\nExecStart=/bin/a\nExecStartPre=/bin/b\nRestart=on-failure\n",
            "socket" => "[Socket]\nListenStream=/run/a\nAccept=no\n",
            _ => "[Unit]\nDescription=d\n",
        };
        UnitDefinition unit = new TextTree()
            .File($"a.{kind}", $"{body}[{row.Section}]\n{line}\n").Load($"a.{kind}");
        JsonNode node = JsonSerializer.SerializeToNode(unit, Options)!;
        foreach (string key in (string[])["Settings", "Diagnostics", "ContentDigest"])
            node.AsObject().Remove(key);
        return node;
    }

    private static void Compare(JsonNode? before, JsonNode? after, string name, List<string> names)
    {
        if (JsonNode.DeepEquals(before, after))
            return;
        if (before is JsonObject b && after is JsonObject a)
        {
            foreach ((string key, JsonNode? value) in a)
                Compare(b[key], value, key, names);
            return;
        }

        if (name is "Dependencies" or "Conditions" or "Setup")
        {
            names.AddRange(Kinds(after!.AsArray(), before!.AsArray(), name));
            names.AddRange(Kinds(before!.AsArray(), after!.AsArray(), name));
        }
        else
            names.Add(name);
    }

    private static IEnumerable<string> Kinds(JsonArray after, JsonArray before, string name)
    {
        foreach (JsonNode? item in after)
        {
            if (before.Any(other => JsonNode.DeepEquals(other, item)))
                continue;
            yield return name == "Setup" ? $"\"{item!["Key"]}\""
                : name == "Conditions" ? $"\"{item!["Type"]}\""
                : $"\"{(DependencyKind)(int)item!["Kind"]!}\"".Replace("\"", "");
        }
    }

    private sealed class Text : JsonConverter<UnitName>
    {
        public override UnitName Read(
            ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            throw new NotSupportedException();

        public override void Write(
            Utf8JsonWriter writer, UnitName value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.Value);
    }
}
