using System.Text;
using InitTx.Units.Loading;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Units.Tests.Loading;

/// <summary>
/// A unit path written as text: <c>path</c> and content, <c>path -> target</c> for links. Paths
/// without a directory stand in /etc/systemd/system.
/// </summary>
internal sealed class TextTree
{
    public const string Etc = "/etc/systemd/system";
    public const string Usr = "/usr/lib/systemd/system";
    private readonly Dictionary<string, List<UnitTreeEntry>> _entries =
        new() { [Etc] = [], [Usr] = [] };
    private readonly Dictionary<string, Dictionary<string, List<UnitTreeEntry>>> _folders =
        new() { [Etc] = [], [Usr] = [] };

    public static readonly SpecifierContext Facts = new()
    {
        HostName = "host.example.org",
        MachineId = "0123456789abcdef0123456789abcdef",
        BootId = "fedcba9876543210fedcba9876543210",
        KernelRelease = "6.1.0-test",
        OsRelease = new Dictionary<string, string> { ["ID"] = "debian", ["VERSION_ID"] = "12" },
    };

    public TextTree File(string path, string text) =>
        Add(path, UnitTreeEntry.OfFile("x", Encoding.UTF8.GetBytes(text)));

    public TextTree File(string path, byte[] bytes) => Add(path, UnitTreeEntry.OfFile("x", bytes));

    public TextTree Link(string path, string target) =>
        Add(path, UnitTreeEntry.OfLink("x", target));

    /// <summary>A link to what is not there.</summary>
    public TextTree DeadLink(string path, string target) =>
        Add(path, UnitTreeEntry.OfLink("x", target, exists: false));

    public TextTree Mask(string path) => Add(path, UnitTreeEntry.OfMask("x"));

    public UnitFileTree Build() => UnitFileTree.Of(
        [.. new[] { Etc, Usr }.Select(d => new UnitTreeDirectory(
            d, _entries[d], [.. _folders[d].Select(f => new UnitTreeFolder(f.Key, f.Value))]))]);

    public UnitLoader Loader(ManagerScope scope = ManagerScope.System) =>
        new(Build(), Facts with { Scope = scope }, LoadLimits.Default);

    public UnitDefinition Load(string name) => Loader().Load(UnitName.Parse(name));

    /// <summary>One service whose [Service] section is the text.</summary>
    public static UnitDefinition Service(string text, string name = "a.service") =>
        new TextTree().File(name, "[Service]\nType=oneshot\n" + text).Load(name);

    private TextTree Add(string path, UnitTreeEntry entry)
    {
        string full = path.StartsWith('/') ? path : $"{Etc}/{path}";
        string directory = full.StartsWith(Usr, StringComparison.Ordinal) ? Usr : Etc;
        string[] rest = full[(directory.Length + 1)..].Split('/');
        if (rest.Length == 1)
        {
            _entries[directory].Add(entry with { Name = rest[0] });
            return this;
        }

        if (!_folders[directory].TryGetValue(rest[0], out List<UnitTreeEntry>? list))
            _folders[directory].Add(rest[0], list = []);
        list.Add(entry with { Name = rest[1] });
        return this;
    }
}
