using System.Security.Cryptography;
using System.Text;
using InitTx.Oracle.Tests.Judge;

namespace InitTx.Oracle.Tests.Cases;

/// <summary>
/// The plan of the whole boot as the shipped <c>initx plan start multi-user.target --json</c>
/// prints it is the same, byte for byte, in whatever order the directories name their files.
/// </summary>
public sealed class ShuffleTests
{
    private static readonly int Seed = SystemdRoot.Setting("INITX_SEED", 1);
    private static readonly int Times = Corpus.IsNightly ? 1000 : 20;

    [Test]
    public void The_plan_of_the_boot_does_not_depend_on_the_order_of_directories()
    {
        using WorkDirectory boot = BootTree.Make();

        // A tmpfs names files in the order in which they were made, the last one first.
        string work = $"/dev/shm/{Path.GetFileName(boot.Path)}";
        try
        {
            List<(string Path, string? Target)> entries = Entries(boot.Path, work);
            var random = new Random(Seed);
            var orders = new HashSet<string>(StringComparer.Ordinal);
            var digests = new HashSet<string>(StringComparer.Ordinal);
            int length = 0;
            for (int i = 0; i < Times; i++)
            {
                Make(work, entries, random);
                string lib = $"{work}/usr/lib/systemd/system";
                orders.Add(string.Join(' ', Directory.EnumerateFileSystemEntries(lib).Take(50)));
                string json = Plan(work);
                length = json.Length;
                digests.Add(Convert.ToHexStringLower(
                    SHA256.HashData(Encoding.UTF8.GetBytes(json))));
                Assert.That(digests, Has.Count.EqualTo(1), $"INITX_SEED={Seed}, order {i}");
            }

            Assert.That(length, Is.GreaterThan(100_000));
            Assert.That(orders, Has.Count.EqualTo(Times), "the orders were not different");
            TestContext.Progress.WriteLine(
                $"figure: oracle shuffled: initx plan in {Times} orders of the directories, "
                + $"{length} characters, one digest: {digests.Single()[..16]}");
        }
        finally
        {
            if (Directory.Exists(work))
                Directory.Delete(work, recursive: true);
        }
    }

    // Files are kept beside and linked into each new tree; links lead to what is in it.
    private static List<(string Path, string? Target)> Entries(string from, string work)
    {
        List<(string, string?)> entries = [];
        foreach (string entry in Directory.EnumerateFileSystemEntries(
            from, "*", SearchOption.AllDirectories))
        {
            string name = entry[(from.Length + 1)..];
            if (new FileInfo(entry).LinkTarget is { } link)
            {
                entries.Add((name, link.Replace(from, work, StringComparison.Ordinal)));
            }
            else if (File.Exists(entry))
            {
                string kept = $"{work}/kept/{name}";
                Directory.CreateDirectory(Path.GetDirectoryName(kept)!);
                File.Copy(entry, kept);
                entries.Add((name, null));
            }
        }

        return entries;
    }

    private static void Make(
        string work, List<(string Path, string? Target)> entries, Random random)
    {
        foreach (string folder in new[] { "etc", "usr" })
        {
            if (Directory.Exists($"{work}/{folder}"))
                Directory.Delete($"{work}/{folder}", recursive: true);
        }

        (string Path, string? Target)[] order = [.. entries];
        random.Shuffle(order);
        foreach ((string name, string? target) in order)
        {
            string file = $"{work}/{name}";
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            if (target is not null)
                File.CreateSymbolicLink(file, target);
            else
                File.Copy($"{work}/kept/{name}", file);
        }
    }

    private static string Plan(string root) => Initx.Run(
    [
        "plan", "start", BootTree.Goal, "--json",
        $"--unit-path={root}/etc/systemd/system:{root}/usr/lib/systemd/system",
    ], 0).Output;
}
