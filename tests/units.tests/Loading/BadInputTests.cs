using System.Diagnostics;
using System.Text;
using InitTx.Units.Lint;
using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Units.Tests.Loading;

/// <summary>Files that are wrong: each is named with file and line, and the others load.</summary>
public sealed class BadInputTests
{
    private const string Run = "[Service]\nExecStart=/bin/true\n";

    [TestCase(Run + "Frobnicate=yes\n", "loaded",
        "bad.service:3:1: warning: Frobnicate=: unknown key")]
    [TestCase(Run + "B=1\0C=2\n", "loaded", "bad.service:3: warning: NUL byte")]
    [TestCase("[Service]\nExecStart=\"/bin/x\n", "bad-setting",
        "bad.service:2:11: warning: ExecStart=: a quote")]
    [TestCase("[Service]\nExecStart=/bin/a \"b\n", "bad-setting",
        "bad.service:2:18: error: ExecStart=: a quote")]
    [TestCase("[Service\nExecStart=/bin/x\n", "error",
        "bad.service:1:1: error: invalid section header")]
    [TestCase("garbage\n", "bad-setting", "bad.service:1:1: warning: assignment before any")]
    public void A_fault_is_named_with_its_place_and_other_units_load(
        string text, string state, string finding)
    {
        var loader = new TextTree().File("bad.service", text).File("good.service", Run).Loader();
        UnitDefinition bad = loader.Load(UnitName.Parse("bad.service"));
        Assert.That(bad.LoadState.ToString(), Is.EqualTo(state.Replace("-", "")).IgnoreCase);
        Assert.That(bad.Diagnostics.Select(DiagnosticText.Render), Has.Some.Contains(finding));
        if (bad.LoadState != UnitLoadState.Loaded)
            Assert.That(bad.LoadError, Does.Contain("bad.service"));
        Assert.That(loader.Load(UnitName.Parse("good.service")).LoadState,
            Is.EqualTo(UnitLoadState.Loaded));
    }

    [Test]
    public void A_line_of_a_megabyte_and_more_breaks_the_file_by_name()
    {
        UnitDefinition unit = new TextTree()
            .File("bad.service", Run + "Environment=A=" + new string('x', 1 << 20) + "\n")
                .Load("bad.service");
        Assert.That(unit.LoadState, Is.EqualTo(UnitLoadState.Error));
        Assert.That(unit.LoadError, Does.StartWith("/etc/systemd/system/bad.service:3: line "
            + "longer than 1048576"));
    }

    [Test]
    public void A_file_without_permission_is_an_error_by_name_and_others_load()
    {
        string root = Directory.CreateTempSubdirectory("initx-perm-").FullName;
        try
        {
            File.WriteAllText($"{root}/bad.service", Run);
            File.WriteAllText($"{root}/good.service", Run);
            File.WriteAllText($"{root}/huge.service", new string('x', 3000));

            // Root reads everything, so a limit stands in where a mode cannot be tried.
            File.SetUnixFileMode($"{root}/bad.service", UnixFileMode.None);
            bool privileged = Environment.IsPrivilegedProcess;
            UnitFileTree tree = DirectoryUnitSource.Read([root],
                LoadLimits.Default with { MaxFileBytes = 2000 });
            var loader = new UnitLoader(tree, TextTree.Facts, LoadLimits.Default);
            UnitDefinition bad =
                loader.Load(UnitName.Parse(privileged ? "huge.service" : "bad.service"));
            Assert.That(bad.LoadState, Is.EqualTo(UnitLoadState.Error));
            Assert.That(bad.LoadError, Does.StartWith($"{root}/").And.Contains("cannot be read"));
            Assert.That(loader.Diagnostics, Is.Not.Empty);
            Assert.That(loader.Load(UnitName.Parse("good.service")).LoadState,
                Is.EqualTo(UnitLoadState.Loaded));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [TestCase("ExecStartPre=/bin/x a b c\n", 20_000)]
    [TestCase("Environment=A=1\nEnvironment=\n", 20_000)]
    [TestCase("After=b.service c.service\n", 20_000)]
    [TestCase("Nonsense=1\n", 20_000)]
    [TestCase("RuntimeDirectory=a b c\nRuntimeDirectory=\n", 20_000)]
    [TestCase("User=u\n", 20_000)]
    public void A_file_of_very_many_lines_costs_linear_time(string line, int times)
    {
        var text = new StringBuilder("[Unit]\n"
            + (line.StartsWith("After", StringComparison.Ordinal) ? ""
            : "[Service]\nType=oneshot\nExecStart=/bin/true\n"));
        while (text.Length < times * line.Length && text.Length < 3_900_000)
            text.Append(line);
        var clock = Stopwatch.StartNew();
        UnitDefinition unit = new TextTree().File("a.service", text.ToString()).Load("a.service");
        TestContext.Out.WriteLine($"{text.Length} characters, {clock.ElapsedMilliseconds} ms, "
            + $"{unit.LoadState}");
        Assert.That(unit.Diagnostics.Count,
            Is.LessThanOrEqualTo(2 * LoadLimits.Default.MaxDiagnostics + 1));
    }

    // Sixteen thousand findings about one long line once quoted it sixteen thousand times.
    [Test]
    public void A_finding_that_is_not_kept_does_not_quote_its_line()
    {
        long few = Allocated(4_000), many = Allocated(16_000);
        Assert.That((many - few) / 12_000, Is.LessThan(900), "bytes for each further finding");

        static long Allocated(int words)
        {
            UnitLoader loader = new TextTree().File("a.target",
                "[Unit]\nWants=" + string.Join(' ', Enumerable.Repeat("0", words))).Loader();
            long before = GC.GetAllocatedBytesForCurrentThread();
            UnitDefinition unit = loader.Load(UnitName.Parse("a.target"));
            Assert.That(unit.Diagnostics, Has.Count.EqualTo(
                LoadLimits.Default.MaxDiagnostics + 1));
            Assert.That(unit.Diagnostics[^1].Message,
                Is.EqualTo($"{words - LoadLimits.Default.MaxDiagnostics} more findings from here "
                    + "on"));
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Test]
    public void Ten_thousand_drop_ins_and_links_are_cut_at_the_limit()
    {
        var tree = new TextTree().File("a.service", Run)
            .File("a.target", "[Unit]\nDescription=x\n");
        for (int i = 0; i < 2000; i++)
        {
            tree.File($"a.service.d/{i:d5}.conf", "[Unit]\nWants=b.service\n");
            tree.Link($"a.target.wants/x{i}.service", $"/etc/systemd/system/x{i}.service");
        }

        var loader = tree.Loader();
        UnitDefinition unit = loader.Load(UnitName.Parse("a.service"));
        Assert.That(unit.DropInPaths, Has.Count.EqualTo(LoadLimits.Default.MaxDropIns));
        Assert.That(unit.Diagnostics.Single().Message, Does.Contain("more than 1024 drop-ins"));
        Assert.That(loader.Load(UnitName.Parse("a.target")).Dependencies.Count(d =>
            d.Kind == DependencyKind.Wants),
            Is.EqualTo(2000));
    }
}
