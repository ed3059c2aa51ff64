using System.Text.Json;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests.Crashes;

/// <summary>
/// A child whose execve waits, as for a slow disk (here for a lease on the program, fcntl(2)): the
/// manager is replaced or crashes meanwhile, or the child is killed.
/// </summary>
[TestFixture]
public sealed class BetweenCloneAndExecTests
{
    private const string Slow = "/run/slow";
    private const string Unit = "slow.service";

    private CrashSystem? _crashes;

    private CrashSystem System => _crashes!;

    [SetUp]
    public void Begin()
    {
        _crashes = new CrashSystem(lives: 1, more: layer => layer
            .Unit(
                "holder.service",
                $"[Service]\nExecStartPre=/bin/cp {NativePrograms.Probe} {Slow}\n"
                + $"ExecStart={NativePrograms.Probe} lease {Slow}\n",
                "default.target")
            .Unit(Unit, $"[Service]\nType=exec\nTimeoutStartSec=90\nExecStart={Slow} live\n"));
        Eventually.True(
            () => System.System.Shell($"test -e {Slow}.held").Status == 0, "the lease is held",
            System.Evidence);
        System.System.Initx("start", "--no-block", Unit);
        Eventually.True(() => Child() > 0, "the child stands before its execve", System.Evidence);
        Assert.That(State(), Is.EqualTo("activating"), System.Evidence);
    }

    [TearDown]
    public void End() => _crashes?.Dispose();

    [TestCase("reexec")]
    [TestCase("crash")]
    [TestCase("reexec crash")]
    [TestCase("crash reexec")]
    public void Whoever_runs_as_PID_1_by_then_hears_that_it_has_executed(string ends)
    {
        int starts = 0;
        foreach (string end in ends.Split(' '))
        {
            if (end == "crash")
                System.Crash("ud2");
            else
                System.System.Initx("reexec");
            System.AwaitStart(++starts);
        }

        Assert.That(State(), Is.EqualTo("activating"), System.Evidence);
        Release();
        Eventually.True(() => State() == "active", "it is known to have executed", System.Evidence);
        Assert.That(ProcessRows().Count(row => row == "executed"), Is.EqualTo(1), System.Evidence);
        System.AssertUnharmed();
    }

    [TestCase("")]
    [TestCase("reexec")]
    [TestCase("crash")]
    public void One_that_is_killed_before_was_never_executed(string end)
    {
        if (end == "crash")
            System.Crash("ud2");
        else if (end.Length > 0)
            System.System.Initx("reexec");
        if (end.Length > 0)
            System.AwaitStart(1);
        System.System.Shell($"kill -KILL {Child()}");
        Eventually.True(() => State() == "failed", "its end is noticed", System.Evidence);
        Release();
        Assert.That(ProcessRows(), Has.None.EqualTo("executed"), System.Evidence);
        Assert.That(
            System.System.Initx("show", "-p", "Result", "--value", Unit).Out.Trim(),
            Is.EqualTo("signal"), System.Evidence);
    }

    private void Release() => System.System.Initx("kill", "-s", "KILL", "holder.service");

    private string State() => System.Status(Unit).GetProperty("state").GetString()!;

    private int Child() => System.Status(Unit).GetProperty("mainPid").GetInt32();

    private List<string> ProcessRows()
    {
        var words = new List<string>();
        string rows = System.System.Initx("history", Unit, "--json", "-n", "1000").Out;
        foreach (string line in rows.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            JsonElement row = JsonDocument.Parse(line).RootElement;
            if (row.GetProperty("kind").GetString() == "process")
                words.Add(row.GetProperty("to").GetString() ?? "");
        }

        return words;
    }
}
