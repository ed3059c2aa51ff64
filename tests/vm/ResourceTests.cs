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

    private const string Script =
        """
        manager_answers
        initx start limits.service
        cd /sys/fs/cgroup/limited.slice/limits.service
        say limits $(cat cpu.max cpu.weight memory.max pids.max cpuset.cpus)
        say slice $(cat ../memory.high) $(cat ../cgroup.subtree_control)
        say other slice $(cat /sys/fs/cgroup/user.slice/cgroup.subtree_control) .
        most=$(cat /sys/fs/cgroup/system.slice/check.service/pids.max)
        say default $(test "$most" != max && echo yes)
        pid=$(cat cgroup.procs)
        mkdir -p /run/systemd/system/limits.service.d
        printf '[Service]\nCPUQuota=\nTasksMax=9\n' >/run/systemd/system/limits.service.d/x.conf
        initx daemon-reload
        say reloaded $(cat cpu.max pids.max) $(test "$(cat cgroup.procs)" = "$pid" && echo same)
        initx show -p TasksCurrent limits.service
        say tasks $(initx show -p TasksCurrent limits.service)
        initx start forks.service
        say forks $(cat /run/forks)
        initx start hungry.service
        waited=0
        while initx is-active hungry.service >/dev/null && [ $waited -lt 60 ]; do
            waited=$((waited + 1))
            sleep 0.5
        done
        say hungry $(initx show -p Result hungry.service)
        initx why hungry.service | grep -q 'out of memory' && say why names it
        initx start worker.service
        waited=0
        while initx is-active worker.service >/dev/null && [ $waited -lt 60 ]; do
            waited=$((waited + 1))
            sleep 0.5
        done
        say worker $(initx show -p Result worker.service)
        unharmed && say done
        initx poweroff
        """;

    [Test]
    public void The_kernel_has_the_limits_and_what_it_does_by_them_is_told()
    {
        using VirtualMachine machine = VirtualMachine.Start(new MachineOptions
        {
            Initramfs =
            [
                Initramfs.Base(), Guest.Product(), Guest.Units(), Guest.Check(Script),
                new CpioArchive()
                    .File(Units + "limited.slice", "[Slice]\nMemoryHigh=64M\n")
                    .File(Units + "limits.service", Service(
                        "sleep 1000", "Slice=limited.slice", "CPUQuota=20%", "CPUWeight=50",
                        "MemoryMax=32M", "TasksMax=7", "AllowedCPUs=0"))
                    .File(Units + "forks.service", Service(
                        "(sleep 1 & sleep 1 & sleep 1); cat "
                            + "/sys/fs/cgroup/system.slice/forks.service/pids.events >/run/forks",
                        "Type=oneshot", "TasksMax=2"))
                    .File(Units + "hungry.service", Service(
                        "exec dd if=/dev/zero of=/dev/null bs=96M count=1", "MemoryMax=8M"))
                    .File(Units + "worker.service", Service(
                        "dd if=/dev/zero of=/dev/null bs=96M count=1 & sleep 1000",
                        "MemoryMax=8M"))
                    .ToArray(),
            ],
        });
        machine.Expect("CHECK limits 20000 100000 50 33554432 7 0");
        machine.Expect("CHECK slice 67108864 cpuset cpu memory pids");
        machine.Expect("CHECK other slice .");
        machine.Expect("CHECK default yes");
        machine.Expect("CHECK reloaded max 100000 9 same");
        machine.Expect("CHECK tasks TasksCurrent=1");
        machine.Expect("CHECK forks max 1");
        machine.Expect("CHECK hungry Result=oom-kill");
        machine.Expect("CHECK why names it");
        machine.Expect("CHECK worker Result=oom-kill");
        machine.Expect("CHECK done");
        Assert.That(machine.AwaitEnd(), Is.EqualTo(VirtualMachine.PoweredOff), machine.Evidence);
    }

    private static string Service(string command, params string[] lines) =>
        $"[Service]\nExecStart=/bin/sh -c '{command}'\n{string.Join('\n', lines)}\n";
}
