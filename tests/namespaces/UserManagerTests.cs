using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests;

/// <summary>
/// The README's "Without root": a plain user's own manager runs docs/examples/user, and survives a
/// crash and a re-exec with every service as it was.
/// </summary>
[TestFixture]
public sealed class UserManagerTests
{
    private const string Units = "counter.service setup.service greeter.socket reminder.timer";

    private readonly Layer _layer = new();
    private BootedSystem _system = null!;

    [OneTimeSetUp]
    public void Boot()
    {
        string examples = Path.Combine(Repository.Root, "docs", "examples", "user");
        foreach (string file in Directory.EnumerateFiles(examples))
            _layer.Copy(file, "/examples/" + Path.GetFileName(file));
        _layer.WriteFile(
            "/as-user",
            "#!/bin/sh\nexec setpriv --reuid=1000 --regid=1000 --init-groups env -i HOME=/home/dev "
            + "USER=dev PATH=/usr/bin:/bin XDG_RUNTIME_DIR=/home/dev/run \"$@\"\n",
            executable: true);
        _system = BootedSystem.Boot(
            SystemRoot.Debian, [_layer, Layer.Product],
            ["/bin/sh", "-c", "while :; do sleep 1; done"]);
        Done("useradd -m -u 1000 dev");
        Done("/as-user sh -c 'mkdir -m 700 ~/run; mkdir -p ~/.config/initx/user; "
            + "cp /examples/* ~/.config/initx/user/'");
        Done("setsid /as-user /usr/lib/initx/initxd --user >/home/dev/log 2>&1 </dev/null & "
            + "echo $! >/manager");
        Eventually.True(
            () => _system.Shell($"/as-user initx --user is-active {Units}").Status == 0,
            "the user's services are up", Evidence);
    }

    [OneTimeTearDown]
    public void TakeDown()
    {
        _system?.Dispose();
        _layer.Dispose();
    }

    [Test]
    public void Services_behind_a_socket_and_a_timer_survive_a_crash_and_a_re_exec()
    {
        CommandResult hello = _system.Shell(
            "/as-user perl -MIO::Socket::UNIX -e 'print IO::Socket::UNIX->new("
            + "Peer => \"$ENV{XDG_RUNTIME_DIR}/greeter\")->getline'");
        Assert.That(hello.Out.Trim(), Is.EqualTo("hello from dev"), hello.ToString);
        Eventually.True(
            () => _system.Shell("cat /home/dev/.local/state/reminder/reminded").Out.Length > 0,
            "the timer starts its service", Evidence);

        StaysAsItWas("a crash", "kill -SEGV $(cat /manager)");
        StaysAsItWas("a re-exec", "/as-user initx --user reexec");

        string counter = _system.Shell(
            "/as-user initx --user show -p MainPID --value counter.service").Out.Trim();
        Done("kill $(cat /manager)");
        Eventually.True(
            () => _system.Shell("kill -0 $(cat /manager)").Status != 0, "it ends", Evidence);
        Assert.That(_system.Shell($"kill -0 {counter}").Status, Is.Not.Zero, "the counter is gone");
    }

    private void StaysAsItWas(string what, string command)
    {
        string before = Services();
        string starts = Starts();
        Done(command);
        Eventually.True(
            () => Starts() != starts, $"the manager came back after {what}", Evidence);
        Assert.That(Services(), Is.EqualTo(before), Evidence);
        Assert.That(
            _system.Shell($"/as-user initx --user is-active {Units} greeter.service").Status,
            Is.Zero, Evidence);
        Assert.That(
            _system.Shell("kill -0 $(cat /manager)").Status, Is.Zero, "the same process");
    }

    private string Services() => _system.Shell(
        "for u in counter.service greeter.service; do "
        + "/as-user initx --user show -p MainPID -p NRestarts -p ActiveState $u; done").Out;

    // Rows of crashes and re-execs: one more each time.
    private string Starts() => _system.Shell(
        "/as-user initx --user history --kind crash --kind reexec -n 50 --json | wc -l").Out;

    private string Evidence() => _system.Shell(
        "/as-user initx --user list; cat /home/dev/log; /as-user initx --user history -n 30").Out;

    private void Done(string line)
    {
        CommandResult result = _system.Shell(line);
        Assert.That(result.Status, Is.Zero, () => $"{line}: {result}");
    }
}
