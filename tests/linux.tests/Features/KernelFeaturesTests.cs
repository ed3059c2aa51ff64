using System.Text.RegularExpressions;
using InitTx.Linux.Features;
using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests.Features;

[TestFixture]
public sealed class KernelFeaturesTests
{
    private const string Regenerate = "INITTX_REGENERATE";

    [Test]
    public void The_kernel_page_is_what_the_code_says()
    {
        string path = Path.Combine(Root(), "docs", "generated", "kernel.md");
        string expected = KernelFeatures.ToMarkdown();
        if (Environment.GetEnvironmentVariable(Regenerate) == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, expected);
        }

        Assert.That(
            File.Exists(path) ? File.ReadAllText(path) : "",
            Is.EqualTo(expected),
            $"{Regenerate}=1 dotnet test tests/linux.tests --filter KernelFeaturesTests writes it");
    }

    [Test]
    public void Each_row_names_tests_that_are_there()
    {
        Dictionary<string, string> layers = new()
        {
            ["linux"] = "tests/linux.tests",
            ["ns"] = "tests/namespaces",
            ["vm"] = "tests/vm",
        };
        Assert.Multiple(() =>
        {
            foreach (var feature in KernelFeatures.All)
            {
                Assert.That(feature.Tests, Is.Not.Empty, feature.Name);
                foreach (var test in feature.Tests)
                {
                    string folder = Path.Combine(Root(), layers[test.Layer]);
                    Assert.That(
                        Directory.EnumerateFiles(
                                folder, test.Class + ".cs", SearchOption.AllDirectories)
                            .Any(file => HasTest(File.ReadAllText(file), test.Method)),
                        $"{feature.Name}: {test}");
                }
            }
        });
    }

    /// <summary>A public method of that name with an attribute of NUnit right before it.</summary>
    private static bool HasTest(string source, string method) => Regex.IsMatch(
        source, $@"\[Test[^\n]*\]\s*\n\s*public void {Regex.Escape(method)}\(");

    [Test]
    public void Probing_leaves_nothing_behind_and_says_the_same_twice()
    {
        var before = OpenDescriptors.Snapshot();
        var first = KernelFeatures.All.Select(feature => feature.Probe()).ToList();
        var second = KernelFeatures.All.Select(feature => feature.Probe()).ToList();
        Assert.That(second, Is.EqualTo(first));
        Assert.That(OpenDescriptors.NewSince(before), Is.Empty);
        int missing = first.Count(state => state == FeatureState.Missing);
        Assert.That(KernelFeatures.Missing(), Has.Count.EqualTo(missing));
    }

    [TestCase("pidfd_open(2)", 5, 3)]
    [TestCase("pidfd_send_signal(2)", 5, 1)]
    [TestCase("waitid(2) P_PIDFD", 5, 4)]
    [TestCase("openat2(2)", 5, 6)]
    [TestCase("close_range(2)", 5, 9)]
    [TestCase("memfd_create MFD_EXEC, MFD_NOEXEC_SEAL", 6, 3)]
    [TestCase("SO_PEERPIDFD", 6, 5)]
    [TestCase("SO_PASSRIGHTS", 6, 16)]
    [TestCase("tmpfs noswap", 6, 4)]
    public void An_unrestricted_kernel_has_what_its_version_brought(
        string name, int major, int minor)
    {
        string[] parts = File.ReadAllText("/proc/sys/kernel/osrelease").Split('.', '-');
        var running = new Version(int.Parse(parts[0]), int.Parse(parts[1]));
        var state = KernelFeatures.All.Single(feature => feature.Name == name).Probe();
        if (running < new Version(major, minor))
            Assert.That(state, Is.Not.EqualTo(FeatureState.Present));
        else
            Assert.That(state, Is.Not.EqualTo(FeatureState.Missing));
    }

    private static string Root()
    {
        string? directory = TestContext.CurrentContext.TestDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "InitTx.sln")))
            directory = Path.GetDirectoryName(directory);
        return directory ?? throw new InvalidOperationException(
            "InitTx.sln is not above the tests");
    }
}
