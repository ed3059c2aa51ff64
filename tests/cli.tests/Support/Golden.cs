using System.Runtime.CompilerServices;

namespace InitTx.Cli.Tests.Support;

/// <summary>
/// Compares output with a file in Golden/. INITTX_GOLDEN=write writes the files anew: look at the
/// difference before it is committed.
/// </summary>
internal static class Golden
{
    public static void Check(string name, string text, [CallerFilePath] string caller = "")
    {
        string source = Path.Combine(Path.GetDirectoryName(caller)!, "Golden", name);
        string built = Path.Combine(AppContext.BaseDirectory, "Golden", name);
        if (Environment.GetEnvironmentVariable("INITTX_GOLDEN") == "write")
        {
            string project = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../.."));
            source = Path.Combine(project, "Golden", name);
            Directory.CreateDirectory(Path.GetDirectoryName(source)!);
            File.WriteAllText(source, text);
            return;
        }

        Assert.That(File.Exists(built), $"no {source}: INITTX_GOLDEN=write ./test cli makes it");
        Assert.That(
            text,
            Is.EqualTo(File.ReadAllText(built)),
            $"Golden/{name} differs; INITTX_GOLDEN=write ./test cli accepts the new text");
    }
}
