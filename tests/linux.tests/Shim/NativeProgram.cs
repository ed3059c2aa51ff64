using System.Runtime.CompilerServices;
using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests.Shim;

/// <summary>
/// A C program compiled for a test, with the shim's headers or all of its code in it.
/// </summary>
internal sealed class NativeProgram : IDisposable
{
    private readonly TestDirectory _directory = new();

    private NativeProgram(string source, params string[] more)
    {
        string file = _directory["program.c"];
        File.WriteAllText(file, source);
        string[] command =
        [
            "/usr/bin/gcc", "-std=gnu11", "-D_GNU_SOURCE", "-O1", "-g", "-Wall", "-I", ShimDirectory,
            "-o", Path, file, .. more,
        ];
        (int code, string output) = TestChild.Run(command);
        Assert.That(code, Is.Zero, output);
    }

    /// <summary>engine/linux/native of this working tree.</summary>
    internal static string ShimDirectory { get; } = System.IO.Path.GetFullPath(
        System.IO.Path.Combine(ThisDirectory(), "../../../engine/linux/native"));

    internal string Path => _directory["program"];

    /// <summary>Sees the shim's declarations only.</summary>
    internal static NativeProgram WithHeaders(string source) => new(source);

    /// <summary>
    /// Contains the shim, constructor and all: such a program goes through stage 0 and ends only
    /// after initx_allow_exit.
    /// </summary>
    internal static NativeProgram WithShim(string sourceFile, params string[] options) => new(
        File.ReadAllText(System.IO.Path.Combine(ThisDirectory(), sourceFile)),
        [
            .. options, "-Wl,--wrap=pthread_create", "-Wl,--wrap=__clone3",
            .. Directory.GetFiles(ShimDirectory, "*.c"),
        ]);

    internal (int Code, string Output) Run(params string[] arguments)
    {
        File.Delete(Path + ".done");
        return TestChild.Run(["/usr/bin/timeout", "-s", "KILL", "60", Path, .. arguments]);
    }

    public void Dispose() => _directory.Dispose();

    private static string ThisDirectory([CallerFilePath] string file = "") =>
        System.IO.Path.GetDirectoryName(file.StartsWith("/_/", StringComparison.Ordinal)
            ? RepositoryRoot() + file[2..]
            : file)!;

    private static string RepositoryRoot()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(System.IO.Path.Combine(directory, "InitTx.sln")))
            directory = System.IO.Path.GetDirectoryName(directory);
        return directory ?? throw new InvalidOperationException("run the tests from the working tree");
    }
}
