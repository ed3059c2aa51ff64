namespace InitTx.Core.Tests.Support;

/// <summary>
/// Compares a generated page with the one in docs/generated/; INITX_UPDATE_GOLDEN=1 rewrites it.
/// </summary>
internal static class Golden
{
    public static void Check(string file, string content)
    {
        string path = Path.Combine(Root(), "docs", "generated", file);
        if (Environment.GetEnvironmentVariable("INITX_UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, content);
        }

        Assert.That(File.Exists(path), $"{path} is missing; INITX_UPDATE_GOLDEN=1 ./test core writes it");
        Assert.That(File.ReadAllText(path), Is.EqualTo(content),
            $"{file} is out of date; INITX_UPDATE_GOLDEN=1 ./test core rewrites it");
    }

    private static string Root()
    {
        DirectoryInfo? at = new(TestContext.CurrentContext.TestDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "InitTx.sln")))
            at = at.Parent;
        return at?.FullName ?? throw new InvalidOperationException("no InitTx.sln above the tests");
    }
}
