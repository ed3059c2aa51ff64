using System.Diagnostics;
using InitTx.Exec.Conditions;
using InitTx.Linux;
using InitTx.Linux.Handles;
using InitTx.Linux.Prepare;

namespace InitTx.Exec.Generators;

/// <summary>
/// systemd.generator(7): every generator at once, each with the three output directories as
/// arguments, in a short and fixed environment; what has not ended at the deadline is killed. A
/// generator that fails is named and the others count.
/// </summary>
internal static class GeneratorRun
{
    private const int MaxGenerators = 256;
    private const uint DirectoryMode = 0b111_101_101;

    public static PrepareAnswer.GeneratorsRan Run(
        PrepareQuestion.RunGenerators question, SystemFiles system)
    {
        if (question.Outputs.Count != 3)
            return new(question.Token, "three output directories are needed", 0);
        var problems = new List<string>();
        foreach (string output in question.Outputs)
            MakeEmpty(output, problems);
        IReadOnlyList<string> programs = Find(question.Generators, problems);
        if (problems.Count > 0 && programs.Count == 0)
            return new(question.Token, string.Join("; ", problems), 0);
        IReadOnlyDictionary<string, string> environment = EnvironmentFor(system);
        long deadline = Stopwatch.GetTimestamp()
            + (long)(Math.Min(question.TimeoutUs, 3_600_000_000L) / 1e6 * Stopwatch.Frequency);
        var running = new List<(string Program, Process Process)>();
        foreach (string program in programs)
            Start(program, question.Outputs, environment, running, problems);
        foreach ((string program, Process process) in running)
            Wait(program, process, deadline, problems);
        return new(
            question.Token,
            problems.Count == 0 ? null : string.Join("; ", problems),
            running.Count);
    }

    /// <summary>
    /// Executables by name, the first directory that has a name wins; an empty file or a link to
    /// /dev/null there masks it.
    /// </summary>
    public static IReadOnlyList<string> Find(
        IReadOnlyList<string> directories, List<string> problems)
    {
        var byName = new SortedDictionary<string, string?>(StringComparer.Ordinal);
        foreach (string directory in directories)
        {
            if (!Directory.Exists(directory))
                continue;
            try
            {
                foreach (string path in Directory.EnumerateFiles(directory))
                    byName.TryAdd(Path.GetFileName(path), IsRunnable(path) ? path : null);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                problems.Add($"{directory}: {e.Message}");
            }
        }

        List<string> found = [.. byName.Values.OfType<string>()];
        if (found.Count <= MaxGenerators)
            return found;
        problems.Add($"{found.Count} generators, only {MaxGenerators} are run");
        return found[..MaxGenerators];
    }

    private static bool IsRunnable(string path) =>
        PathFacts.Status(path, out FileStatus status).IsOk
        && status is { IsRegular: true, Size: > 0 } && (status.Permissions & 0b001_001_001) != 0;

    private static void MakeEmpty(string path, List<string> problems)
    {
        SysResult made = DirectoryMaker.MakeAll(path, DirectoryMode);
        if (made.IsError)
        {
            problems.Add($"{path}: {made.Error.Describe()}");
            return;
        }

        SysResult<FileDescriptor> opened = Directories.Open(path);
        if (opened.IsError)
        {
            problems.Add(opened.Message);
            return;
        }

        using FileDescriptor directory = opened.Require();
        var names = new List<string>();
        SysResult read = DirectoryList.Names(directory, 100_000, names);
        if (read.IsError)
            problems.Add($"{path}: {read.Error.Describe()}");
        foreach (string name in names)
            Directories.Remove(directory, name, problems);
    }

    private static void Start(
        string program,
        IReadOnlyList<string> outputs,
        IReadOnlyDictionary<string, string> environment,
        List<(string Program, Process Process)> running,
        List<string> problems)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            WorkingDirectory = "/",
        };
        foreach (string output in outputs)
            start.ArgumentList.Add(output);
        start.Environment.Clear();
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        try
        {
            Process process = Process.Start(start)!;
            process.StandardInput.Close();
            running.Add((program, process));
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            problems.Add($"{program}: {e.Message}");
        }
    }

    private static void Wait(string program, Process process, long deadline, List<string> problems)
    {
        using Process owned = process;
        double left = (deadline - Stopwatch.GetTimestamp()) * 1000.0 / Stopwatch.Frequency;
        if (!process.WaitForExit((int)Math.Clamp(left, 0, int.MaxValue)))
        {
            problems.Add($"{program}: killed at the deadline");
            process.Kill(entireProcessTree: true);

            // Killed is not gone: one that hangs in the kernel must not keep the answer.
            process.WaitForExit(1000);
        }
        else if (process.ExitCode != 0)
        {
            problems.Add($"{program}: exited with status {process.ExitCode}");
        }
    }

    // systemd.generator(7), "Environment".
    private static Dictionary<string, string> EnvironmentFor(SystemFiles system)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin",
            ["LANG"] = "C.UTF-8",
            ["SYSTEMD_SCOPE"] = "system",
            ["SYSTEMD_IN_INITRD"] = system.Exists("/etc/initrd-release") ? "1" : "0",
            ["SYSTEMD_FIRST_BOOT"] = system.Exists("/run/systemd/first-boot") ? "1" : "0",
            ["SYSTEMD_ARCHITECTURE"] = "x86-64",
        };
        var virtualization = new Virtualization(system);
        if (virtualization.Container() is { } container)
            environment["SYSTEMD_VIRTUALIZATION"] = $"container:{container}";
        else if (virtualization.Machine() is { } machine)
            environment["SYSTEMD_VIRTUALIZATION"] = $"vm:{machine}";
        return environment;
    }
}
