using System.Diagnostics;
using InitTx.Exec.Serve;
using InitTx.Exec.Tests.Support;
using InitTx.Linux.Prepare;
using InitTx.Units.Model;

namespace InitTx.Exec.Tests;

/// <summary>Which pid files are believed.</summary>
public sealed class PidFileTests
{
    private static readonly UnitName Unit = UnitName.Parse("test.service");
    private Sandbox _sandbox = null!;
    private Process _sleeper = null!;

    [SetUp]
    public void SetUp()
    {
        _sandbox = new Sandbox();
        _sleeper = Process.Start("sleep", "60");
    }

    [TearDown]
    public void TearDown()
    {
        _sleeper.Kill();
        _sleeper.WaitForExit();
        _sleeper.Dispose();
        _sandbox.Dispose();
    }

    [Test]
    public void A_process_of_the_unit_s_cgroup_is_taken_with_its_start_time()
    {
        string cgroup = File.ReadAllLines("/proc/self/cgroup").Single(
            l => l.StartsWith("0::", StringComparison.Ordinal))[3..];
        _sandbox.Put("pid", $"  {_sleeper.Id}\n");
        if (Environment.IsPrivilegedProcess)
            Run("chown", "1:1", _sandbox.At("pid"));
        PrepareAnswer.PidFile answer = ReadAt("pid", cgroup);
        Assert.That(answer.Error, Is.Null);
        Assert.That(answer.Pid, Is.EqualTo(_sleeper.Id));
        Assert.That(answer.StartTicks, Is.EqualTo(ulong.Parse(
            File.ReadAllText($"/proc/{_sleeper.Id}/stat").Split(' ')[21])));
    }

    [Test]
    public void A_process_outside_is_taken_from_root_s_own_file() =>
        Assert.That(Read($"{_sleeper.Id}", "/system.slice/test.service").Error, Is.Null);

    [TestCase("", "'' is no pid")]
    [TestCase("abc", "'abc' is no pid")]
    [TestCase("-5", "'-5' is no pid")]
    [TestCase("0", "'0' is no pid")]
    [TestCase("99999999999", "is no pid")]
    [TestCase("1", "is the manager's own")]
    [TestCase("4194303", "does not live")]
    public void Wrong_content_is_refused(string content, string why) =>
        Assert.That(Read(content, "").Error, Does.Contain(why));

    [Test]
    public void A_file_that_is_none_is_refused()
    {
        Assert.That(ReadAt("none", "").Error, Does.Contain("ENOENT"));
        _sandbox.Make("pid");
        Assert.That(ReadAt("pid", "").Error, Does.Contain("not a regular file"));
    }

    [Test]
    public void A_long_file_is_refused() =>
        Assert.That(Read(new string('1', 5000), "").Error, Does.Contain("EFBIG"));

    [Test]
    public void A_process_outside_is_refused_when_the_file_is_a_user_s()
    {
        Assume.That(Environment.IsPrivilegedProcess);
        _sandbox.Put("pid", $"{_sleeper.Id}");
        Run("chown", "1:1", _sandbox.At("pid"));
        Assert.That(
            ReadAt("pid", "/system.slice/test.service").Error, Does.Contain("not of this unit"));
    }

    [Test]
    public void A_process_outside_is_refused_when_a_user_could_redirect_the_path()
    {
        Assume.That(Environment.IsPrivilegedProcess);
        _sandbox.Put("real/pid", $"{_sleeper.Id}");
        _sandbox.Make("users");
        _sandbox.Link("users/dir", _sandbox.At("real"));
        Run("chown", "-h", "1:1", _sandbox.At("users"), _sandbox.At("users/dir"));
        Assert.That(ReadAt("users/dir/pid", "/x").Error ?? "", Does.Contain("not of this unit"));
        Assert.That(ReadAt("real/pid", "/x").Error, Is.Null);
    }

    /// <summary>
    /// CVE-2018-16888: what a service's user can say through a PID file, the manager must not kill.
    /// </summary>
    [TestCase("chown 1:1 $0", "a user's own file")]
    [TestCase("chmod 666 $0", "root's, that everybody may write")]
    [TestCase("chmod 664 $0; chown 0:1 $0", "root's, that a group may write")]
    [TestCase("ln $0 $0.other", "root's, that has a second name")]
    public void CVE_2018_16888_a_PID_file_that_users_can_change_names_no_process_of_others(
        string change, string what)
    {
        Assume.That(Environment.IsPrivilegedProcess);
        _sandbox.Put("pid", $"{_sleeper.Id}");
        Run("chmod", "644", _sandbox.At("pid"));
        Assert.That(ReadAt("pid", "/system.slice/test.service").Error, Is.Null, "root's alone");
        Run("sh", "-c", change, _sandbox.At("pid"));
        Assert.That(
            ReadAt("pid", "/system.slice/test.service").Error ?? "",
            Does.Contain("not of this unit"), what);
    }

    /// <summary>The same, with the file put there between the look at it and the reading.</summary>
    [Test]
    public void CVE_2018_16888_a_PID_file_that_is_swapped_while_it_is_read_is_not_root_s()
    {
        Assume.That(Environment.IsPrivilegedProcess);
        string path = _sandbox.Put("pid", "1");
        using Process swapper = Process.Start(
            "/usr/bin/perl", ["-e", SwapOwner, path, $"{_sleeper.Id}"]);
        int taken = 0;
        for (int i = 0; i < 5_000; i++)
            taken += ReadAt("pid", "/system.slice/test.service").Error is null ? 1 : 0;
        Assert.That(swapper.HasExited, Is.False);
        End(swapper);
        Assert.That(taken, Is.Zero);
    }

    // A file of root's that names PID 1, then one of a user's that names the victim.
    private const string SwapOwner = """
        my ($path, $pid) = @ARGV;
        while (1) {
            for my $who (0, 1) {
                open(my $f, '>', "$path.new") or die; print $f ($who ? $pid : 1); close $f;
                chown $who, $who, "$path.new";
                rename "$path.new", $path;
            }
        }
        """;

    [TestCase("1", "1", null)]
    [TestCase("1", "2", "not of this unit")]
    [TestCase("1", "0", "not of this unit")]
    public void Without_cgroups_a_user_s_own_file_tells_of_the_user_s_own_processes(
        string owner, string runs, string? why)
    {
        Assume.That(Environment.IsPrivilegedProcess);
        using Process daemon = AsUser(runs);
        _sandbox.Put("run/pid", $"{daemon.Id}");
        Run("chown", "-R", $"{owner}:1", _sandbox.At("run"));
        Assert.That(ReadAt("run/pid", "").Error, why is null ? Is.Null : Does.Contain(why));
        Assert.That(ReadAt("run/pid", "/x").Error, Does.Contain("not of this unit"));
        End(daemon);
    }

    [Test]
    public void Without_cgroups_no_user_can_point_to_another_user_s_file()
    {
        Assume.That(Environment.IsPrivilegedProcess);
        using Process daemon = AsUser("2");
        _sandbox.Put("theirs/pid", $"{daemon.Id}");
        _sandbox.Make("mine");
        _sandbox.Link("mine/pid", _sandbox.At("theirs/pid"));
        _sandbox.Link("mine/dir", _sandbox.At("theirs"));
        Run("chown", "-R", "2:2", _sandbox.At("theirs"));
        Run("chown", "-h", "1:1",
            _sandbox.At("mine"), _sandbox.At("mine/pid"), _sandbox.At("mine/dir"));
        Assert.That(ReadAt("theirs/pid", "").Error, Is.Null);
        Assert.That(ReadAt("mine/pid", "").Error, Does.Contain("not of this unit"));
        Assert.That(ReadAt("mine/dir/pid", "").Error, Does.Contain("not of this unit"));
        Run("ln", _sandbox.At("theirs/pid"), _sandbox.At("hard"));
        Assert.That(ReadAt("hard", "").Error, Does.Contain("not of this unit"));
        End(daemon);
    }

    private static Process AsUser(string uid)
    {
        Process process = Process.Start(
            "setpriv", ["--reuid", uid, "--clear-groups", "sleep", "60"]);
        SpinWait.SpinUntil(
            () => File.ReadAllText($"/proc/{process.Id}/comm") == "sleep\n", 10_000);
        return process;
    }

    private static void End(Process process)
    {
        process.Kill();
        process.WaitForExit();
    }

    [Test]
    public void A_zombie_does_not_live()
    {
        using Process shell = Process.Start(
            new ProcessStartInfo("sh", ["-c", "sleep 0.1 & echo $! ; exec sleep 60"])
            {
                RedirectStandardOutput = true,
            })!;
        string pid = shell.StandardOutput.ReadLine()!;
        SpinWait.SpinUntil(() => File.ReadAllText($"/proc/{pid}/stat").Contains(") Z "), 10_000);
        Assert.That(Read(pid, "").Error, Does.Contain("does not live"));
        shell.Kill();
        shell.WaitForExit();
    }

    private PrepareAnswer.PidFile Read(string content, string cgroup)
    {
        _sandbox.Put("pid", content);
        return ReadAt("pid", cgroup);
    }

    private PrepareAnswer.PidFile ReadAt(string name, string cgroup) =>
        PidFileReader.Read(new PrepareQuestion.ReadPidFile(1, Unit, _sandbox.At(name), cgroup));

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero);
    }
}
