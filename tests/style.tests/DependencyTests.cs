using System.Xml.Linq;

namespace InitTx.Style.Tests;

/// <summary>The arrows between the projects, held on what the compiler really emitted.</summary>
[TestFixture]
public sealed class DependencyTests
{
    private static IEnumerable<string> Names => ProductAssembly.Allowed.Keys;

    // What a pure project could reach through the base library and must not.
    private static readonly HashSet<string> Impure = new(StringComparer.Ordinal)
    {
        "System.IO.File", "System.IO.Directory", "System.IO.FileInfo", "System.IO.DirectoryInfo",
        "System.IO.FileStream", "System.Environment", "System.Random", "System.Console",
        "System.Diagnostics.Process", "System.Diagnostics.Stopwatch", "System.Threading.Thread",
        "System.Threading.Timer", "System.Threading.Tasks.Task", "System.Threading.ThreadPool",
        "System.Net.Sockets.Socket",
    };

    [TestCaseSource(nameof(Names))]
    public void Refers_only_to_what_the_design_allows(string name)
    {
        using ProductAssembly assembly = new(name);
        string[] allowed = ProductAssembly.Allowed[name];
        Assert.That(
            assembly.References().Where(reference => !IsBaseLibrary(reference)
                && !allowed.Any(prefix => reference == prefix
                    || reference.StartsWith(prefix + ".", StringComparison.Ordinal))),
            Is.Empty, $"{name} refers to what it must not (docs/architecture.md)");
    }

    [Test]
    public void Every_product_assembly_is_judged()
    {
        IEnumerable<string> built =
            from path in SourceTree.Files
            where path.EndsWith(".csproj", StringComparison.Ordinal)
                && !path.StartsWith("tests/", StringComparison.Ordinal)
                && !path.StartsWith("fuzz/", StringComparison.Ordinal)
            let project = XDocument.Load(Path.Combine(SourceTree.Root, path))
            select project.Descendants("AssemblyName").SingleOrDefault()?.Value
                ?? Path.GetFileNameWithoutExtension(path);
        Assert.That(built, Is.EquivalentTo(Names));
    }

    [Test]
    public void Stateless_is_used_in_the_lifecycles_only()
    {
        using ProductAssembly core = new("InitTx.Core");
        Assert.That(
            core.Uses().Where(use => use.Assembly == "Stateless"
                && !IsWithin(use.FromNamespace, "InitTx.Core.Lifecycle")),
            Is.Empty);
    }

    [Test]
    public void Native_code_is_called_from_one_place()
    {
        List<string> strays = [];
        foreach (string name in Names)
        {
            using ProductAssembly assembly = new(name);
            strays.AddRange(assembly.NativeImports().Where(method =>
                !(name == "InitTx.Linux"
                    && method.StartsWith("InitTx.Linux.Interop.", StringComparison.Ordinal))));
        }
        Complaints.AreNone(strays);
    }

    [Test]
    public void The_core_touches_no_clock_file_thread_or_environment()
    {
        using ProductAssembly core = new("InitTx.Core");
        Assert.That(core.Uses().Where(use => Impure.Contains(use.Type)), Is.Empty);
    }

    [Test]
    public void Units_touch_the_disk_in_the_loader_only()
    {
        using ProductAssembly units = new("InitTx.Units");
        Assert.That(
            units.Uses().Where(use => Impure.Contains(use.Type)
                && !(use.Type.StartsWith("System.IO.", StringComparison.Ordinal)
                    && IsWithin(use.FromNamespace, "InitTx.Units.Loading"))),
            Is.Empty);
        Assert.That(
            units.Uses().Where(use => use.Type.StartsWith("System.IO.", StringComparison.Ordinal)
                    && Impure.Contains(use.Type))
                .Select(use => use.FromType.Split('.')[0]).Distinct().Count(),
            Is.LessThanOrEqualTo(1), "one type reads directories, no more");
    }

    [Test]
    public void PID_1_uses_nothing_that_brings_threads_handlers_or_libraries()
    {
        const string LoadsLibraries = "System.Security.Cryptography.";
        HashSet<string> banned = new(StringComparer.Ordinal)
        {
            "System.Console", "System.Diagnostics.Process", "System.Threading.Timer",
            "System.Threading.Tasks.Task", "System.Threading.ThreadPool",
            "System.Net.Sockets.Socket",
            "System.Runtime.InteropServices.PosixSignalRegistration", "System.Threading.Thread",
        };
        List<TypeUse> uses = [];
        string[] inside =
        [
            "initxd", "InitTx.Linux", "InitTx.Journal", "InitTx.Protocol", "InitTx.Core",
            "InitTx.Units",
        ];
        foreach (string name in inside)
        {
            using ProductAssembly assembly = new(name);
            // The crash tests make threads to crash on; they run only when root asks for a crash.
            uses.AddRange(assembly.Uses().Where(use => (banned.Contains(use.Type)
                    || use.Type.StartsWith(LoadsLibraries, StringComparison.Ordinal))
                && use.FromType.Split('.')[0] != "CrashTests"));
        }
        Complaints.AreNone(uses);
    }

    private static bool IsBaseLibrary(string reference) =>
        reference is "mscorlib" or "netstandard" or "Microsoft.Win32.Primitives"
        || (reference == "System" || reference.StartsWith("System.", StringComparison.Ordinal))
            && reference != "System.CommandLine";

    private static bool IsWithin(string space, string root) =>
        space == root || space.StartsWith(root + ".", StringComparison.Ordinal);
}
