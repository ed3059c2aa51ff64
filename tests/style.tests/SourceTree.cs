using System.Diagnostics;

namespace InitTx.Style.Tests;

/// <summary>
/// The files of the clone that belong to the project: those git knows or would add.
/// </summary>
public static class SourceTree
{
    private static readonly Lazy<string> LazyRoot = new(FindRoot);
    private static readonly Lazy<string[]> LazyFiles = new(ListFiles);

    public static string Root => LazyRoot.Value;

    /// <summary>Paths relative to the root, sorted.</summary>
    public static IReadOnlyList<string> Files => LazyFiles.Value;

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>The lines as an editor counts them: no empty one after the last newline.</summary>
    public static string[] Lines(string path) => File.ReadAllLines(Path.Combine(Root, path));

    /// <summary>
    /// The first line of a file without an extension says whether it is a script.
    /// </summary>
    public static bool IsShell(string path) =>
        path.EndsWith(".sh", StringComparison.Ordinal)
        || Path.GetExtension(path).Length == 0 && Lines(path) is [{ } first, ..]
            && first.StartsWith("#!", StringComparison.Ordinal)
            && first.EndsWith("sh", StringComparison.Ordinal);

    /// <summary>Corpora are input, not source: odd lines are their point.</summary>
    public static bool IsCorpus(string path) =>
        path.StartsWith("fuzz/Corpus/", StringComparison.Ordinal)
        || path.Contains("/corpus/", StringComparison.OrdinalIgnoreCase);

    public static string Run(params string[] command)
    {
        ProcessStartInfo start = new(command[0])
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string word in command.AsSpan(1))
            start.ArgumentList.Add(word);
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That(
            process.ExitCode, Is.Zero, $"{string.Join(' ', command)}\n{output}\n{error.Result}");
        return output;
    }

    // A source archive has no git: there, everything but build output is the project.
    private static string[] ListFiles()
    {
        string[] files = Path.Exists(Path.Combine(Root, ".git"))
            ? Run("git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others",
                "--exclude-standard").Split('\0', StringSplitOptions.RemoveEmptyEntries)
            : [.. Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(Root, path))
                .Where(path =>
                    !path.Split('/').Any(part => part is "bin" or "obj" or "artifacts"))];
        return [.. files.Where(path => File.Exists(Path.Combine(Root, path)))
            .Order(StringComparer.Ordinal)];
    }

    private static string FindRoot()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null
            && !File.Exists(Path.Combine(directory.FullName, "InitTx.sln")))
        {
            directory = directory.Parent;
        }
        return directory?.FullName
            ?? throw new InvalidOperationException(
                $"no InitTx.sln above {AppContext.BaseDirectory}");
    }
}
