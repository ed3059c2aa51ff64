using System.Diagnostics;
using System.Globalization;
using InitTx.Units.Loading;
using InitTx.Units.Parsing;

namespace InitTx.Oracle.Tests.Judge;

/// <summary>What a program of the judge's root said.</summary>
internal readonly record struct Said(int Status, string Output, string Messages);

/// <summary>
/// The cached Debian 12 root with systemd 252 in it. Its programs run in namespaces of their own on
/// a throw-away copy (tests/oracle/in-root); the host's systemd, if there is one, is never asked.
/// </summary>
internal static class SystemdRoot
{
    private const int Nobody = 65534;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private static readonly Lazy<string> Found = new(FindSource);
    private static readonly Lazy<string> Root = new(static () => Script(
        System.IO.Path.Combine(Source, "scripts/debian-root"), "services"));

    /// <summary>The project's root directory.</summary>
    public static string Source => Found.Value;

    /// <summary>Where the root lies on the host.</summary>
    public static string Path => Root.Value;

    /// <summary>
    /// The unit files of Debian packages, a folder each; the test is ignored, with what apt said,
    /// when they cannot be had.
    /// </summary>
    public static string Packages(IReadOnlyList<string> names) =>
        Script(System.IO.Path.Combine(Source, "tests/oracle/packages"), [.. names]);

    /// <summary>
    /// Runs a program of the root as nobody; <paramref name="work"/> is at the same path inside.
    /// </summary>
    public static Said Run(
        string work, IReadOnlyList<string> command,
        params (string Name, string Value)[] environment)
    {
        List<string> words =
        [
            System.IO.Path.Combine(Source, "tests/oracle/in-root"), Path, work,
            "setpriv", $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups",
            "timeout", "-s", "KILL", "120", "env",
        ];
        foreach ((string name, string value) in environment)
            words.Add($"{name}={value}");
        words.AddRange(command);
        return Start(words);
    }

    /// <summary>
    /// The same as root of the copy, for tools that write below <paramref name="work"/>.
    /// </summary>
    public static Said RunAsRoot(string work, IReadOnlyList<string> command) => Start(
    [
        System.IO.Path.Combine(Source, "tests/oracle/in-root"), Path, work,
        "timeout", "-s", "KILL", "120", .. command,
    ]);

    /// <summary>The facts of the judge's machine, which specifiers name.</summary>
    public static SpecifierContext Facts()
    {
        string os = System.IO.Path.Combine(Path, "etc/os-release");
        return new SpecifierContext
        {
            HostName = "oracle",
            KernelRelease = File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
            MachineId = "0123456789abcdef0123456789abcdef",
            BootId = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim()
                .Replace("-", "", StringComparison.Ordinal),
            OsRelease = EnvironmentFileParser.Parse(os, File.ReadAllBytes(os), LoadLimits.Default)
                .Variables.ToDictionary(v => v.Key, v => v.Value),
            UserName = "nobody",
            UserId = Nobody,
            GroupName = "nogroup",
            GroupId = Nobody,
            HomeDirectory = "/nonexistent",
            Shell = "/usr/sbin/nologin",
        };
    }

    /// <summary>A number that the environment may set, for the larger tiers.</summary>
    public static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None,
            CultureInfo.InvariantCulture, out int value) ? value : otherwise;

    private static string Script(string script, params string[] arguments)
    {
        Said said = Start([script, .. arguments]);
        if (said.Status == 2)
            Assert.Ignore(said.Messages.Trim());
        Assert.That(said.Status, Is.Zero, said.Messages);
        return said.Output.Trim();
    }

    private static Said Start(List<string> words)
    {
        var start = new ProcessStartInfo(words[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string word in words.Skip(1))
            start.ArgumentList.Add(word);
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> messages = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(words[0].EndsWith("in-root", StringComparison.Ordinal)
            ? Limit : TimeSpan.FromMinutes(20)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"did not end: {string.Join(' ', words)}\n{messages.Result}");
        }

        return new Said(process.ExitCode, output.Result, messages.Result);
    }

    private static string FindSource()
    {
        string? directory = TestContext.CurrentContext.TestDirectory;
        while (directory is not null
            && !File.Exists(System.IO.Path.Combine(directory, "InitTx.sln")))
            directory = System.IO.Path.GetDirectoryName(directory);
        return directory ?? throw new InvalidOperationException(
            "InitTx.sln is in no directory above the tests");
    }
}
