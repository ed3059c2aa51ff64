using System.Diagnostics;
using System.Globalization;
using System.Text;
using InitTx.Benchmarks.Harness;

namespace InitTx.Benchmarks.Cases;

/// <summary>
/// Reading, linking and planning of unit files by the real <c>initx</c>: whole processes, from
/// exec to the last byte of the answer, the best of several runs (2 shared cores).
/// </summary>
internal static class UnitFileCases
{
    private const int Runs = 7;
    private const double EnoughMs = 8_000;

    /// <summary>Every unit of a full Debian, and generated trees with their cost curve.</summary>
    public static void Units(Figures figures)
    {
        DirectoryInfo scratch = Directory.CreateTempSubdirectory("inittx-bench-units-");
        try
        {
            Debian(figures, scratch.FullName);
            Curve(figures, scratch.FullName);
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    // The unit files of the oracle's packages where they were downloaded, else of the tests' root.
    private static void Debian(Figures figures, string scratch)
    {
        string cache = Environment.GetEnvironmentVariable("INITTX_CACHE")
            ?? Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/", ".cache/inittx");
        string units = Path.Combine(scratch, "debian");
        List<string> packages = [.. Children(cache, "oracle-packages-*")
            .SelectMany(static c => Children(c, "*")).SelectMany(static p => Children(p, "lib"))];
        if (packages.Count == 0)
            packages = [.. Children(cache, "debian-services-root-*").Select(
                static r => Path.Combine(r, "usr/lib/systemd/system"))];
        if (packages.Count == 0)
        {
            Console.WriteLine("      no Debian units: ./test oracle downloads them");
            return;
        }

        foreach (string package in packages.Order(StringComparer.Ordinal))
            Lay(package, units);
        int count = Directory.EnumerateFileSystemEntries(units).Count(
            static f => File.Exists(f) || new FileInfo(f).LinkTarget is not null);
        string note = string.Create(
            CultureInfo.InvariantCulture, $"{count} units of {packages.Count} packages");
        figures.AtMost(
            "every unit of Debian read and linted",
            Best("lint", "--all", "--quiet", UnitPath(units)), "ms", 100, note);
        figures.AtMost(
            "graphical.target of Debian planned",
            Best("plan", "start", "graphical.target", "--json", UnitPath(units)), "ms", 100,
            note);
    }

    private static void Curve(Figures figures, string scratch)
    {
        var points = new List<(int Units, double Ms)>();
        foreach (int count in new[] { 1_000, 3_000, 10_000, 30_000 })
        {
            string directory = Path.Combine(scratch, $"generated-{count}");
            int edges = Generate(directory, count);
            double took = Best("plan", "start", "goal.target", "--json", UnitPath(directory));
            points.Add((count, took));
            figures.AtMost(
                $"plan of {count} unit files", took, "ms", count / 10.0,
                string.Create(CultureInfo.InvariantCulture, $"{edges} edges written"));
            Directory.Delete(directory, recursive: true);
        }

        figures.AtMost("exponent of the cost, 1,000 to 30,000", Exponent(points), "", 1.15);
    }

    // The slope of the logarithms, by least squares.
    private static double Exponent(List<(int Units, double Ms)> points)
    {
        double x = points.Average(static p => Math.Log(p.Units));
        double y = points.Average(static p => Math.Log(p.Ms));
        return points.Sum(p => (Math.Log(p.Units) - x) * (Math.Log(p.Ms) - y))
            / points.Sum(p => (Math.Log(p.Units) - x) * (Math.Log(p.Units) - x));
    }

    // A target that wants all; each service follows five earlier ones, beside its default edges.
    private static int Generate(string directory, int count)
    {
        Directory.CreateDirectory(directory);
        var goal = new StringBuilder("[Unit]\n");
        int edges = 0;
        for (int i = 0; i < count; i++)
        {
            string name = UnitTexts.Name(i);
            var text = new StringBuilder("[Unit]\nDescription=Generated\n");
            for (int k = 1; k <= 5 && i - (k * k) >= 0; k++, edges++)
                text.Append("After=").Append(UnitTexts.Name(i - (k * k))).Append('\n');
            text.Append("[Service]\nExecStart=/usr/bin/true\nRestart=on-failure\n");
            File.WriteAllText(Path.Combine(directory, name), text.ToString());
            goal.Append("Wants=").Append(name).Append('\n');
        }

        File.WriteAllText(Path.Combine(directory, "goal.target"), goal.ToString());
        return edges;
    }

    private static double Best(params string[] arguments)
    {
        double best = double.MaxValue;
        double all = 0;
        for (int i = 0; i < Runs && all < EnoughMs; i++)
        {
            double took = Once(arguments);
            best = Math.Min(best, took);
            all += took;
        }

        return best;
    }

    private static double Once(string[] arguments)
    {
        string bin = Environment.GetEnvironmentVariable("INITX_BIN") ?? "artifacts/bin";
        var start = new ProcessStartInfo(Path.Combine(bin, "initx"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        long before = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.BaseStream.CopyTo(Stream.Null);
        process.WaitForExit();
        double took = Stopwatch.GetElapsedTime(before).TotalMilliseconds;

        // lint answers 1 where a directive is not honoured.
        return process.ExitCode is 0 or 1 ? took : throw new InvalidOperationException(
            $"initx {string.Join(' ', arguments)}: {process.ExitCode}: {errors.Result}");
    }

    private static string UnitPath(string directory) => "--unit-path=" + directory;

    private static IEnumerable<string> Children(string directory, string pattern) =>
        Directory.Exists(directory) ? Directory.EnumerateDirectories(directory, pattern) : [];

    // What is there already stays; links between units lead into the copy.
    private static void Lay(string from, string to, string up = "")
    {
        Directory.CreateDirectory(to);
        foreach (FileSystemInfo entry in new DirectoryInfo(from).EnumerateFileSystemInfos())
        {
            string target = Path.Combine(to, entry.Name);
            if (Path.Exists(target) && entry is not DirectoryInfo
                || new FileInfo(target).LinkTarget is not null)
                continue;
            if (entry.LinkTarget is { } link)
                File.CreateSymbolicLink(
                    target, link == "/dev/null" ? link : up + Path.GetFileName(link));
            else if (entry is DirectoryInfo)
                Lay(entry.FullName, target, "../");
            else
                File.Copy(entry.FullName, target);
        }
    }
}
