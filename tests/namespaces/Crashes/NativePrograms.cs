using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests.Crashes;

/// <summary>
/// The small C programs of native/, compiled once a run: static, so that they run on any root.
/// </summary>
internal static class NativePrograms
{
    internal const string Probe = "/usr/lib/initx-tests/probe";
    internal const string Launch = "/usr/lib/initx-tests/launch";
    internal const string Resident = "/usr/lib/initx-tests/resident";
    internal const string Caller = "/usr/lib/initx-tests/caller";

    private static readonly Lazy<Layer> LazyLayer = new(Make);

    /// <summary>All of them in their places.</summary>
    internal static Layer Layer => LazyLayer.Value;

    private static Layer Make()
    {
        Layer layer = new();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => layer.Dispose();
        foreach (string path in new[] { Probe, Launch, Resident, Caller })
        {
            string name = Path.GetFileName(path);
            string binary = layer.Path + path;
            Directory.CreateDirectory(Path.GetDirectoryName(binary)!);
            string source = Path.Combine(
                Repository.Root, "tests", "namespaces", "native", name + ".c");
            CommandResult compiled = HostCommand.Run(
            [
                "gcc", "-std=gnu11", "-D_GNU_SOURCE", "-O2", "-static", "-Wall", "-Wextra", "-Werror",
                "-o", binary, source,
            ]);
            Assert.That(compiled.Status, Is.Zero, compiled.ToString);
        }

        return layer;
    }
}
