using InitTx.Vm.Tests.Harness;

namespace InitTx.Vm.Tests;

/// <summary>
/// Automounts with initxd as the true PID 1 and autofs as the module that Debian ships: who looks
/// is let in by the manager that is there then, and what nobody uses goes.
/// </summary>
[TestFixture]
public sealed class AutomountTests
{
    private const string Units = "/etc/systemd/system/";

    private const string Slow =
        "#!/bin/sh\nwhile [ ! -e /run/go ]; do sleep 0.2; done\n"
        + "exec mount -i -t tmpfs slow \"$2\"\n";

    private const string Script =
        """
        becomes() {
            waited=0
            until [ "$(initx show -p SubState --value $1)" = "$2" ]; do
                waited=$((waited + 1))
                [ $waited -gt 120 ] && say "$1 is $(initx show -p SubState --value $1)" && return
                sleep 0.5
            done
        }
        look() { timeout 60 stat -f -c %T $1; }
        manager_answers
        initx start srv.automount mnt.automount
        say before $(initx show -p SubState --value srv.automount srv.mount)
        say looked $(look /srv/.)
        say after $(initx show -p SubState --value srv.automount srv.mount)
        becomes srv.mount dead
        grep -q ' /srv tmpfs ' /proc/mounts || say idle
        initx reexec
        manager_answers
        say looked anew $(look /srv/.)
        (look /mnt/. >/run/seen 2>&1; echo $? >>/run/seen) &
        becomes mnt.mount mounting
        initx reexec
        manager_answers
        kill -s SEGV 1
        sleep 1
        manager_answers
        [ -s /run/seen ] || say it waits
        touch /run/go
        waited=0
        until [ "$(wc -l </run/seen)" = 2 ] || [ $waited -gt 120 ]; do
            waited=$((waited + 1))
            sleep 0.5
        done
        say let in $(cat /run/seen)
        kill -s SEGV 1
        sleep 1
        manager_answers
        initx stop mnt.mount mnt.automount srv.automount
        say stopped $(initx show -p SubState --value mnt.automount srv.automount)
        grep -q ' autofs ' /proc/mounts || say gone
        unharmed && say done
        initx poweroff
        """;

    [Test]
    public void Who_looks_is_let_in_whatever_becomes_of_the_manager_meanwhile()
    {
        using VirtualMachine machine = VirtualMachine.Start(new MachineOptions
        {
            Initramfs =
            [
                Initramfs.Base(), Guest.Product(), Guest.Units(), Guest.Check(Script),
                Initramfs.Script("insmod /autofs4.ko && exec /usr/lib/initx/initxd"),
                new CpioArchive()
                    .File("/autofs4.ko", Kernel.Module("autofs4"))
                    .File("/usr/sbin/mount.slow", Slow, executable: true)
                    .File(Units + "srv.mount", "[Mount]\nWhat=scratch\nType=tmpfs\n")
                    .File(Units + "srv.automount", "[Automount]\nTimeoutIdleSec=3s\n")
                    .File(Units + "mnt.mount", "[Mount]\nWhat=x\nType=slow\n")
                    .File(Units + "mnt.automount", "[Automount]\n")
                    .ToArray(),
            ],
        });
        machine.Expect("CHECK before waiting dead");
        machine.Expect("CHECK looked tmpfs");
        machine.Expect("CHECK after running mounted");
        machine.Expect("CHECK idle");
        machine.Expect("CHECK looked anew tmpfs");
        machine.Expect("CHECK it waits");
        machine.Expect("CHECK let in tmpfs 0");
        machine.Expect("CHECK stopped dead dead");
        machine.Expect("CHECK gone");
        machine.Expect("CHECK done");
        Assert.That(machine.AwaitEnd(), Is.EqualTo(VirtualMachine.PoweredOff), machine.Evidence);
    }
}
