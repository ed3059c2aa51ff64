namespace InitTx.Namespaces.Tests.Harness;

/// <summary>Where the clone, its scripts and its release binaries are.</summary>
public static class Repository
{
    private static readonly Lazy<string> LazyRoot = new(FindRoot);

    /// <summary>The directory that holds InitTx.sln.</summary>
    public static string Root => LazyRoot.Value;

    /// <summary>
    /// artifacts/bin: initxd, initx, initx-exec, initx-archive as ./run --build-only leaves them.
    /// </summary>
    public static string Binaries => Path.Combine(Root, "artifacts", "bin");

    public static string Script(string name) => Path.Combine(Root, "scripts", name);

    /// <summary>
    /// A release binary; ends the test as inconclusive-is-failure when it was not built.
    /// </summary>
    public static string Binary(string name)
    {
        string path = Path.Combine(Binaries, name);
        Assert.That(File.Exists(path), Is.True, $"{path} is missing: run ./run --build-only");
        return path;
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory);
             directory is not null;
             directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "InitTx.sln")))
                return directory.FullName;
        }
        throw new InvalidOperationException($"no InitTx.sln above {AppContext.BaseDirectory}");
    }
}
