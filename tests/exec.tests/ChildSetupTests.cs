using System.Diagnostics;
using InitTx.Exec.Setup;
using InitTx.Exec.Tests.Support;

namespace InitTx.Exec.Tests;

/// <summary>The real program as the step between PID 1's child and the service.</summary>
public sealed class ChildSetupTests
{
    private Sandbox _sandbox = null!;

    [SetUp]
    public void SetUp() => _sandbox = new Sandbox();

    [TearDown]
    public void TearDown() => _sandbox.Dispose();

    [Test]
    public void The_program_takes_over_with_its_own_name_and_arguments()
    {
        (int status, string output, _) = Run(
            "--", "/bin/sh", "my-name", "-c", "echo $0 $1; exit 7", "a", "b c");
        Assert.That((status, output), Is.EqualTo((7, "a b c\n")));
        (_, output, _) = Run("--", "/bin/sh", "my-name", "-c", "tr '\\0' '|' < /proc/$$/cmdline");
        Assert.That(output, Does.StartWith("my-name|-c|"));
    }

    [Test]
    public void Settings_reach_the_program()
    {
        Assume.That(Environment.IsPrivilegedProcess);
        (int status, string output, string errors) = Run(
            "--oom-score-adj=321", "--groups=5,27", "--gid=7", "--uid=9", "--no-new-privileges",
                "--",
            "/bin/sh", "sh", "-c",
            "cat /proc/self/oom_score_adj; "
                + "grep -E '^(Uid|Gid|Groups|NoNewPrivs|SigIgn):' /proc/self/status");
        Assert.That(status, Is.Zero, errors);
        Assert.That(output.Replace(" \n", "\n"), Is.EqualTo(
            "321\nUid:\t9\t9\t9\t9\nGid:\t7\t7\t7\t7\nGroups:\t5 27\n"
            + "SigIgn:\t0000000000001000\nNoNewPrivs:\t1\n").Or.EqualTo(
            "321\nUid:\t9\t9\t9\t9\nGid:\t7\t7\t7\t7\nGroups:\t5 27\n"
            + "NoNewPrivs:\t1\nSigIgn:\t0000000000001000\n"));
    }

    [Test]
    public void SIGPIPE_can_be_left_to_end_the_program()
    {
        (_, string output, _) = Run(
            "--default-sigpipe", "--", "/bin/grep", "grep", "SigIgn", "/proc/self/status");
        Assert.That(output, Is.EqualTo("SigIgn:\t0000000000000000\n"));
    }

    [Test]
    public void Files_become_standard_streams()
    {
        string input = _sandbox.Put("in", "hello\n");
        string output = _sandbox.Put("out", "0123456789\n");
        string log = _sandbox.Put("log", "old\n");
        Assert.That(Run(
            $"--stdin-file={input}", $"--stdout-file={output}", $"--stderr-append={log}",
            "--", "/bin/sh", "sh", "-c", "cat; echo oops >&2").Status, Is.Zero);
        Assert.That(
            File.ReadAllText(output), Is.EqualTo("hello\n6789\n"), "written from its beginning");
        Assert.That(File.ReadAllText(log), Is.EqualTo("old\noops\n"));
        Run($"--stdout-truncate={output}", "--", "/bin/echo", "echo", "new");
        Assert.That(File.ReadAllText(output), Is.EqualTo("new\n"));
    }

    [Test]
    public void Output_and_error_to_one_file_share_their_position()
    {
        string file = _sandbox.At("both");
        Run($"--stdout-truncate={file}", $"--stderr-truncate={file}", "--", "/bin/sh", "sh", "-c",
            "echo one; echo two >&2; echo three");
        Assert.That(File.ReadAllText(file), Is.EqualTo("one\ntwo\nthree\n"));
        Assert.That(
            File.GetUnixFileMode(file) & UnixFileMode.OtherWrite, Is.EqualTo(UnixFileMode.None));
    }

    /// <summary>
    /// The shape of CVE-2018-21269: root opens what a service's user made of its own directory.
    /// </summary>
    [TestCase("ln -s $0/victim $0/users/log", false)]
    [TestCase("ln -s ../victim $0/users/log", false)]
    [TestCase("ln -s $0/users/again $0/users/log; ln -s $0/victim $0/users/again", false)]
    [TestCase("ln -s $0 $0/users/up; ln -s up/victim $0/users/log", false)]
    [TestCase("ln -s $0/new $0/users/log", false)]
    [TestCase("ln $0/victim $0/users/log", false)]
    [TestCase("touch $0/users/own; ln -s $0/users/own $0/users/log", true)]
    [TestCase("ln -s own $0/users/log", true)]
    [TestCase(":", true)]
    public void CVE_2018_21269_no_link_of_a_user_s_leads_a_stream_to_what_is_another_s(
        string make, bool isOpened)
    {
        Assume.That(Environment.IsPrivilegedProcess);
        string victim = _sandbox.Put("victim", "secret");
        _sandbox.Make("users");
        Shell($"{make}; chown -h 1:1 $0/users $0/users/* 2>/dev/null; chown 0 $0/victim");
        foreach (string how in (string[])["append", "truncate", "file"])
        {
            (int status, _, string errors) = Run(
                $"--stdout-{how}={_sandbox.At("users/log")}", "--", "/bin/echo", "echo", "x");
            Assert.That(status, Is.EqualTo(isOpened ? 0 : 209), errors);
        }

        Assert.That(File.ReadAllText(victim), Is.EqualTo("secret"));
        Assert.That(File.Exists(_sandbox.At("new")), Is.False);
    }

    [Test]
    public void Links_of_root_s_lead_a_stream_anywhere()
    {
        string file = _sandbox.Put("real/log", "");
        _sandbox.Link("dir", _sandbox.At("real"));
        _sandbox.Link("log", _sandbox.At("dir/log"));
        Run($"--stdout-append={_sandbox.At("log")}", "--", "/bin/echo", "echo", "x");
        Assert.That(File.ReadAllText(file), Is.EqualTo("x\n"));
        (int status, string output, _) = Run(
            "--stdout-append=/dev/stdout", "--", "/bin/echo", "echo", "y");
        Assert.That((status, output), Is.EqualTo((0, "y\n")));
        (status, output, _) = Run(
            "--stdout-truncate=/proc/self/fd/2", "--", "/bin/sh", "sh", "-c", "echo z");
        Assert.That((status, output), Is.EqualTo((0, "")));
    }

    private void Shell(string script)
    {
        using var shell = Process.Start("sh", ["-c", script, _sandbox.Root]);
        shell.WaitForExit();
        Assert.That(shell.ExitCode, Is.Zero);
    }

    [Test]
    public void A_bare_name_is_looked_up_on_the_fixed_path_only()
    {
        string own = _sandbox.Put("only-here", "#!/bin/sh\necho wrong\n");
        File.SetUnixFileMode(own, (UnixFileMode)0b111_101_101);
        Assert.That(Run("--search", "--", "true", "true").Status, Is.Zero);
        (int status, _, string errors) = Run(
            _sandbox.Root, "--search", "--", "only-here", "only-here");
        Assert.That(
            (status, errors), Is.EqualTo(
            (203, "initx-exec: find: only-here: ENOENT (No such file or directory)\n")));
    }

    [TestCase("/nonexistent")]
    [TestCase("/etc/passwd")]
    public void A_directory_that_is_optional_may_be_unusable(string directory)
    {
        (int status, string output, _) = Run(
            $"--directory={directory}", "--directory-optional", "--", "/bin/pwd", "pwd");
        Assert.That((status, output), Is.EqualTo((0, "/\n")));
        Assert.That(Run($"--directory={directory}", "--", "/bin/true", "true").Status,
            Is.EqualTo(200));
    }

    [TestCase("--CoredumpFilter=33", "cat /proc/self/coredump_filter", "00000033\n")]
    [TestCase("--CoredumpFilter=ffffffff", "cat /proc/self/coredump_filter", "000001ff\n")]
    [TestCase("--NUMAPolicy=bind --NUMAMask=0", Policy, "bind:0\n")]
    [TestCase("--NUMAPolicy=interleave --NUMAMask=all", Policy, "interleave:0\n")]
    [TestCase("--NUMAPolicy=preferred", Policy, "local\n")]
    [TestCase("--NUMAPolicy=local --NUMAMask=0", Policy, "local\n")]
    [TestCase("--NUMAPolicy=default", Policy, "default\n")]
    [TestCase("--NUMAMask=0", Policy, "prefer:0\n")]
    public void Dumps_and_memory_nodes_are_as_the_unit_says(
        string options, string line, string seen)
    {
        if (line == Policy)
            Assume.That(OneNode, "a machine with one memory node, as /proc shows it");
        (int status, string output, string errors) = Run(
            [.. options.Split(' '), "--", "/bin/sh", "sh", "-c", line]);
        Assert.That((status, output), Is.EqualTo((0, seen)), errors);
    }

    private const string Policy = "head -n 1 /proc/self/numa_maps | cut -d' ' -f2";

    private static bool OneNode => File.Exists("/proc/self/numa_maps")
        && File.ReadAllText("/sys/devices/system/node/online") == "0\n";

    [TestCase("--NUMAPolicy=bind")]
    [TestCase("--NUMAPolicy=interleave")]
    [TestCase("--NUMAPolicy=preferred --NUMAMask=0-1")]
    [TestCase("--NUMAMask=0,2")]
    [TestCase("--NUMAPolicy=bind --NUMAMask=1024")]
    public void A_policy_without_the_nodes_that_it_needs_has_its_status(string options) =>
        Assert.That(
            Run([.. options.Split(' '), "--", "/bin/true", "true"]).Status, Is.EqualTo(242));

    [TestCase("--TTYRows=33 --TTYColumns=99", "33 99")]
    [TestCase("--TTYRows=33 --TTYColumns=0", "33 0")]
    [TestCase("--TTYColumns=99", "7 99")]
    public void A_terminal_has_the_size_that_the_unit_says(string options, string size)
    {
        ProcessStartInfo command = Helper.Command(
            [.. options.Split(' '), "--", "/bin/stty", "stty", "size"]);
        using Process script = Process.Start(new ProcessStartInfo("script",
        [
            "-q", "-e", "-c",
            "stty rows 7 cols 9; " + string.Join(' ', [command.FileName, .. command.ArgumentList]),
            "/dev/null",
        ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Assert.That(script.StandardOutput.ReadToEnd().Trim(), Is.EqualTo(size));
        script.WaitForExit();
        Assert.That(script.ExitCode, Is.Zero);
    }

    [TestCase("init", 1)]
    [TestCase("login", 2)]
    [TestCase("user", 3)]
    public void A_record_of_the_login_is_made_before_the_program_runs(string mode, int inHistory)
    {
        Assume.That(Environment.IsPrivilegedProcess, "mounts need root");
        _sandbox.Put("wtmp");
        _sandbox.Put("utmp");
        ProcessStartInfo command = Helper.Command(
        [
            "--UtmpIdentifier=longtty9", $"--UtmpMode={mode}", "--TTYPath=/dev/pts/9",
            "--user-name=daemon", "--", "/bin/sh", "sh", "-c",
            "utmpdump /run/utmp 2>/dev/null | tr -s ' ' | sed \"s/\\[0*$$\\]/[pid]/\" | "
                + "cut -d' ' -f1-6; utmpdump /var/log/wtmp 2>/dev/null | wc -l",
        ]);
        using Process shell = Process.Start(new ProcessStartInfo("unshare",
        [
            "-m", "sh", "-c", "mount --bind $0/utmp $(realpath /var/run/utmp 2>/dev/null || "
                + "echo /run/utmp) 2>/dev/null || { mount -t tmpfs none /run && "
                + "cp $0/utmp /run/utmp; }; mount -t tmpfs none /var/log && "
                + "cp $0/wtmp /var/log/wtmp && exec \"$@\"",
            _sandbox.Root, command.FileName, .. command.ArgumentList,
        ])
        { RedirectStandardOutput = true })!;
        string output = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        string[] lines = output.Split('\n');
        int kind = 4 + inHistory;
        string who = mode == "user" ? "[daemon ]" : "[ ]";
        Assert.That(lines[0], Is.EqualTo($"[{kind}] [pid] [tty9] {who} [pts/9"));
        Assert.That(lines[1], Is.EqualTo($"{inHistory}"));
    }

    [Test]
    public void A_bare_name_is_looked_up_where_ExecSearchPath_says_and_nowhere_else()
    {
        string own = _sandbox.Put("only-here", "#!/bin/sh\necho right\n");
        File.SetUnixFileMode(own, (UnixFileMode)0b111_101_101);
        string path = $"--ExecSearchPath=/nonexistent:{_sandbox.Root}";
        Assert.That(
            Run("--search", path, "--", "only-here", "only-here").Output, Is.EqualTo("right\n"));
        Assert.That(Run("--search", path, "--", "true", "true").Status, Is.EqualTo(203));
    }

    [TestCase(203, "execute: /nonexistent/x: ENOENT", "--", "/nonexistent/x", "x")]
    [TestCase(203, "execute: /etc/passwd: EACCES", "--", "/etc/passwd", "x")]
    [TestCase(203, "execute: /: EACCES", "--", "/", "x")]
    [TestCase(
        208, "StandardInput: /nonexistent/in: ENOENT", "--stdin-file=/nonexistent/in", "--",
        "/bin/true", "true")]
    [TestCase(
        209, "StandardOutput: /nonexistent/out: ENOENT", "--stdout-append=/nonexistent/out", "--",
        "/bin/true", "true")]
    [TestCase(222, "StandardError: /: EISDIR", "--stderr-file=/", "--", "/bin/true", "true")]
    public void A_step_that_fails_has_its_status_and_a_line(
        int status, string line, params string[] arguments)
    {
        (int found, _, string errors) = Run(arguments);
        Assert.That(found, Is.EqualTo(status), errors);
        Assert.That(errors, Does.StartWith("initx-exec: " + line));
        Assert.That(errors.Count(c => c == '\n'), Is.EqualTo(1));
    }

    [TestCase(216, "--groups=5")]
    [TestCase(216, "--gid=7")]
    [TestCase(217, "--uid=7")]
    public void Without_root_the_identity_steps_fail_with_their_status(int status, string option)
    {
        Assume.That(Environment.IsPrivilegedProcess);
        Assert.That(
            Run(
                "--", "/usr/bin/setpriv", "setpriv", "--bounding-set=-all", "--inh-caps=-all",
                "--ambient-caps=-all",
                "dotnet", Helper.Assembly, option, "--", "/bin/true", "true").Status,
            Is.EqualTo(status));
    }

    [TestCase]
    [TestCase("--")]
    [TestCase("--", "/bin/true")]
    [TestCase("/bin/true", "true")]
    [TestCase("--unknown", "--", "/bin/true", "true")]
    [TestCase("--oom-score-adj=1001", "--", "/bin/true", "true")]
    [TestCase("--oom-score-adj=", "--", "/bin/true", "true")]
    [TestCase("--uid=-1", "--", "/bin/true", "true")]
    [TestCase("--uid=4294967295", "--", "/bin/true", "true")]
    [TestCase("--groups=1,,2", "--", "/bin/true", "true")]
    [TestCase("--stdin-append=/x", "--", "/bin/true", "true")]
    [TestCase("--stdout-file=relative", "--", "/bin/true", "true")]
    [TestCase("--stdout-file=/a", "--stdout-append=/a", "--", "/bin/true", "true")]
    [TestCase("--search=yes", "--", "/bin/true", "true")]
    [TestCase("--mount-point=755", "--", "/bin/true", "true")]
    [TestCase("--mount-point=:/x", "--", "/bin/true", "true")]
    [TestCase("--mount-point=788:/x", "--", "/bin/true", "true")]
    [TestCase("--mount-point=00755:/x", "--", "/bin/true", "true")]
    [TestCase("--make-directory=755:x", "--", "/bin/true", "true")]
    [TestCase("--make-directory=755:", "--", "/bin/true", "true")]
    public void A_wrong_command_line_is_refused(params string[] arguments) =>
        Assert.That(ChildOptions.Parse(arguments, out string error), Is.Null, error);

    [TestCase("--help", 0, "usage: initx-exec")]
    [TestCase("--version", 0, "initx-exec 0.1.0")]
    [TestCase("--nonsense", 2, "")]
    public void Help_version_and_nonsense(string argument, int status, string output)
    {
        (int found, string text, _) = Run(argument);
        Assert.That(found, Is.EqualTo(status));
        Assert.That(text, Does.StartWith(output));
    }

    [TestCase("x")]
    [TestCase("999")]
    [TestCase("-1")]
    public void Serving_on_what_is_no_descriptor_is_refused(string fd)
    {
        (int status, _, string errors) = Run("--serve", fd);
        Assert.That(status, Is.EqualTo(2));
        Assert.That(errors, Does.Contain($"'{fd}' is no open descriptor"));
    }

    private static (int Status, string Output, string Errors) Run(params string[] arguments)
    {
        string? path = arguments.Length > 0 && Directory.Exists(arguments[0]) && arguments[0] != "/"
            ? arguments[0]
            : null;
        ProcessStartInfo start = Helper.Command(arguments.Skip(path is null ? 0 : 1));
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        if (path is not null)
            start.Environment["PATH"] = $"{path}:{start.Environment["PATH"]}";
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }
}
