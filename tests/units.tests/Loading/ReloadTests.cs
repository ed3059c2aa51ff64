using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Units.Tests.Loading;

/// <summary>
/// Reading again: only what changed is opened and parsed, and the outcome is that of reading
/// everything.
/// </summary>
public sealed class ReloadTests
{
    private static readonly string[] Names =
    [
        "a.service", "b.service", "c.socket", "d.target", "e.target", "t@.service", "srv.mount",
        "f.timer", "g.path", "s.slice", "u@.socket",
    ];

    private static readonly string[] Asked =
    [
        "a.service", "b.service", "c.socket", "c.service", "d.target", "e.target", "t@one.service",
        "srv.mount", "f.timer", "f.service", "g.path", "s.slice", "u@x.socket", "u@x.service",
        "x.service", "nope.service",
    ];

    private static readonly string[] Lines =
    [
        "[Unit]\nAfter=b.service", "[Unit]\nWants=x.service d.target", "[Unit]\nRequires=c.socket",
        "[Unit]\nDefaultDependencies=no", "[Unit]\nBefore=e.target", "[Service]\nExecStart=/bin/a",
        "[Service]\nSockets=c.socket", "[Socket]\nService=b.service", "[Socket]\nListenStream=1",
        "[Unit]\nRequiresMountsFor=/srv/x", "[Timer]\nUnit=x.service", "[Path]\nPathExists=/srv/y",
        "[Mount]\nWhat=/dev/x\nWhere=/srv", "[Service]\nNonsense", "[Unit]\nDescription=%i",
    ];

    [Test]
    public void Taking_over_what_did_not_change_gives_what_reading_everything_gives()
    {
        int seed = int.Parse(Environment.GetEnvironmentVariable("INITX_SEED") ?? "7");
        var random = new Random(seed);
        int takenOver = 0;
        for (int tree = 0; tree < 150; tree++)
        {
            var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
            for (int i = 0; i < 14; i++)
                Edit(random, files);
            UnitLoader loader = Loader(files, null);
            Load(loader);
            for (int reload = 0; reload < 6; reload++)
            {
                for (int edits = random.Next(3); edits >= 0; edits--)
                    Edit(random, files);
                loader = Loader(files, loader);
                takenOver += loader.TakenOver;
                Assert.That(Load(loader), Is.EqualTo(Load(Loader(files, null))),
                    $"INITX_SEED={seed} tree {tree} reload {reload}: {string.Join(", ", files)}");
            }
        }

        Assert.That(takenOver, Is.GreaterThan(1_000), "nothing was taken over");
    }

    [Test]
    public void One_changed_service_is_parsed_and_the_others_are_taken_over()
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (int i = 0; i < 100; i++)
            files[$"n{i}.service"] = "[Service]\nExecStart=/bin/true\n";
        UnitLoader first = Loader(files, null);
        foreach (string name in files.Keys)
            first.Load(UnitName.Parse(name));
        files["n7.service"] = "[Service]\nExecStart=/bin/false\n";
        UnitLoader second = Loader(files, first);
        Assert.That(second.TakenOver, Is.EqualTo(99));
        Assert.That(second.Load(UnitName.Parse("n8.service")),
            Is.SameAs(first.Load(UnitName.Parse("n8.service"))));
        Assert.That(second.Load(UnitName.Parse("n7.service")).Service!.ExecStart[0].ToString(),
            Does.Contain("/bin/false"));
    }

    [Test]
    public void Only_files_with_another_stamp_are_opened_again()
    {
        string directory = Directory.CreateTempSubdirectory("initx-reload-").FullName;
        try
        {
            for (int i = 0; i < 20; i++)
                File.WriteAllText(Path.Combine(directory, $"n{i}.service"), $"[Unit]\n# {i}\n");
            var stamps = new Dictionary<string, ulong>();
            var memory = new FileMemory(path =>
                new FileStamp(1, stamps.GetValueOrDefault(path), 0, 0, 0));
            DirectoryUnitSource.Read([directory], LoadLimits.Default, memory: memory);
            Assert.That((memory.Opened, memory.Known), Is.EqualTo((20, 0)));
            string changed = Path.Combine(directory, "n3.service");
            File.WriteAllText(changed, "[Unit]\n# other\n");
            stamps[changed] = 9;
            UnitFileTree tree =
                DirectoryUnitSource.Read([directory], LoadLimits.Default, memory: memory);
            Assert.That((memory.Opened, memory.Known), Is.EqualTo((1, 19)));
            UnitTreeEntry entry = tree.Directories[0].Entries.Single(e => e.Name == "n3.service");
            Assert.That(Encoding.UTF8.GetString(entry.Content.Span), Does.Contain("other"));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Test]
    public void A_file_without_a_certain_stamp_is_opened_each_time()
    {
        string directory = Directory.CreateTempSubdirectory("initx-reload-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(directory, "a.service"), "[Unit]\n");
            var memory = new FileMemory(_ => null);
            for (int i = 0; i < 2; i++)
            {
                DirectoryUnitSource.Read([directory], LoadLimits.Default, memory: memory);
                Assert.That((memory.Opened, memory.Known), Is.EqualTo((1, 0)));
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static void Edit(Random random, SortedDictionary<string, string> files)
    {
        string name = Names[random.Next(Names.Length)];
        string text = string.Join('\n', Enumerable.Range(0, random.Next(4)).Select(
            _ => Lines[random.Next(Lines.Length)])) + "\n";
        switch (random.Next(8))
        {
            case 0:
                files.Remove(name);
                break;
            case 1:
                files[$"{name}.d/{random.Next(2)}.conf"] = text;
                break;
            case 2:
                files[$"d.target.wants/{name}"] = $"-> {TextTree.Etc}/{name}";
                break;
            case 3:
                string target = random.Next(2) == 0 ? "a.service" : "b.service";
                files["x.service"] = $"-> {TextTree.Etc}/{target}";
                break;
            case 4:
                files.Remove(files.Keys.ElementAtOrDefault(random.Next(files.Count + 1)) ?? "");
                break;
            default:
                files[name] = text;
                break;
        }
    }

    private static UnitLoader Loader(SortedDictionary<string, string> files, UnitLoader? earlier)
    {
        var tree = new TextTree();
        foreach ((string path, string text) in files)
        {
            if (text.StartsWith("-> ", StringComparison.Ordinal))
                tree.Link(path, text[3..]);
            else
                tree.File(path, text);
        }

        return new UnitLoader(tree.Build(), TextTree.Facts, LoadLimits.Default, null, earlier);
    }

    private static string Load(UnitLoader loader) => string.Join('\n', Asked.Select(
        n => JsonSerializer.Serialize(loader.Load(UnitName.Parse(n)), Options)));

    private static readonly JsonSerializerOptions Options =
        new() { Converters = { new NameText() } };

    // A name as its text: it leads to its template, which leads to itself.
    private sealed class NameText : JsonConverter<UnitName>
    {
        public override UnitName Read(
            ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            throw new NotSupportedException();

        public override void Write(
            Utf8JsonWriter writer, UnitName value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.Value);
    }
}
