using InitTx.Core.Ports;
using InitTx.Linux.Channels;
using InitTx.Linux.Control;
using InitTx.Linux.Features;
using InitTx.Linux.Handles;
using InitTx.Linux.Interop;
using InitTx.Linux.Loop;
using InitTx.Linux.Mounts;
using InitTx.Linux.Processes;
using InitTx.Linux.Sockets;
using InitTx.Linux.Tests.Support;

namespace InitTx.Linux.Tests.Features;

/// <summary>
/// Each fallback of the kernel table at work, on a kernel that refuses what it replaces. What only
/// an older kernel lacks is in tests/vm, what the whole manager does without in tests/namespaces.
/// </summary>
[TestFixture]
public sealed class FallbackTests
{
    private const byte Children = 3;
    private const long SysWaitId = 247;
    private const long SysGetSockOpt = 55;

    private readonly ReadyEvent[] _ready = new ReadyEvent[16];
    private readonly ChildExit[] _exits = new ChildExit[4];
    private ProcFs _proc = null!;

    [SetUp]
    public void Open() => _proc = ProcFs.Open();

    [TearDown]
    public void Close() => _proc.Dispose();

    [TestCase(Errno.ENOSYS)]
    [TestCase(Errno.EPERM)]
    public void Without_pidfd_open_an_exit_is_found_by_pid_and_reaped_when_told(Errno error) =>
        KernelWithout.Call(Libc.SYS_pidfd_open, error, () =>
        {
            using var loop = EventLoop.Create().Require();
            var reaper = new ChildReaper(loop, Children);
            int pid = TestChild.Shell("exit 42");
            var registered = reaper.Register(_proc.Identify(pid), null, tag: 7);
            Assert.That(registered.Error, Is.EqualTo(error));
            var exit = SweepUntilExit(reaper);
            Assert.That((exit.Process.Pid, exit.Code, exit.Tag), Is.EqualTo((pid, 42, 7UL)));
            Assert.That(_proc.TryStat(pid, out var stat) && stat.State == 'Z', "still a zombie");
            reaper.ReapCommitted();
            Assert.That(_proc.TryStat(pid, out _), Is.False, "reaped");
        });

    [TestCase(Errno.ENOSYS)]
    [TestCase(Errno.EPERM)]
    public void Without_pidfd_open_own_children_are_signalled_and_others_are_not(Errno error)
    {
        using var other = new Stranger();
        KernelWithout.Call(Libc.SYS_pidfd_open, error, () => SignalsOwnChildOnly(other, error));
    }

    [TestCase(Errno.ENOSYS)]
    [TestCase(Errno.EPERM)]
    public void Without_pidfd_send_signal_own_children_are_signalled_and_others_are_not(Errno error)
    {
        using var other = new Stranger();
        KernelWithout.Call(
            Libc.SYS_pidfd_send_signal, error, () => SignalsOwnChildOnly(other, error));
    }

    [Test]
    public void Without_waitid_by_pidfd_an_exit_is_peeked_by_pid() =>
        KernelWithout.Argument(
            SysWaitId, 0, uint.MaxValue, Libc.P_PIDFD, Errno.EINVAL, () =>
            {
                Assert.That(FeatureProbes.WaitPidfd(), Is.EqualTo(FeatureState.Missing));
                using var loop = EventLoop.Create().Require();
                var reaper = new ChildReaper(loop, Children);
                int pid = TestChild.Shell("exit 42");
                Assert.That(reaper.Register(_proc.Identify(pid), null, tag: 7).IsOk);
                loop.SetDeadline(MonotonicClock.BootTimeUs() + 10_000_000);
                loop.Wait(_ready, block: true, out bool late);
                Assert.That(late, Is.False);
                Assert.That(reaper.TryPeek(pid, out var exit), "told when its pidfd is ready");
                Assert.That((exit.Code, exit.Tag), Is.EqualTo((42, 7UL)));
                Assert.That(_proc.TryStat(pid, out var stat) && stat.State == 'Z', "unreaped");
                reaper.ReapCommitted();
                Assert.That(_proc.TryStat(pid, out _), Is.False, "reaped");
            });

    [TestCase(Errno.ENOSYS)]
    [TestCase(Errno.EPERM)]
    public void Without_openat2_a_path_below_is_opened_and_one_that_leaves_is_not(Errno error)
    {
        using var directory = new TestDirectory();
        Directory.CreateDirectory(directory["a"]);
        File.WriteAllText(directory["a/file"], "x");
        using var root =
            Files.Open(Files.Cwd, directory.Path, Libc.O_RDONLY | Libc.O_DIRECTORY).Require();
        KernelWithout.Call(Libc.SYS_openat2, error, () =>
        {
            using var file = Files.OpenBeneath(root, "a/file", Libc.O_RDONLY).Value;
            Assert.That(file, Is.Not.Null);
            Assert.That(Files.OpenBeneath(root, "a/../../x", Libc.O_RDONLY).Error,
                Is.EqualTo(Errno.EXDEV));
        });
    }

    [Test]
    public void Without_the_exec_flags_of_memfd_create_sealed_content_is_the_same() =>
        KernelWithout.Argument(
            Libc.SYS_memfd_create, 1, Libc.MFD_NOEXEC_SEAL, Libc.MFD_NOEXEC_SEAL, Errno.EINVAL,
            () =>
            {
                Assert.That(FeatureProbes.MemfdExec(), Is.EqualTo(FeatureState.Missing));
                using var memory = MemFd.CreateSealed("test", "content"u8).Require();
                Assert.That(MemFd.ReadSealed(memory, 100, out byte[] read).IsOk);
                Assert.That(read, Is.EqualTo("content"u8.ToArray()));
            });

    [Test]
    public void Without_SO_PEERPIDFD_a_requester_is_verified_by_its_start_time() =>
        KernelWithout.Argument(
            SysGetSockOpt, 2, uint.MaxValue, Libc.SO_PEERPIDFD, Errno.ENOPROTOOPT, () =>
            {
                Assert.That(FeatureProbes.PeerPidfd(), Is.EqualTo(FeatureState.Missing));
                var requester = AskedOverASocket();
                Assert.That(requester.Verified);
                Assert.That(
                    requester.Comm, Is.EqualTo(File.ReadAllText("/proc/self/comm").TrimEnd()));
            });

    [Test]
    public void Without_SO_PEERPIDFD_and_pidfd_open_a_requester_is_its_uid_and_unverified() =>
        KernelWithout.Argument(
            SysGetSockOpt, 2, uint.MaxValue, Libc.SO_PEERPIDFD, Errno.ENOPROTOOPT,
            () => KernelWithout.Call(Libc.SYS_pidfd_open, Errno.ENOSYS, () =>
            {
                var requester = AskedOverASocket();
                Assert.That(requester.Uid, Is.EqualTo((int)Libc.getuid()));
                Assert.That(requester.Verified, Is.False);
                Assert.That(requester.Comm, Is.Empty);
            }));

    [Test]
    public void A_ramfs_that_was_mounted_before_an_exec_is_kept_as_it_is()
    {
        using var directory = new TestDirectory();
        PrivateNamespace.Run(PrivateNamespace.Mounts, () =>
        {
            string path = directory["journal"];
            Directory.CreateDirectory(path);
            Assert.That(
                MountCalls.Mount("initx-journal", path, "ramfs", 0, "mode=0700").IsOk);
            File.WriteAllText(path + "/live.db", "rows");
            var place = JournalMount.Prepare(path, 4 << 20).Require();
            Assert.That(place.Store, Is.EqualTo(JournalStore.Ramfs));
            Assert.That(place.Note, Is.Not.Empty);
            Assert.That(File.ReadAllText(path + "/live.db"), Is.EqualTo("rows"));
            MountCalls.Unmount(path, 0);
        });
    }

    private Requester AskedOverASocket()
    {
        using var directory = new TestDirectory();
        using var listener =
            ControlListener.Open(directory["control"], Convert.ToUInt32("666", 8)).Require();
        using var client = SocketCalls.Create(Libc.AF_UNIX, Libc.SOCK_STREAM).Require();
        Assert.That(SocketCalls.Connect(client, SocketAddress.Unix(directory["control"])!).IsOk);
        using var server = listener.Accept().Require();
        return RequesterFacts.Read(server.Fd, _proc).Require();
    }

    private void SignalsOwnChildOnly(Stranger other, Errno error)
    {
        using var loop = EventLoop.Create().Require();
        var reaper = new ChildReaper(loop, Children);
        int pid = TestChild.Shell("exec sleep 1000");
        var identity = _proc.Identify(pid);
        reaper.Register(identity, null, tag: 1);
        Assert.That(reaper.Signal(_proc, identity, 9).IsOk);
        var exit = SweepUntilExit(reaper);
        Assert.That((exit.Kind, exit.Code), Is.EqualTo((ExitKind.Killed, 9)));
        reaper.ReapCommitted();
        var refused = reaper.Signal(_proc, other.Identity(_proc), 9);
        Assert.That(refused.Error, Is.EqualTo(error).Or.EqualTo(Errno.ESRCH));
        Assert.That(other.Lives(_proc), "a process that is not ours is left alone");
    }

    /// <summary>By pid: nothing is ready where there is no pidfd.</summary>
    private ChildExit SweepUntilExit(ChildReaper reaper)
    {
        long deadline = Environment.TickCount64 + 10_000;
        while (reaper.Sweep(_exits) == 0)
        {
            Assert.That(Environment.TickCount64, Is.LessThan(deadline), "no exit was told");
            Thread.Sleep(5);
        }

        return _exits[0];
    }

    /// <summary>A process of somebody else's: the child of a child.</summary>
    private sealed class Stranger : IDisposable
    {
        private readonly TestDirectory _directory = new();
        private readonly int _parent;
        private readonly int _pid;

        internal Stranger()
        {
            _parent = TestChild.Shell(
                $"sleep 1000 & echo $! >{_directory["new"]}; "
                + $"mv {_directory["new"]} {_directory["pid"]}; wait");
            while (!File.Exists(_directory["pid"]))
                Thread.Sleep(5);
            _pid = int.Parse(File.ReadAllText(_directory["pid"]));
        }

        internal Core.ProcessIdentity Identity(ProcFs proc) => proc.Identify(_pid);

        internal bool Lives(ProcFs proc) => proc.TryStat(_pid, out var stat) && stat.State != 'Z';

        public void Dispose()
        {
            TestChild.kill(_pid, 9);
            TestChild.Reap(_parent);
            _directory.Dispose();
        }
    }
}
