using System.Diagnostics;
using System.Globalization;
using InitTx.Exec.Tests.Support;
using InitTx.Linux.Handles;
using InitTx.Linux.Launch;

namespace InitTx.Exec.Tests;

/// <summary>The real program with namespaces that several processes of a unit share.</summary>
public sealed class SharedNamespaceTests
{
    private Sandbox _sandbox = null!;

    [SetUp]
    public void SetUp()
    {
        Assume.That(Environment.IsPrivilegedProcess, "namespaces need root");
        _sandbox = new Sandbox();
    }

    [TearDown]
    public void TearDown() => _sandbox.Dispose();

    [TestCase("network", "--PrivateNetwork=yes", "net")]
    [TestCase("ipc", "--PrivateIPC=yes", "ipc")]
    public void Processes_that_begin_at_once_come_into_one_namespace(
        string store, string setting, string file)
    {
        using FileDescriptor reading =
            SharedNamespace.MakeStore(out FileDescriptor? made).Require();
        using FileDescriptor writing = made!;
        reading.SetCloseOnExec(false);
        writing.SetCloseOnExec(false);
        string pair = string.Create(
            CultureInfo.InvariantCulture, $"--{store}-store={reading.Number}:{writing.Number}");
        Process[] all =
        [
            .. Enumerable.Range(0, 4).Select(_ => Start(
                [pair, setting], $"readlink /proc/self/ns/{file}; ls /proc/self/fd | wc -l")),
        ];
        string[] seen = [.. all.Select(static p => End(p))];
        Assert.That(seen.Distinct(), Has.Exactly(1).Items, string.Join('\n', seen));
        string here = new FileInfo($"/proc/self/ns/{file}").LinkTarget!;
        Assert.That(seen[0], Does.StartWith(file + ":[").And.Not.StartWith(here));

        // 0, 1, 2 and what ls reads: the pair stays with initx-exec.
        Assert.That(seen[0], Does.EndWith("\n4"));
    }

    [Test]
    public void A_unit_that_joins_has_the_temporary_directories_of_the_other_until_both_are_down()
    {
        string first = _sandbox.Make("units/a.service");
        string second = _sandbox.Make("units/b.service");
        Run(first, [], "echo word >/tmp/note; echo more >/var/tmp/note");
        Assert.That(Run(second, [first], "cat /tmp/note /var/tmp/note"), Is.EqualTo("word\nmore"));
        string place = Path.GetDirectoryName(new DirectoryInfo(first + "/tmp").LinkTarget!)!;
        Remove(first);
        Assert.That(Directory.Exists(place), "the other has it");
        Assert.That(Run(second, [first], "cat /tmp/note"), Is.EqualTo("word"));
        Remove(second);
        Assert.That(Directory.Exists(place), Is.False);
    }

    [Test]
    public void A_unit_that_comes_back_has_its_own_again_and_nobody_elses()
    {
        string first = _sandbox.Make("units/a.service");
        string second = _sandbox.Make("units/b.service");
        Run(first, [], "echo word >/tmp/note");
        Run(second, [first], ":");
        Remove(first);
        Assert.That(
            End(Start(
                ["--PrivateTmp=yes", "--state=" + first, "--rejoin-state=" + second],
                "cat /tmp/note")),
            Is.EqualTo("word"));
        string third = _sandbox.Make("units/c.service");
        Assert.That(
            End(Start(
                ["--unit=c.service", "--PrivateTmp=yes", "--state=" + third,
                    "--rejoin-state=" + second],
                "ls -A /tmp")),
            Is.Empty);
        foreach (string state in (string[])[first, second, third])
            Remove(state);
    }

    private static void Remove(string state)
    {
        var problems = new List<string>();
        Setup.PrivateTemporary.Remove(state, problems);
        Assert.That(problems, Is.Empty);
    }

    private static string Run(string state, string[] joined, string line) => End(Start(
        [
            "--PrivateTmp=yes", "--state=" + state,
            .. joined.Select(static other => "--join-state=" + other),
        ], line));

    private static Process Start(string[] options, string line)
    {
        ProcessStartInfo start = Helper.Command(
            ["--unit=a.service", "--state=/run/initx-exec-test", "--first-own-fd=3", .. options,
            "--", "/bin/sh", "sh", "-c", line]);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        return Process.Start(start)!;
    }

    private static string End(Process process)
    {
        using (process)
        {
            string errors = process.StandardError.ReadToEnd();
            string seen = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.That(process.ExitCode, Is.Zero, errors);
            return seen.Trim();
        }
    }
}
