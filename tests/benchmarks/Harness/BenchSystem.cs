using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;

namespace InitTx.Benchmarks.Harness;

/// <summary>
/// initxd as PID 1 of fresh namespaces on the minimal root, with services that stamp the time at
/// which their main() was entered. Disposing takes everything down.
/// </summary>
internal sealed class BenchSystem : IDisposable
{
    // On tmpfs: on the overlay the first services would copy the file up at the same time, and the
    // times that others wrote meanwhile would be lost.
    private const string Stamps = "/run/bench-stamps";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly Process _launcher;
    private readonly string _directory;
    private Microsoft.Win32.SafeHandles.SafeFileHandle? _stampFile;

    private BenchSystem(Process launcher, string directory, int services)
    {
        _launcher = launcher;
        _directory = directory;
        Services = services;
    }

    public int Services { get; }

    /// <summary>PID 1 as the host sees it.</summary>
    public int HostPid { get; private set; }

    /// <summary>
    /// CLOCK_MONOTONIC nanoseconds just before PID 1's exec; known after AwaitAll.
    /// </summary>
    public long StartNs { get; private set; }

    /// <summary>The host's directory of the system's cgroup subtree, or "-".</summary>
    public string Cgroup { get; private set; } = "-";

    /// <summary>Boots; units maps names to texts, services is the number of stamp slots.</summary>
    /// <param name="debian">On the Debian root; else on the minimal one.</param>
    /// <param name="systemd">By systemd, which only the Debian root has.</param>
    public static BenchSystem Boot(
        IReadOnlyDictionary<string, string> units, int services, string configuration = "",
        string archive = "", bool debian = false, bool systemd = false)
    {
        string directory = Directory.CreateTempSubdirectory("inittx-bench.").FullName;
        string layer = Path.Combine(directory, "layer");
        string unitPath = systemd ? "etc/systemd/system" : "usr/lib/initx/system";
        foreach (string part in new[] { "usr/lib/initx", "usr/bin", "bench", "etc/initx", unitPath })
            Directory.CreateDirectory(Path.Combine(layer, part));
        string bin = Environment.GetEnvironmentVariable("INITX_BIN") ?? "artifacts/bin";
        foreach (string program in new[] { "initxd", "initx-exec", "initx-archive" })
            File.Copy(Path.Combine(bin, program), Path.Combine(layer, "usr/lib/initx", program));
        File.Copy(Path.Combine(bin, "initx"), Path.Combine(layer, "usr/bin/initx"));
        string stamp = Environment.GetEnvironmentVariable("INITX_BENCH_STAMP")
            ?? "artifacts/bench/stamp";
        File.Copy(stamp, Path.Combine(layer, "bench/stamp"));
        string beside = Path.GetDirectoryName(stamp)!;
        File.Copy(Path.Combine(beside, "orphans"), Path.Combine(layer, "bench/orphans"));
        if (configuration.Length > 0)
        {
            File.WriteAllText(
                Path.Combine(layer, "etc/initx/initx.conf"), "[Manager]\n" + configuration);
        }

        if (archive.Length > 0)
            PutArchive(archive, Path.Combine(layer, "var/lib/initx"));
        foreach ((string name, string text) in units)
            File.WriteAllText(Path.Combine(layer, unitPath, name), text);
        string[] init = systemd
            ? ["/lib/systemd/systemd"]
            : ["/usr/lib/initx/initxd", "--unit-path=/usr/lib/initx/system"];
        var start = new ProcessStartInfo(Path.Combine(RepositoryRoot(), "scripts/ns-boot"))
        {
            ArgumentList =
            {
                "--layer=" + layer, "--console=" + directory + "/console", "--info=" + directory + "/info",
                Root(debian ? "debian-root" : "mini-root"), "--",
                "/bench/stamp", Stamps, FormattableString.Invariant($"{services}"),
            },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (string word in init)
            start.ArgumentList.Add(word);
        Process launcher = Process.Start(start)!;
        launcher.StandardInput.Close();
        _ = launcher.StandardOutput.ReadToEndAsync();
        var system = new BenchSystem(launcher, directory, services);
        system.AwaitStart();
        return system;
    }

    /// <summary>
    /// The slots' times, nanoseconds of CLOCK_MONOTONIC; 0 where nothing ran yet. The slot behind
    /// the services' is the moment before PID 1 was executed.
    /// </summary>
    public long[] ReadStamps()
    {
        string file = $"/proc/{HostPid}/root{Stamps}";
        byte[] bytes = File.Exists(file) ? File.ReadAllBytes(file) : [];
        var stamps = new long[Services + 1];
        for (int i = 0; i < stamps.Length && (i + 1) * 8 <= bytes.Length; i++)
            stamps[i] = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(i * 8));
        return stamps;
    }

    /// <summary>One service's time.</summary>
    public long ReadStamp(int slot)
    {
        _stampFile ??= File.OpenHandle($"/proc/{HostPid}/root{Stamps}");
        Span<byte> bytes = stackalloc byte[8];
        RandomAccess.Read(_stampFile, bytes, slot * 8);
        return BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }

    /// <summary>
    /// All services have entered main(); the milliseconds from PID 1's exec to the last.
    /// </summary>
    public (double FirstMs, double LastMs) AwaitAll()
    {
        long[] stamps = [];
        Await(
            () => Array.TrueForAll(stamps = ReadStamps(), static s => s != 0),
            "every service to start",
            pauseMs: 10);
        StartNs = stamps[^1];
        long[] services = stamps[..^1];
        return ((services.Min() - StartNs) / 1e6, (services.Max() - StartNs) / 1e6);
    }

    /// <summary>
    /// Runs the real initx on the system's socket; its wall time in milliseconds.
    /// </summary>
    public double Initx(params string[] arguments)
    {
        string bin = Environment.GetEnvironmentVariable("INITX_BIN") ?? "artifacts/bin";
        var start = new ProcessStartInfo(Path.Combine(bin, "initx"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add($"--socket=/proc/{HostPid}/root/run/initx/control");
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        long before = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        double took = Stopwatch.GetElapsedTime(before).TotalMilliseconds;
        LastOutput = output;
        if (process.ExitCode is not 0 and not 3)
            throw new InvalidOperationException($"initx {string.Join(' ', arguments)}: {process.ExitCode}: {error}");
        return took;
    }

    public string LastOutput { get; private set; } = "";

    /// <summary>PID 1's children: host pid by stamp slot.</summary>
    public Dictionary<int, int> Running()
    {
        var running = new Dictionary<int, int>();
        foreach (string word in Children())
        {
            string[] words;
            try
            {
                words = File.ReadAllText($"/proc/{word}/cmdline").Split('\0');
            }
            catch (IOException)
            {
                continue;
            }

            if (words.Length > 2 && words[0].EndsWith("stamp", StringComparison.Ordinal))
                running[(int)Number(words[2])] = (int)Number(word);
        }

        return running;
    }

    /// <summary>A connection to the manager.</summary>
    public ControlLine Connect() => new($"/proc/{HostPid}/root/run/initx/control");

    /// <summary>Runs a program inside the system to its end.</summary>
    public void RunInside(params string[] command) => RunInside(command, [0], out _);

    /// <summary>Runs a program inside the system; milliseconds from outside.</summary>
    public double RunInside(string[] command, int[] allowed, out string output)
    {
        var start = new ProcessStartInfo(Path.Combine(RepositoryRoot(), "scripts/ns-exec"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(_directory, "info"));
        foreach (string word in command)
            start.ArgumentList.Add(word);
        long begun = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        double took = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        if (Array.IndexOf(allowed, process.ExitCode) < 0)
            throw new InvalidOperationException(
                $"{string.Join(' ', command)}: {process.ExitCode}: {error.Result}");
        return took;
    }

    /// <summary>
    /// CPU milliseconds of everything in the system so far; 0 where no cgroup tells.
    /// </summary>
    public double BoxCpuMs()
    {
        string file = Path.Combine(Cgroup, "cpu.stat");
        return File.Exists(file)
            ? Number(File.ReadLines(file).First().Split(' ')[1]) / 1e3
            : 0;
    }

    /// <summary>
    /// User and system CPU of PID 1 in milliseconds (granularity of the scheduler's clock).
    /// </summary>
    public double CpuMs()
    {
        string stat = File.ReadAllText($"/proc/{HostPid}/schedstat");
        return long.Parse(stat.Split(' ')[0], CultureInfo.InvariantCulture) / 1e6;
    }

    /// <summary>A value of smaps_rollup or status; memory is in KiB.</summary>
    public double Value(string file, string key)
    {
        foreach (string line in File.ReadLines($"/proc/{HostPid}/{file}"))
        {
            if (line.StartsWith(key + ":", StringComparison.Ordinal))
                return Number(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1]);
        }

        return 0;
    }

    /// <summary>Ended processes that PID 1 has not reaped.</summary>
    public int Zombies()
    {
        int count = 0;
        foreach (string word in Children())
        {
            try
            {
                string stat = File.ReadAllText($"/proc/{word}/stat");
                count += stat[stat.LastIndexOf(')') + 2] == 'Z' ? 1 : 0;
            }
            catch (IOException)
            {
                // Reaped between the list and the look.
            }
        }

        return count;
    }

    /// <summary>Memory files that PID 1 holds open: images, black box, unit files.</summary>
    public double MemoryFilesMiB()
    {
        double bytes = 0;
        foreach (string link in Directory.EnumerateFileSystemEntries($"/proc/{HostPid}/fd"))
        {
            string target = new FileInfo(link).LinkTarget ?? "";
            if (target.StartsWith("/memfd:", StringComparison.Ordinal))
                bytes += SystemCall.AllocatedBytes(link);
        }

        return bytes / (1 << 20);
    }

    /// <summary>What the journal's files take.</summary>
    public double JournalMiB()
    {
        string directory = $"/proc/{HostPid}/root/run/initx/journal";
        return Directory.Exists(directory)
            ? Directory.EnumerateFiles(directory).Sum(static f => new FileInfo(f).Length) / 1048576.0
            : 0;
    }

    public static void Await(Func<bool> condition, string what, int pauseMs = 1)
    {
        long begun = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(begun) > Patience)
                throw new TimeoutException($"waited {Patience.TotalSeconds} s for {what}");
            Thread.Sleep(pauseMs);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_launcher.HasExited)
        {
            Process.Start("kill", ["-s", "TERM", _launcher.Id.ToString(CultureInfo.InvariantCulture)]).WaitForExit();
            _launcher.WaitForExit(30_000);
        }

        _stampFile?.Dispose();
        _launcher.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    // A copy with the owner that the archive process has: the one in the cache stays as it is.
    private static void PutArchive(string archive, string directory)
    {
        Directory.CreateDirectory(directory);
        string copy = Path.Combine(directory, "archive.db");
        Process.Start("cp", ["--reflink=auto", archive, copy]).WaitForExit();
        Process.Start("chown", ["-R", "61110:61110", directory]).WaitForExit();
    }

    private void AwaitStart()
    {
        string info = Path.Combine(_directory, "info");
        Await(
            () => _launcher.HasExited || (File.Exists(info) && new FileInfo(info).Length > 0),
            "PID 1");
        if (_launcher.HasExited)
            throw new InvalidOperationException("the system did not boot, see above");
        string[] words = File.ReadAllText(info).Trim().Split(' ');
        HostPid = int.Parse(words[0], CultureInfo.InvariantCulture);
        Cgroup = words[1];
    }

    private static double Number(string text) =>
        double.Parse(text, CultureInfo.InvariantCulture);

    private string[] Children() => File.ReadAllText($"/proc/{HostPid}/task/{HostPid}/children")
        .Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string Root(string script)
    {
        var start = new ProcessStartInfo(Path.Combine(RepositoryRoot(), "scripts", script))
        {
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        string path = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        // It has said itself what is missing.
        return process.ExitCode == 0
            ? path
            : throw new InvalidOperationException("no root to boot, see above");
    }

    private static string RepositoryRoot()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "InitTx.sln")))
            directory = Path.GetDirectoryName(directory);
        return directory ?? throw new InvalidOperationException("not inside the repository");
    }
}
