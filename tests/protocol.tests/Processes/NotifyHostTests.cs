using System.Diagnostics;
using InitTx.Core;
using InitTx.Init;
using InitTx.Init.Activation;
using InitTx.Init.Processes;
using InitTx.Linux.Cgroups;
using InitTx.Linux.Handles;
using InitTx.Linux.Notify;

namespace InitTx.Protocol.Tests.Processes;

/// <summary>
/// What anybody may write to the notify socket, heard by the shell: whose it is, and which process
/// it may name.
/// </summary>
[TestFixture]
internal sealed class NotifyHostTests : CgroupFixture
{
    private readonly List<EngineEvent> _heard = [];
    private string _directory = "";
    private NotifySocket _socket = null!;
    private KnownPids _known = null!;
    private AdoptedProcesses _adopted = null!;
    private NotifyHost _host = null!;

    [SetUp]
    public void OpenSocket()
    {
        _directory = Directory.CreateTempSubdirectory("inittx-notify.").FullName;
        File.SetUnixFileMode(_directory, (UnixFileMode)0b111_101_101);
        _socket = NotifySocket.Open(_directory + "/notify", new EngineLimits()).Require();
        _known = new KnownPids();
        _adopted = new AdoptedProcesses(_engine, _reaper, _known, _cgroups);
        _host = HostWith(_cgroups);
        _heard.Clear();
    }

    private NotifyHost HostWith(UnitCgroups cgroups) => new(
        _socket, _queue, _adopted, new UnitProcesses(_engine, _known, _proc, cgroups),
        new DescriptorStore(_engine, _loop, new ManagerConsole(null, "")));

    [TearDown]
    public void CloseSocket()
    {
        _socket?.Dispose();
        if (_directory.Length > 0)
            Directory.Delete(_directory, recursive: true);
    }

    /// <summary>systemd's issue 6632: it said READY=1 for somebody else.</summary>
    [Test]
    public void A_notification_of_a_process_of_no_unit_changes_no_unit()
    {
        Unit("a.service");
        Say("READY=1\nMAINPID=1\nSTATUS=mine", inCgroup: null);
        Assert.That(_heard, Is.Empty);
        Assert.That(_host.Strangers, Is.EqualTo(1));
    }

    /// <summary>A crash before all of it is done must not lose it.</summary>
    [Test]
    public void What_is_heard_waits_in_the_socket_until_it_is_committed_and_done()
    {
        UnitRuntime a = Unit("a.service");
        Say("READY=1", inCgroup: null, settles: false);
        Say("STATUS=one", Of(a), settles: false);
        Say("STATUS=two", Of(a), settles: false);
        Assert.That(((EngineEvent.Notified)_heard.Single()).Message.Status, Is.EqualTo("two"));
        string[] waiting = [.. Waiting()];
        Assert.That(waiting, Is.EqualTo((string[])["", "one", "two"]));
        _host.Settled();
        Assert.That(Waiting(), Is.Empty);
    }

    /// <summary>What the next image would hear.</summary>
    private List<string> Waiting()
    {
        FileDescriptor second = new FileDescriptor(_socket.Fd).Duplicate().Require();
        using NotifySocket next = NotifySocket.Adopt(
            second, _socket.Path, new EngineLimits()).Require();
        var texts = new List<string>();
        while (next.Receive(out NotifyDatagram datagram) != NotifyReceipt.Empty)
            texts.Add(datagram.Message.Status ?? "");
        return texts;
    }

    /// <summary>It is its own unit's, whatever it says, and also when it is gone by then.</summary>
    [Test]
    public void A_notification_is_of_the_unit_in_whose_cgroup_its_sender_is()
    {
        UnitRuntime a = Unit("a.service");
        Unit("b.service");
        Say("UNIT=b.service\nREADY=1", Of(a));
        var notified = (EngineEvent.Notified)_heard.Single();
        Assert.That(notified.Unit, Is.EqualTo(a.Id));
        Say("READY=1", Of(a), isGone: true);
        Assert.That(_heard, Is.Empty);
        Assert.That(_host.Strangers, Is.EqualTo(1), "nobody can say any more whose it was");
    }

    /// <summary>
    /// CVE-2018-16888: a process that is named as the main one is killed when the unit stops.
    /// </summary>
    [Test]
    public void CVE_2018_16888_MAINPID_names_no_process_that_is_not_the_unit_s()
    {
        UnitRuntime a = Unit("a.service");
        UnitRuntime b = Unit("b.service");
        Process other = ChildIn(Of(b));
        Process own = ChildIn(Of(a));
        foreach (int pid in (int[])[1, other.Id, Environment.ProcessId, 4_194_303])
            Assert.That(Named($"MAINPID={pid}", a), Is.EqualTo(default(ProcessIdentity)), $"{pid}");
        Assert.That(_reaper.KnownCount, Is.Zero);
        Assert.That(Named($"MAINPID={own.Id}", a).Pid, Is.EqualTo(own.Id));
    }

    /// <summary>
    /// Without cgroups an orphan is known by nothing: its user could end it anyway.
    /// </summary>
    [TestCase("POSIX::setuid(65534)", "", false)]
    [TestCase("POSIX::setuid(65534)", "$< = 65534", false)]
    [TestCase("POSIX::setuid(65534)", "POSIX::setuid(65534)", true)]
    [TestCase("", "POSIX::setuid(65534)", true)]
    public void CVE_2018_16888_without_cgroups_MAINPID_names_no_orphan_of_another_user(
        string sender, string orphan, bool isBelieved)
    {
        UnitRuntime a = Exited("a.service");
        using CgroupTree none = CgroupTree.Create(new(CgroupMode.None, "", "", "no cgroups"));
        UnitCgroups bare = Over(none);
        _adopted = new AdoptedProcesses(_engine, _reaper, _known, bare);
        _host = HostWith(bare);
        using var other = Process.Start(
            new ProcessStartInfo("perl", ["-MPOSIX", "-e", orphan + "; $| = 1; print qq(ready\n); "
                + "exec 'sleep', '1000'"])
            {
                RedirectStandardOutput = true,
            })!;
        Assert.That(other.StandardOutput.ReadLine(), Is.EqualTo("ready"));
        Say($"MAINPID={other.Id}", inCgroup: null, asUser: sender, leads: a);
        ProcessIdentity named = ((EngineEvent.Notified)_heard.Single()).Message.MainPid;
        other.Kill();
        other.WaitForExit();
        Assert.That(named.Pid, Is.EqualTo(isBelieved ? other.Id : 0));
    }

    /// <summary>
    /// One descriptor a process that is known: a unit that names each of its processes must not
    /// take all that the manager may have. The core decides whether the sender may speak.
    /// </summary>
    [Test]
    public void Processes_that_the_core_does_not_take_as_the_main_one_take_no_descriptor()
    {
        UnitRuntime a = Unit("a.service");
        for (int i = 0; i < 5; i++)
            Named($"MAINPID={ChildIn(Of(a)).Id}", a);
        Assert.That(_reaper.KnownCount, Is.Zero);
    }

    /// <summary>A PID file of before, whose number is another service's process by now.</summary>
    [Test]
    public void A_PID_file_takes_no_process_from_another_unit_or_the_manager()
    {
        UnitRuntime a = Unit("a.service");
        UnitRuntime b = Unit("b.service");
        Process main = ChildIn(Of(b));
        Process worker = ChildIn(Of(b));
        _known.Set(main.Id, b.Id);
        Process helper = ChildIn(_subtree);
        _reaper.Register(_proc.Identify(helper.Id), null, 0);
        foreach (Process process in (Process[])[main, worker, helper])
            Assert.That(_adopted.TryName(a, _proc.Identify(process.Id)), Is.False);
        Assert.That(_known.TryGet(main.Id, out UnitId owner));
        Assert.That(owner, Is.EqualTo(b.Id));
        Assert.That(_known.TryGet(helper.Id, out _), Is.False);
        Assert.That(_adopted.TryName(b, _proc.Identify(main.Id)), "its own");
    }

    private ProcessIdentity Named(string text, UnitRuntime unit)
    {
        Say(text, Of(unit));
        ProcessIdentity named = ((EngineEvent.Notified)_heard.Single()).Message.MainPid;
        _adopted.AfterCommit();
        return named;
    }

    private UnitRuntime Unit(string name)
    {
        UnitRuntime unit = Exited(name);
        _cgroups.DescriptorFor(unit, out _, out _)?.Dispose();
        return unit;
    }

    private string Of(UnitRuntime unit) => _subtree + "/system.slice/" + unit.Name.Value;

    // The sender lives until it was heard, unless it is to be gone.
    private void Say(
        string text, string? inCgroup, bool isGone = false, bool settles = true,
        string asUser = "", UnitRuntime? leads = null)
    {
        string move = inCgroup is null ? "" : $"echo $$ > {inCgroup}/cgroup.procs; ";
        string perl = "perl -MSocket -MPOSIX -e '" + asUser + "; "
            + "socket(S,PF_UNIX,SOCK_DGRAM,0) or die; "
            + "send(S,$ARGV[1],0,pack_sockaddr_un($ARGV[0])) or die; "
            + "print qq(sent\\n); close STDOUT; <STDIN>' \"$0\" \"$1\"";
        using var sender = Process.Start(
            new ProcessStartInfo("sh", ["-c", move + "exec " + perl, _socket.Path, text])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            })!;
        Assert.That(sender.StandardOutput.ReadLine(), Is.EqualTo("sent"));
        if (isGone)
            End(sender);
        if (leads is not null)
            _known.Set(sender.Id, leads.Id);
        _host.OnReady();
        _heard.Clear();
        while (_queue.TryTake(out EngineEvent? fact))
            _heard.Add(fact!);
        if (settles)
            _host.Settled();
        if (!isGone)
            End(sender);
    }

    private static void End(Process sender)
    {
        sender.StandardInput.Close();
        sender.WaitForExit();
    }
}
