using System.Diagnostics;
using InitTx.Exec.Tests.Support;

namespace InitTx.Exec.Tests;

/// <summary>
/// PAMName= (systemd.exec(5)), by the real program in a mount namespace with an /etc/pam.d of its
/// own. Needs root, libpam and its modules.
/// </summary>
public sealed class PamTests
{
    private const string Opens = "auth required pam_permit.so\naccount required pam_permit.so\n"
        + "session required pam_permit.so\n";

    private string? _native;

    private Sandbox _sandbox = null!;

    /// <summary>The native part, which a published program has inside.</summary>
    [OneTimeSetUp]
    public void Compile()
    {
        Assume.That(Environment.IsPrivilegedProcess, "mounts need root");
        _native = Directory.CreateTempSubdirectory("initx-pam-").FullName;
        string source = Path.Combine(Repository(), "engine/exec/native/pam_session.c");
        using var compiler = Process.Start("gcc",
        [
            "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", source,
            "-o", $"{_native}/libinitx_session.so",
        ]);
        compiler.WaitForExit();
        Assert.That(compiler.ExitCode, Is.Zero);
    }

    [OneTimeTearDown]
    public void Remove()
    {
        if (_native is not null)
            Directory.Delete(_native, recursive: true);
    }

    [SetUp]
    public void SetUp()
    {
        _sandbox = new Sandbox();
        File.SetUnixFileMode(_sandbox.Root, (UnixFileMode)0b111_101_101);
        _sandbox.Put("mark", "#!/bin/sh\n"
            + "echo \"$PAM_TYPE $PAM_USER $PAM_TTY $(id -u)\" >>"
            + $"{_sandbox.At("marks")}\n");
        File.SetUnixFileMode(_sandbox.At("mark"), (UnixFileMode)0b111_101_101);
    }

    [TearDown]
    public void TearDown() => _sandbox.Dispose();

    private string Marked =>
        Opens + $"session optional pam_exec.so seteuid {_sandbox.At("mark")}\n";

    [Test]
    public void The_session_is_opened_by_root_before_the_program_and_closed_by_root_after_it()
    {
        (int status, string output, string errors) = Run(
            Marked, ["--TTYPath=/dev/tty9"], $"id -u; cat {_sandbox.At("marks")}");
        Assert.That(
            (status, output), Is.EqualTo((0, "1\nopen_session daemon /dev/tty9 0\n")), errors);
        Await("close_session daemon /dev/tty9 0");
    }

    [Test]
    public void The_watcher_outlives_all_but_the_program_and_has_nothing_of_it()
    {
        using Process program = Start(Marked, ["--TTYPath=/dev/tty9"], "read line; echo $line");
        int watcher = 0;
        for (int i = 0; i < 4000 && (watcher = Watcher()) == 0; i++)
            Thread.Sleep(5);
        Assert.That(watcher, Is.Not.Zero, "a process (initx-pam) with this test's variable");
        string place = $"/proc/{watcher}";
        Assert.That(File.ReadAllText(place + "/cmdline").Trim('\0'), Is.EqualTo("(initx-pam)"));
        Assert.That(File.ReadAllText(place + "/status"), Does.Contain("Uid:\t0\t0\t0\t0\n"));
        string[] stat = File.ReadAllText(place + "/stat").Split(' ');
        Assert.That(stat[3], Is.Not.EqualTo($"{program.Id}"), "its parent");
        Assert.That(stat[5], Is.EqualTo($"{watcher}"), "its session");
        Assert.That(Descriptors(place), Is.EqualTo(new[]
        {
            "/dev/null", "/dev/null", "/dev/null", "anon_inode:[pidfd]",
        }));
        foreach (string signal in (string[])["TERM", "HUP", "INT", "USR1", "RTMIN"])
            Process.Start("kill", [$"-{signal}", $"{watcher}"]).WaitForExit();
        program.StandardInput.WriteLine("still there");
        (int status, string output, string errors) = Finish(program);
        Assert.That((status, output), Is.EqualTo((0, "still there\n")), errors);
        Await("close_session daemon /dev/tty9 0");
    }

    private static string[] Descriptors(string place) =>
    [
        .. Directory.EnumerateFileSystemEntries(place + "/fd")
            .Select(fd => new FileInfo(fd).LinkTarget ?? "").Order(StringComparer.Ordinal),
    ];

    private int Watcher()
    {
        foreach (string place in Directory.EnumerateDirectories("/proc"))
        {
            _ = int.TryParse(Path.GetFileName(place), out int pid);
            try
            {
                if (pid > 0 && File.ReadAllText(place + "/comm") == "(initx-pam)\n"
                    && File.ReadAllText(place + "/environ").Contains(_sandbox.Root)
                    && Descriptors(place) is [_, _, _, "anon_inode:[pidfd]"])
                    return pid;
            }
            catch (IOException)
            {
                // It has ended in the meantime.
            }
        }

        return 0;
    }

    [Test]
    public void A_program_that_waits_for_all_its_children_does_not_wait_for_the_watcher()
    {
        (int status, string output, string errors) = Run(
            Opens, [], "exec perl -e 'print wait()'");
        Assert.That((status, output), Is.EqualTo((0, "-1")), errors);
    }

    [Test]
    public void Variables_go_to_the_modules_and_come_back_as_they_left_them()
    {
        _sandbox.Put("variables", "ADDED=by-pam\nTAKEN=other\n");
        (int status, string output, string errors) = Run(
            Opens + $"session required pam_env.so envfile={_sandbox.At("variables")}\n", [],
            "env | grep -E '^(OWN|ADDED|TAKEN|@.*)=' | sort");
        Assert.That(status, Is.Zero, errors);
        Assert.That(output, Is.EqualTo($"ADDED=by-pam\nOWN={_sandbox.Root}\nTAKEN=other\n"));
    }

    [Test]
    public void What_modules_change_of_the_process_stands_above_what_the_unit_says()
    {
        _sandbox.Put("limits", "* - nofile 77\n* - as 4000000\n");
        string modules = Opens + $"session required pam_limits.so conf={_sandbox.At("limits")}\n"
            + "session required pam_umask.so umask=0027\n";
        string[] settings =
        [
            "--limit=7:100:100", "--limit=9:8000000000:8000000000", "--limit=3:1000000:1000000",
            "--umask=63",
        ];
        (int status, string output, string errors) = Run(
            modules, settings, "ulimit -n; ulimit -v; ulimit -s; umask");
        Assert.That((status, output), Is.EqualTo((0, "77\n4000000\n976\n0027\n")), errors);
    }

    [TestCase("account required pam_deny.so\nsession required pam_permit.so\n", "pam_acct_mgmt")]
    [TestCase("account required pam_permit.so\nsession required pam_deny.so\n", "pam_open_session")]
    public void A_refusal_keeps_the_program_from_running(string modules, string call)
    {
        (int status, string output, string errors) = Run(modules, [], "echo ran");
        Assert.That((status, output), Is.EqualTo((224, "")));
        Assert.That(errors, Does.StartWith($"initx-exec: PAMName: mine: {call} ")
            .And.Contain("EACCES"));
    }

    [Test]
    public void Without_a_user_there_is_no_session()
    {
        (int status, string output, string errors) = Run(
            "account required pam_deny.so\n", ["--uid=0"], "id -u", user: null);
        Assert.That((status, output), Is.EqualTo((0, "0\n")), errors);
    }

    [Test]
    public void A_step_that_fails_after_it_closes_the_session()
    {
        Assert.That(Run(Marked, ["--directory=/no/such"], "true").Status, Is.EqualTo(200));
        Await("close_session daemon  0");
    }

    [Test]
    public void A_stop_in_the_middle_of_opening_it_leaves_no_session_open()
    {
        string stop = _sandbox.Put(
            "stop", "#!/bin/sh\ntest $PAM_TYPE = close_session || kill -TERM $PPID\n");
        File.SetUnixFileMode(stop, (UnixFileMode)0b111_101_101);
        (int status, string output, string errors) = Run(
            Marked + $"session optional pam_exec.so seteuid {stop}\n", [], "echo ran");
        Assert.That((status, output), Is.EqualTo((128 + 15, "")), errors);
        Await("close_session daemon  0");
    }

    [Test]
    public void Without_libpam_it_is_said_what_is_missing()
    {
        (int status, _, string errors) = Run(
            Opens, [], "true", before: "for f in /lib/x86_64-linux-gnu/libpam.so.0*; do "
            + "mount --bind /dev/null $f; done; ");
        Assert.That(status, Is.EqualTo(224));
        Assert.That(errors, Does.StartWith("initx-exec: PAMName: mine: libpam.so.0 (Debian: "
            + "libpam0g) has to be installed"));
    }

    private string[] Marks() => File.ReadAllLines(_sandbox.At("marks"));

    private void Await(string begin)
    {
        for (int i = 0; i < 2000 && !Marks().Any(l => l.StartsWith(begin, default)); i++)
            Thread.Sleep(5);
        Assert.That(Marks(), Has.Some.StartsWith(begin));
    }

    private (int Status, string Output, string Errors) Run(
        string modules, string[] options, string line, string? user = "daemon", string before = "")
    {
        using Process process = Start(modules, options, line, user, before);
        process.StandardInput.Close();
        return Finish(process);
    }

    private static (int Status, string Output, string Errors) Finish(Process process)
    {
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }

    private Process Start(
        string modules, string[] options, string line, string? user = "daemon", string before = "")
    {
        _sandbox.Put("pam.d/mine", modules);
        ProcessStartInfo command = Helper.Command(
        [
            "--marked-environment", "--PAMName=mine", "--groups=1", "--gid=1", "--uid=1",
            .. user is null ? Array.Empty<string>() : [$"--user-name={user}"],
            .. options, "--", "/bin/sh", "sh", "-c", line,
        ]);
        var start = new ProcessStartInfo("unshare",
        [
            "-m", "sh", "-c",
            $"mount --bind {_sandbox.At("pam.d")} /etc/pam.d; {before}exec env \"$@\"",
            "sh", $"@PATH={Environment.GetEnvironmentVariable("PATH")}",
            $"@OWN={_sandbox.Root}", "@TAKEN=unit", command.FileName, .. command.ArgumentList,
        ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LD_LIBRARY_PATH"] = _native;
        return Process.Start(start)!;
    }

    private static string Repository()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "InitTx.sln")))
            directory = Path.GetDirectoryName(directory);
        return directory ?? throw new InvalidOperationException("not below the repository");
    }
}
