using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Units.Tests.Loading;

/// <summary>The units of docs/examples: what newcomers copy must be without a fault.</summary>
public sealed class ExampleTests
{
    private static readonly string Folder = Path.Combine(SourceRoot.Path, "docs", "examples");

    public static IEnumerable<string> Units => Directory.EnumerateFiles(Folder)
        .Select(f => Path.GetFileName(f)!).Where(f => UnitName.TryParse(f, out _)).Order();

    [TestCaseSource(nameof(Units))]
    public void An_example_loads_without_a_finding_and_is_fully_honoured(string file)
    {
        UnitDefinition unit = Load(file);
        Assert.That(unit.LoadState, Is.EqualTo(UnitLoadState.Loaded), unit.LoadError);
        Assert.That(unit.Diagnostics.Select(d => $"{d.Location}: {d.Message}"), Is.Empty);
        Assert.That(unit.Unhonoured.Select(u => $"{u.Source}: {u.Key}: {u.Reason}"), Is.Empty);
    }

    [Test]
    public void The_examples_show_every_service_type_that_this_version_runs()
    {
        HashSet<ServiceType> shown = [.. Units.Select(Load).Where(u => u.Service is not null)
            .Select(u => u.Service!.Type)];
        Assert.That(shown, Is.SupersetOf(new[]
        {
            ServiceType.Simple, ServiceType.Exec, ServiceType.Forking, ServiceType.Oneshot,
            ServiceType.Notify, ServiceType.Idle,
        }));
    }

    [Test]
    public void The_page_about_them_names_each()
    {
        string page = File.ReadAllText(Path.Combine(Folder, "README.md"));
        foreach (string unit in Units)
        {
            string stem = unit[..unit.LastIndexOf('.')];
            string tail = stem.StartsWith("example-", StringComparison.Ordinal)
                ? stem["example".Length..] : unit;
            Assert.That(page, Does.Contain(tail), unit);
        }
    }

    private static UnitDefinition Load(string file)
    {
        var loader = new UnitLoader(
            DirectoryUnitSource.Read([Folder], LoadLimits.Default), TextTree.Facts,
                LoadLimits.Default);
        UnitName name = UnitName.Parse(file);
        return loader.Load(name.IsTemplate ? name.WithInstance("one")!.Value : name);
    }
}
