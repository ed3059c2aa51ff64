using InitTx.Namespaces.Tests.Crashes;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>
/// Whatever started initxd, it boots as an empty environment does: the same units in the same states,
/// and a service that finds the same limits, signals, descriptors, umask, nice and environment.
/// </summary>
[TestFixture]
public sealed class HostileStartTests
{
    private const string Witness = "/run/witness";

    private static readonly Lazy<string> Ordinary = new(() => Boot("nothing"));

    [TestCase("null-envp")]
    [TestCase("no-argv")]
    [TestCase("dotnet")]
    [TestCase("libc")]
    [TestCase("not-utf8")]
    [TestCase("longest")]
    [TestCase("megabyte")]
    [TestCase("many")]
    [TestCase("duplicates")]
    [TestCase("no-equals")]
    [TestCase("no-path")]
    [TestCase("descriptors")]
    [TestCase("no-stdio")]
    [TestCase("blocked")]
    [TestCase("ignored")]
    [TestCase("no-sigchld")]
    [TestCase("limits")]
    [TestCase("umask")]
    [TestCase("nice")]
    [TestCase("dotnet,libc,not-utf8,longest,no-equals,duplicates,descriptors,blocked,ignored,limits,umask,nice")]
    public void Boots_as_an_empty_environment_does(string inheritance) =>
        Assert.That(Boot(inheritance), Is.EqualTo(Ordinary.Value));

    private static string Boot(string inheritance)
    {
        using Layer layer = new();
        layer.WriteFile("/etc/initx/system/default.target", "[Unit]\nDescription=Hostile start\n");
        layer.Unit(
            "witness.service",
            $"[Service]\nExecStart={NativePrograms.Probe} limits\nStandardOutput=file:{Witness}\n"
            + "StandardError=null\n",
            "default.target");
        layer.Unit(
            "once.service",
            $"[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart={NativePrograms.Probe} status 0\n",
            "default.target");
        using BootedSystem system = BootedSystem.Boot(
            SystemRoot.Mini,
            [layer, Layer.Product, NativePrograms.Layer],
            [NativePrograms.Launch, inheritance, "/usr/lib/initx/initxd"]);
        string seen = Eventually.Value(
            () => system.Shell($"cat {Witness}").Out is { Length: > 0 } text
                && text.Contains("environment", StringComparison.Ordinal) ? text : null,
            "the witness speaks", system.Evidence);
        Eventually.True(
            () => system.Initx("is-active", "-q", "default.target", "once.service").Status == 0,
            "the boot ends", system.Evidence);
        string units = system.Initx("list", "--all").Out;
        return $"{Plain(seen)}\n{StatesOnly(units)}";
    }

    /// <summary>Without what differs from boot to boot by its nature.</summary>
    private static string Plain(string text) => string.Join('\n', text
        .Split('\n')
        .Where(line => !line.StartsWith("environment INVOCATION_ID=", StringComparison.Ordinal)
            && !line.StartsWith("environment SYSTEMD_EXEC_PID=", StringComparison.Ordinal)
            && !line.StartsWith("environment JOURNAL_STREAM=", StringComparison.Ordinal)));

    private static string StatesOnly(string list) => string.Join('\n', list
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => System.Text.RegularExpressions.Regex.Replace(line, "[0-9]+", "N")));
}
