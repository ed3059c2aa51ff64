using System.Diagnostics;
using InitTx.Exec.Tests.Support;

namespace InitTx.Exec.Tests;

/// <summary>
/// The real program with mounts of its own: what the service finds where something was taken from
/// it. Needs root; the system's own mounts stay as they are.
/// </summary>
public sealed class OwnViewTests
{
    private Sandbox _sandbox = null!;

    [SetUp]
    public void SetUp()
    {
        Assume.That(Environment.IsPrivilegedProcess, "mounts need root");
        _sandbox = new Sandbox();
    }

    [TearDown]
    public void TearDown() => _sandbox.Dispose();

    [Test]
    public void The_private_devices_have_the_log_and_not_the_memory()
    {
        (_, string here, _) = Shell("", "readlink /dev/log || stat -c %F /dev/log");
        (int status, string seen, string errors) = Shell(
            "--PrivateDevices=yes",
            "readlink /dev/log || stat -c %F /dev/log; "
            + "test -c /dev/char/1:3 && ls /dev | grep core");
        Assert.That(status, Is.EqualTo(1), errors);
        Assert.That(
            seen, Is.EqualTo(here.Length > 0 ? here : "/run/systemd/journal/dev-log\n"), errors);
    }

    [TestCase("/dev/kmsg")]
    [TestCase("/dev/full")]
    public void A_device_that_is_inaccessible_cannot_be_opened(string device)
    {
        (int status, string seen, string errors) = Shell(
            $"--InaccessiblePaths={device}", $"exec 3<{device} && echo open");
        Assert.That((status, seen), Is.EqualTo((2, "")), errors);
        Assert.That(errors, Does.Contain("No such device or address"));
    }

    [Test]
    public void An_inaccessible_file_is_an_empty_one()
    {
        string file = _sandbox.Put("file", "secret");
        (_, string seen, string errors) = Shell(
            $"--InaccessiblePaths={file}", $"stat -c '%a %s %F' {file}");
        Assert.That(seen, Is.EqualTo("0 0 regular empty file\n"), errors);
    }

    [Test]
    public void The_kernel_log_is_out_of_reach_by_file_and_by_call()
    {
        (_, string seen, _) = Shell(
            "--ProtectKernelLogs=yes",
            "dmesg >&2; echo $?; dmesg -S >&2; echo $?; cat /proc/kmsg | wc -c");
        Assert.That(seen, Is.EqualTo("1\n1\n0\n"));
    }

    [Test]
    public void A_root_directory_that_is_missing_has_the_status_of_the_namespace()
    {
        (int status, _, string errors) = Shell("--RootDirectory=/nonexistent", "true");
        Assert.That(status, Is.EqualTo(226), errors);
        Assert.That(errors, Does.StartWith("initx-exec: RootDirectory: /nonexistent: ENOENT"));
    }

    [TestCase("", "proc /proc|empty /run|null")]
    [TestCase("--MountAPIVFS=yes", "proc /proc|empty /run|null")]
    [TestCase("--MountAPIVFS=no", "empty /run")]
    public void Another_root_has_the_file_systems_of_the_kernel(string setting, string expected)
    {
        string root = Root();
        (_, string seen, string errors) = Shell(
            $"--RootDirectory={root} {setting}",
            "test -e /proc/self/status && printf 'proc /proc|'; "
            + "test -z \"$(ls -A /run)\" && printf 'empty /run'; "
            + "test -c /dev/null && printf '|null'");
        Assert.That(seen, Is.EqualTo(expected), errors);
    }

    [Test]
    public void Another_root_s_own_mounts_stay_and_links_do_not_lead_out_of_it()
    {
        string root = Root();
        Directory.Delete(Path.Combine(root, "run"));
        File.CreateSymbolicLink(Path.Combine(root, "run"), "/../../../../../../../../srv");
        (int status, string seen, string errors) = Shell(
            $"--RootDirectory={root}", "findmnt -n -o FSTYPE /srv");
        Assert.That((status, seen.Trim()), Is.EqualTo((0, "tmpfs")), errors);
    }

    [Test]
    public void A_unit_s_directories_and_the_notify_socket_come_into_another_root()
    {
        string root = Root();
        string own = _sandbox.At("own");
        string apart = _sandbox.At("lib/private/a");
        Directory.CreateDirectory(own);
        Directory.CreateDirectory(apart);
        string socket = _sandbox.Put("socket", "");
        (int status, string seen, string errors) = Shell(
            $"--RootDirectory={root} --own-directory={own} --private-directory={apart} "
            + $"--notify-socket={socket}",
            $"touch {own}/x {_sandbox.At("lib/a")}/y && test -e {socket} && echo all");
        Assert.That((status, seen), Is.EqualTo((0, "all\n")), errors);
        Assert.That(File.Exists(Path.Combine(own, "x")) && File.Exists(Path.Combine(apart, "y")));
    }

    // Almost empty; its programs are the system's.
    private string Root()
    {
        foreach (string place in (string[])["usr", "proc", "sys", "dev", "run", "srv"])
            Directory.CreateDirectory(_sandbox.At("root/" + place));
        foreach (string link in (string[])["bin", "lib", "lib64", "sbin"])
            File.CreateSymbolicLink(_sandbox.At("root/" + link), "usr/" + link);
        return _sandbox.At("root");
    }

    private (int Status, string Output, string Errors) Shell(string setting, string line)
    {
        ProcessStartInfo start = Helper.Command(
        [
            $"--state={_sandbox.At("state")}", "--unit=a.service",
            .. setting.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            .. setting.Contains("--RootDirectory=/", StringComparison.Ordinal)
                ? ["--BindReadOnlyPaths=/usr:/usr:rbind"]
                : Array.Empty<string>(),
            "--", "/bin/sh", "sh", "-c", line,
        ]);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }
}
