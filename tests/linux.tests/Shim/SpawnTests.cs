namespace InitTx.Linux.Tests.Shim;

/// <summary>
/// What a child finds when its program runs, and how each step that fails is told: number, errno
/// and the exit status of systemd.exec(5). Also where the kernel refuses the modern calls.
/// </summary>
[TestFixture]
public sealed class SpawnTests
{
    private const string Executed = "step=0 errno=0 exit=0 detail=0";

    private NativeProgram _probe = null!;

    [OneTimeSetUp]
    public void Compile() => _probe = NativeProgram.WithShim("boxprobe.c");

    [OneTimeTearDown]
    public void Remove() => _probe.Dispose();

    [TestCase("exit+7", "status=7")]
    [TestCase("kill+-9+$$", "status=137")]
    [TestCase("test+$LISTEN_PID+=+$$", "status=0")]
    [TestCase("test+$(ulimit+-n)+-le+1024", "status=0")]
    public void A_program_is_executed(string script, string status) =>
        Assert.That(Run($"spawn /bin/sh {script}")[0],
            Does.StartWith(Executed).And.Contain(status).And.Contain("fallback=0 pidfd=1 pending=0"));

    [TestCase("spawn /nonexistent x", "step=12 errno=2 exit=203 detail=0 status=203")]
    [TestCase("spawn /etc/passwd x", "step=12 errno=13 exit=203 detail=0 status=203")]
    [TestCase("spawn /bin/sh x dir=/nonexistent", "step=10 errno=2 exit=200 detail=0 status=200")]
    [TestCase("spawn /bin/sh x limit=7:2:1", "step=4 errno=22 exit=205 detail=7 status=205")]
    [TestCase("spawn /bin/sh x listen=900", "step=6 errno=9 exit=202 detail=3 status=202")]
    [TestCase("spawn /bin/sh x input=900", "step=6 errno=9 exit=208 detail=0 status=208")]
    [TestCase("spawn /bin/sh x flags=2 input=900", "step=6 errno=9 exit=208 detail=0 status=208")]
    public void A_step_that_fails_is_reported(string command, string report) =>
        Assert.That(Run(command)[0], Does.StartWith(report));

    [TestCase("spawn sh x", "refused=-22")]
    [TestCase("spawn ./sh x", "refused=-22")]
    public void A_path_that_is_not_absolute_is_refused(string command, string answer) =>
        Assert.That(Run(command)[0], Is.EqualTo(answer));

    [TestCase("/nonexistent")]
    [TestCase("/etc/passwd")]
    public void An_optional_directory_may_be_unusable(string directory) =>
        Assert.That(Run($"spawn /bin/sh test+$PWD+=+/ dir={directory} flags=256")[0],
            Does.StartWith(Executed).And.Contain("status=0"));

    [Test]
    public void Listening_descriptors_become_three_and_four_even_when_they_are_in_each_others_place()
    {
        string[] lines = Run(
            "fd-make 4", "fd-make 5",
            "spawn /bin/sh test+-e+/dev/fd/3+&&+test+-e+/dev/fd/4+&&+!+test+-e+/dev/fd/60 listen=4 listen=3");
        Assert.That(lines[^2], Does.StartWith(Executed).And.Contain("status=0"));
    }

    [Test]
    public void A_child_has_its_low_limit_of_files_only_once_its_descriptors_are_in_place()
    {
        string[] lines = Run("fd-fill 2000", "spawn /bin/sh test+$(ulimit+-n)+-le+1024");
        Assert.That(lines[1], Does.StartWith(Executed).And.Contain("status=0"));
    }

    [TestCase("refuse 435 38", TestName = "Where_clone3_is_not_there_clone_is_used")]
    [TestCase("refuse 435 1", TestName = "Where_clone3_is_forbidden_clone_is_used")]
    public void Without_clone3(string filter)
    {
        string[] lines = Run(filter, "spawn /bin/sh exit+9", "spawn /nonexistent x");
        Assert.That(lines[1], Does.StartWith(Executed).And.Contain("status=9 fallback=1 pidfd=1 pending=0"));
        Assert.That(lines[2], Does.StartWith("step=12 errno=2 exit=203").And.Contain("fallback=1"));
    }

    [Test]
    public void Without_close_range_the_listed_descriptors_still_do_not_reach_the_child()
    {
        string[] lines = Run(
            "fd-make 20", "fd-add 20 kept", "refuse 436 38",
            "spawn /bin/sh !+test+-e+/dev/fd/20+&&+!+test+-e+/dev/fd/60+&&+!+test+-e+/dev/fd/61");
        Assert.That(lines[3], Does.StartWith(Executed).And.Contain("status=0"));
        Assert.That(Run("fd-make 20", "fd-add 20 kept", "spawn /bin/sh true", "fd-flags 20")[3],
            Is.EqualTo("0"), "the parent's own flags are as they were");
    }

    [Test]
    public void A_descriptor_that_is_no_cgroup_is_a_failed_step_and_not_a_process_elsewhere() =>
        Assert.That(Run("spawn /bin/sh x cgroup=/tmp")[0],
            Does.StartWith("step=1 errno=2 exit=219").And.Contain("fallback=2"));

    private string[] Run(params string[] commands)
    {
        (int code, string output) = _probe.Run(commands);
        TestContext.Out.WriteLine($"boxprobe '{string.Join("' '", commands)}'\n{output}");
        Assert.That(code, Is.Zero, output);
        return [.. output.Split('\n').Select(line => line.Trim())];
    }
}
