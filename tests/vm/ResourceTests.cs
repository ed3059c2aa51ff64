using InitTx.Vm.Tests.Harness;

namespace InitTx.Vm.Tests;

/// <summary>
/// Limits of control groups on a kernel that has the controllers in version 2: what is written is
/// what the kernel then does.
/// </summary>
[TestFixture]
public sealed class ResourceTests
{
    private const string Units = "/etc/systemd/system/";

    private const string Limits =
        """
        manager_answers
        initx start limits.service
        cd /sys/fs/cgroup/limited.slice/limits.service
        say limits $(cat cpu.max cpu.weight memory.max pids.max cpuset.cpus)
        say slice $(cat ../memory.high) $(cat ../cgroup.subtree_control)
        say io $(cat io.bfq.weight io.weight 2>/dev/null | head -n 1)
        say other slice $(cat /sys/fs/cgroup/user.slice/cgroup.subtree_control) .
        most=$(cat /sys/fs/cgroup/system.slice/check.service/pids.max)
        say default $(test "$most" != max && echo yes)
        pid=$(cat cgroup.procs)
        mkdir -p /run/systemd/system/limits.service.d
        printf '[Service]\nCPUQuota=\nTasksMax=9\n' >/run/systemd/system/limits.service.d/x.conf
        initx daemon-reload
        say reloaded $(cat cpu.max pids.max) $(test "$(cat cgroup.procs)" = "$pid" && echo same)
        say tasks $(initx show -p TasksCurrent limits.service)
        for figure in MemoryCurrent MemoryPeak CPUUsageNSec IOReadBytes IOWriteBytes; do
            initx show -p $figure --value limits.service | grep -qx '[0-9]*' && say counts $figure
        done
        say status $(initx status limits.service | grep -E '^ *(Tasks|Memory|CPU|IO)\b' | wc -l)
        initx start forks.service
        say forks $(cat /run/forks)
        unharmed && say done
        initx poweroff
        """;

    // A unit is waited for by what it comes to; how long that takes is nobody's concern.
    private const string Kills =
        """
        ended() {
            waited=0
            while initx is-active $1 >/dev/null && [ $waited -lt 120 ]; do
                waited=$((waited + 1))
                sleep 0.5
            done
            say "${2:-$1}" $(initx show -p Result $1)
        }
        told() {
            waited=0
            until initx history $1 | grep -q 'out of memory' || [ $waited -gt 120 ]; do
                waited=$((waited + 1))
                sleep 0.5
            done
        }
        manager_answers
        initx start hungry.service
        ended hungry.service
        initx why hungry.service | grep -q 'out of memory' && say why names it
        initx history --sql "SELECT count(*) FROM v_history
            WHERE unit = 'hungry.service' AND cause_kind = 'oom' AND kind = 'config'" --csv |
            tail -n 1 | sed 's/^/CHECK rows of hungry /'
        initx start worker.service
        ended worker.service
        initx start patient.service
        told patient.service
        say patient $(initx is-active patient.service) $(initx show -p Result patient.service)
        initx start group.service
        say group $(cat /sys/fs/cgroup/system.slice/group.service/memory.oom.group)
        touch /run/eat-group
        ended group.service
        initx start later.service
        initx reexec
        manager_answers
        touch /run/eat-later
        ended later.service
        kill -s SEGV 1
        sleep 1
        manager_answers
        initx start hungry.service
        ended hungry.service 'after the crash'
        unharmed && say done
        initx poweroff
        """;

    private const string Without =
        """
        manager_answers
        initx start limits.service
        initx restart limits.service
        say limits $(initx is-active limits.service)
        for unit in limits.service limited.slice; do
            say $unit rows $(initx history --kind config $unit | grep -c 'not applied:.* Memory')
            say $unit shows $(initx status $unit | grep -c 'Not applied:.* Memory')
        done
        kill -s SEGV 1
        sleep 1
        manager_answers
        initx restart limits.service
        say later $(initx is-active limits.service) \
            $(initx history --kind config limits.service | grep -c 'not applied:.* Memory') \
            $(initx status limits.service | grep -c 'Not applied:.* Memory')
        initx status limits.service | grep 'Not applied'
        initx start forks.service leaves.service
        say forks $(initx show -p Result forks.service)
        initx stop leaves.service
        say left $(ps | grep -c 'slee[p] 2000')
        unharmed && say done
        initx poweroff
        """;

    // Before PID 1, which mounts over nothing.
    private const string Begin =
        "mount -t proc proc /proc; mount -t sysfs sysfs /sys; at=/sys/fs/cgroup; ";

    [Test]
    public void The_kernel_has_the_limits_and_what_is_used_is_told()
    {
        using VirtualMachine machine = Boot(Limits, init: "insmod /bfq.ko");
        machine.Expect("CHECK limits 20000 100000 50 33554432 7 0");
        machine.Expect("CHECK slice 67108864 cpuset cpu io memory pids");
        machine.Expect("CHECK io default 109");
        machine.Expect("CHECK other slice .");
        machine.Expect("CHECK default yes");
        machine.Expect("CHECK reloaded max 100000 9 same");
        machine.Expect("CHECK tasks TasksCurrent=1");
        foreach (string figure in (string[])["MemoryCurrent", "MemoryPeak", "CPUUsageNSec",
            "IOReadBytes", "IOWriteBytes"])
        {
            machine.Expect("CHECK counts " + figure);
        }

        machine.Expect("CHECK status 4");
        machine.Expect("CHECK forks max 1");
        End(machine);
    }

    [Test]
    public void A_kill_for_memory_ends_the_service_as_its_policy_says_and_is_named_as_the_cause()
    {
        using VirtualMachine machine = Boot(Kills);
        machine.Expect("CHECK hungry.service Result=oom-kill");
        machine.Expect("CHECK why names it");
        machine.Expect("CHECK rows of hungry 1");
        machine.Expect("CHECK worker.service Result=oom-kill");
        machine.Expect("CHECK patient active Result=success");
        machine.Expect("CHECK group 1");
        machine.Expect("CHECK group.service Result=oom-kill");
        machine.Expect("CHECK later.service Result=oom-kill");
        machine.Expect("CHECK after the crash Result=oom-kill");
        End(machine);
    }

    [TestCase("true", "cgroup_disable=memory cgroup_disable=pids", "no memory controller here")]
    [TestCase(
        Begin + "mount -t tmpfs tmpfs $at && mkdir $at/memory && "
            + "mount -t cgroup -o memory cgroup $at/memory",
        "", "cgroup v1 only")]
    [TestCase(
        Begin + "mount -t tmpfs tmpfs $at && mkdir $at/memory $at/unified && "
            + "mount -t cgroup -o memory cgroup $at/memory && mount -t cgroup2 cgroup2 $at/unified",
        "", "version 1 has it")]
    [TestCase(Begin + "mount -t cgroup2 -o ro cgroup2 $at", "", "EROFS")]
    [TestCase(Begin + "mount -t tmpfs -o ro tmpfs $at", "", "no cgroups")]
    public void Without_controllers_the_service_runs_and_what_it_lacks_is_said_once(
        string init, string kernel, string why)
    {
        using VirtualMachine machine = Boot(Without, init, kernel);
        machine.Expect("CHECK limits active");
        machine.Expect("CHECK limits.service rows 1");
        machine.Expect("CHECK limits.service shows 1");
        machine.Expect("CHECK limited.slice rows 1");
        machine.Expect("CHECK limited.slice shows 1");
        machine.Expect("CHECK later active 1 1");
        machine.Expect(why);
        machine.Expect("CHECK forks Result=success");
        machine.Expect("CHECK left 0");
        End(machine);
    }

    private static void End(VirtualMachine machine)
    {
        machine.Expect("CHECK done");
        Assert.That(machine.AwaitEnd(), Is.EqualTo(VirtualMachine.PoweredOff), machine.Evidence);
    }

    private static VirtualMachine Boot(string script, string init = "true", string kernel = "") =>
        VirtualMachine.Start(new MachineOptions
        {
            CommandLine = kernel,
            Initramfs =
            [
                Initramfs.Base(), Guest.Product(), Guest.Units(), Guest.Check(script),
                Initramfs.Script($"{init}\ncd /\nexec /usr/lib/initx/initxd"),
                new CpioArchive()
                    .File("/bfq.ko", Kernel.Module("bfq"))
                    .File(Units + "limited.slice", "[Slice]\nMemoryHigh=64M\n")
                    .File(Units + "limits.service", Service(
                        "sleep 1000", "Slice=limited.slice", "CPUQuota=20%", "CPUWeight=50",
                        "MemoryMax=32M", "TasksMax=7", "AllowedCPUs=0", "IOWeight=200",
                        "IOAccounting=yes"))
                    .File(Units + "forks.service", Service(
                        "(sleep 1 & sleep 1 & sleep 1); cat /sys/fs/cgroup/system.slice/"
                            + "forks.service/pids.events >/run/forks; :",
                        "Type=oneshot", "TasksMax=2"))
                    .File(Units + "leaves.service", Service("sleep 2000 & sleep 1000"))
                    .File(Units + "hungry.service", Service("exec " + Eat, "MemoryMax=8M"))
                    .File(Units + "worker.service", Service(
                        Eat + " & sleep 1000", "MemoryMax=8M"))
                    .File(Units + "patient.service", Service(
                        Eat + " & sleep 1000", "MemoryMax=8M", "OOMPolicy=continue"))
                    .File(Units + "group.service", Service(
                        Await("eat-group") + Eat + " & sleep 1000", "MemoryMax=8M",
                        "OOMPolicy=kill"))
                    .File(Units + "later.service", Service(
                        $"({Await("eat-later")}{Eat}) & sleep 1000", "MemoryMax=8M"))
                    .ToArray(),
            ],
        });

    // More than there may be, written to, and let go of.
    private const string Eat = "dd if=/dev/zero of=/dev/null bs=96M count=1";

    private static string Await(string file) => $"until [ -e /run/{file} ]; do sleep 0.2; done; ";

    private static string Service(string command, params string[] lines) =>
        $"[Service]\nExecStart=/bin/sh -c '{command}'\n{string.Join('\n', lines)}\n";
}
