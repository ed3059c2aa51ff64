namespace InitTx.Units.Tests;

/// <summary>
/// The project's root directory, for tests that look at files kept beside the code.
/// </summary>
internal static class SourceRoot
{
    public static readonly string Path = Find();

    private static string Find()
    {
        string? directory = TestContext.CurrentContext.TestDirectory;
        while (directory is not null
            && !File.Exists(System.IO.Path.Combine(directory, "InitTx.sln")))
            directory = System.IO.Path.GetDirectoryName(directory);
        return directory ?? throw new InvalidOperationException(
            "InitTx.sln is in no directory above the tests");
    }
}
