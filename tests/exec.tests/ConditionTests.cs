using InitTx.Exec.Conditions;
using InitTx.Exec.Tests.Support;

namespace InitTx.Exec.Tests;

/// <summary>Each condition type on a machine that the test makes up.</summary>
public sealed class ConditionTests
{
    private Sandbox _sandbox = null!;

    [SetUp]
    public void SetUp() => _sandbox = new Sandbox();

    [TearDown]
    public void TearDown() => _sandbox.Dispose();

    [TestCase("PathExists", "file", true)]
    [TestCase("PathExists", "none", false)]
    [TestCase("PathExists", "dangling", false)]
    [TestCase("PathExists", "link", true)]
    [TestCase("PathExistsGlob", "fi*", true)]
    [TestCase("PathExistsGlob", "x*", false)]
    [TestCase("PathExistsGlob", "d?r/*", true)]
    [TestCase("PathExistsGlob", "full/*", false, TestName = "A glob does not show hidden files")]
    [TestCase("PathExistsGlob", "full/.h*", true)]
    [TestCase("PathIsDirectory", "dir", true)]
    [TestCase("PathIsDirectory", "dirlink", true)]
    [TestCase("PathIsDirectory", "file", false)]
    [TestCase("PathIsSymbolicLink", "link", true)]
    [TestCase("PathIsSymbolicLink", "dangling", true)]
    [TestCase("PathIsSymbolicLink", "file", false)]
    [TestCase("PathIsMountPoint", "dir", false)]
    [TestCase("PathIsReadWrite", "dir", true)]
    [TestCase("PathIsReadWrite", "none", false)]
    [TestCase("DirectoryNotEmpty", "dir", true)]
    [TestCase("DirectoryNotEmpty", "full", false)]
    [TestCase("DirectoryNotEmpty", "empty", false)]
    [TestCase("DirectoryNotEmpty", "none", false)]
    [TestCase("DirectoryNotEmpty", "file", false)]
    [TestCase("FileNotEmpty", "file", true)]
    [TestCase("FileNotEmpty", "zero", false)]
    [TestCase("FileNotEmpty", "dir", false)]
    [TestCase("FileIsExecutable", "program", true)]
    [TestCase("FileIsExecutable", "file", false)]
    [TestCase("FileIsExecutable", "dir", false)]
    public void Paths(string type, string name, bool holds)
    {
        _sandbox.Put("file", "x");
        _sandbox.Put("zero");
        _sandbox.Put("dir/inside");
        _sandbox.Put("full/.hidden");
        _sandbox.Make("empty");
        _sandbox.Link("link", _sandbox.At("file"));
        _sandbox.Link("dirlink", _sandbox.At("dir"));
        _sandbox.Link("dangling", "/nonexistent");
        File.SetUnixFileMode(
            _sandbox.Put("program", "x"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Expect(type, _sandbox.At(name), holds);
    }

    [TestCase("/", true)]
    [TestCase("/proc", true)]
    [TestCase("/proc/", true)]
    [TestCase("/proc/1", false)]
    [TestCase("/usr", false)]
    public void Mount_points(string path, bool holds) => Expect("PathIsMountPoint", path, holds);

    [TestCase("quiet", true)]
    [TestCase("root", true)]
    [TestCase("root=/dev/sda1", true)]
    [TestCase("root=/dev/sda", false)]
    [TestCase("roo", false)]
    [TestCase("init=/bin/my init", true)]
    [TestCase("loud", false)]
    public void Kernel_command_line(string argument, bool holds)
    {
        _sandbox.Put(
            "proc/cmdline", "BOOT_IMAGE=/vmlinuz root=/dev/sda1 quiet init=\"/bin/my init\"\n");
        Expect("KernelCommandLine", argument, holds);
    }

    [Test]
    public void In_a_container_the_arguments_of_PID_1_are_the_kernel_command_line()
    {
        _sandbox.Put("proc/cmdline", "host-word\n");
        _sandbox.Put("proc/1/cmdline", "/sbin/init\0guest-word\0");
        _sandbox.Put("run/systemd/container", "lxc\n");
        Expect("KernelCommandLine", "guest-word", true);
        Expect("KernelCommandLine", "host-word", false);
    }

    [TestCase("6.1.*", true)]
    [TestCase("5.*", false)]
    [TestCase(">=5.14", true)]
    [TestCase(">= 5.14 <7", true)]
    [TestCase("<6", false)]
    [TestCase(">6.1.0-12-amd64", true)]
    [TestCase("=6.1.0-13-amd64", true)]
    [TestCase("!=6.1.0-13-amd64", false)]
    [TestCase("<>5", true)]
    public void Kernel_version(string argument, bool holds)
    {
        _sandbox.Put("proc/sys/kernel/osrelease", "6.1.0-13-amd64\n");
        Expect("KernelVersion", argument, holds);
    }

    [TestCase("", "no", true)]
    [TestCase("", "yes", false)]
    [TestCase("", "container", false)]
    [TestCase("", "vm", false)]
    [TestCase("run/systemd/container=lxc", "container", true)]
    [TestCase("run/systemd/container=lxc", "lxc", true)]
    [TestCase("run/systemd/container=lxc", "docker", false)]
    [TestCase("run/systemd/container=lxc", "yes", true)]
    [TestCase("run/host/container-manager=podman", "podman", true)]
    [TestCase("run/systemd/container=something", "container-other", true)]
    [TestCase("run/.containerenv=", "podman", true)]
    [TestCase(".dockerenv=", "docker", true)]
    [TestCase("proc/vz/x=", "openvz", true)]
    [TestCase("proc/sys/kernel/osrelease=5.15.0-microsoft-WSL2", "wsl", true)]
    [TestCase("sys/class/dmi/id/sys_vendor=QEMU", "qemu", true)]
    [TestCase("sys/class/dmi/id/sys_vendor=QEMU", "vm", true)]
    [TestCase("sys/class/dmi/id/product_name=KVM Virtual Machine", "kvm", true)]
    [TestCase("sys/class/dmi/id/product_name=VirtualBox", "oracle", true)]
    [TestCase("sys/class/dmi/id/sys_vendor=Dell Inc.", "yes", false)]
    [TestCase("proc/cpuinfo=vendor_id\t: User Mode Linux", "uml", true)]
    [TestCase("sys/hypervisor/type=xen", "xen", true)]
    [TestCase("proc/self/uid_map=0 0 4294967295", "private-users", false)]
    [TestCase("proc/self/uid_map=0 100000 65536", "private-users", true)]
    public void Virtualization(string file, string argument, bool holds)
    {
        if (file.Length > 0)
            _sandbox.Put(file[..file.IndexOf('=')], file[(file.IndexOf('=') + 1)..] + "\n");
        Expect("Virtualization", argument, holds);
    }

    [TestCase("host.example.org", true)]
    [TestCase("HOST.*", true)]
    [TestCase("other", false)]
    [TestCase("0123456789abcdef0123456789abcdef", true)]
    [TestCase("01234567-89ab-cdef-0123-456789abcdef", true)]
    [TestCase("1123456789abcdef0123456789abcdef", false)]
    public void Host(string argument, bool holds)
    {
        _sandbox.Put("proc/sys/kernel/hostname", "host.example.org\n");
        _sandbox.Put("etc/machine-id", "0123456789abcdef0123456789abcdef\n");
        Expect("Host", argument, holds);
    }

    [TestCase("ID=debian", true)]
    [TestCase("ID=arch", false)]
    [TestCase("ID!=arch", true)]
    [TestCase("VERSION_ID>=12", true)]
    [TestCase("VERSION_ID<12", false)]
    [TestCase("ID=debian VERSION_ID==12", true)]
    [TestCase("ID=debian VERSION_ID>12", false)]
    [TestCase("PRETTY_NAME$=Debian*", true)]
    [TestCase("PRETTY_NAME!$=Debian*", false)]
    [TestCase("VARIANT=", true)]
    public void Os_release(string argument, bool holds)
    {
        _sandbox.Put(
            "etc/os-release",
            "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian GNU/Linux 12\"\n");
        Expect("OSRelease", argument, holds);
    }

    [TestCase("1G", true)]
    [TestCase(">=2G", true)]
    [TestCase(">2G", false)]
    [TestCase("< 4G", true)]
    [TestCase("=2147483648", true)]
    [TestCase("3G", false)]
    public void Memory(string argument, bool holds)
    {
        _sandbox.Put("proc/meminfo", "MemTotal:        2097152 kB\nMemFree: 1 kB\n");
        Expect("Memory", argument, holds);
    }

    [TestCase("4", true)]
    [TestCase(">4", false)]
    [TestCase("=4", true)]
    [TestCase("<5", true)]
    [TestCase("8", false)]
    public void Cpus(string argument, bool holds)
    {
        _sandbox.Put("proc/self/status", "Name:\tx\nCpus_allowed:\t00000000,0000000f\n");
        Expect("CPUs", argument, holds);
    }

    [TestCase("CAP_SYS_ADMIN", true)]
    [TestCase("cap_net_admin", false)]
    public void Capability(string argument, bool holds)
    {
        _sandbox.Put("proc/self/status", "CapBnd:\t0000000000200000\n");
        Expect("Capability", argument, holds);
    }

    [TestCase("apparmor", "sys/module/apparmor/parameters/enabled=Y")]
    [TestCase("selinux", "sys/fs/selinux/enforce=1")]
    [TestCase("smack", "sys/fs/smackfs/x=")]
    [TestCase("tomoyo", "sys/kernel/security/tomoyo/version=2")]
    [TestCase("ima", "sys/kernel/security/ima/x=")]
    [TestCase("tpm2", "sys/class/tpm/tpm0/tpm_version_major=2")]
    [TestCase("audit", "proc/net/netlink=sk Eth Pid Groups\n0000 9 0 0000 0")]
    public void Security(string argument, string file)
    {
        Expect("Security", argument, false);
        _sandbox.Put(file[..file.IndexOf('=')], file[(file.IndexOf('=') + 1)..] + "\n");
        Expect("Security", argument, true);
    }

    [TestCase("", "true", true)]
    [TestCase("Mains:online=1", "true", true)]
    [TestCase("Mains:online=0 Battery:status=Discharging", "true", false)]
    [TestCase("Mains:online=0 Battery:status=Discharging", "false", true)]
    [TestCase("Mains:online=0 Battery:status=Charging", "true", true)]
    [TestCase("Mains:online=1 Battery:status=Discharging", "true", true)]
    public void Ac_power(string supplies, string argument, bool holds)
    {
        foreach (string supply in supplies.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = supply.Split(':', '=');
            _sandbox.Put($"sys/class/power_supply/{parts[0]}/type", parts[0] + "\n");
            _sandbox.Put($"sys/class/power_supply/{parts[0]}/{parts[1]}", parts[2] + "\n");
        }

        Expect("ACPower", argument, holds);
    }

    [TestCase("v2", true)]
    [TestCase("v1", false)]
    [TestCase("memory", true)]
    [TestCase("memory pids", true)]
    [TestCase("memory cpuset", false)]
    [TestCase("something-new", true)]
    public void Control_groups(string argument, bool holds)
    {
        _sandbox.Put("sys/fs/cgroup/cgroup.controllers", "cpu io memory pids\n");
        Expect("ControlGroupController", argument, holds);
    }

    [TestCase("uefi", "sys/firmware/efi/x")]
    [TestCase("device-tree", "sys/firmware/devicetree/x")]
    public void Firmware(string argument, string file)
    {
        Expect("Firmware", argument, false);
        _sandbox.Put(file);
        Expect("Firmware", argument, true);
    }

    [Test]
    public void Firmware_fields()
    {
        _sandbox.Put("sys/class/dmi/id/bios_version", "1.10\n");
        _sandbox.Put("proc/device-tree/compatible", "acme,board\0acme,soc\0");
        Expect("Firmware", "smbios-field(bios_version >= \"1.9\")", true);
        Expect("Firmware", "smbios-field(bios_version<1.9)", false);
        Expect("Firmware", "device-tree-compatible(acme,soc)", true);
        Expect("Firmware", "device-tree-compatible(acme)", false);
    }

    [Test]
    public void Needs_update()
    {
        _sandbox.Make("etc");
        _sandbox.Make("usr");
        Expect("NeedsUpdate", "/etc", true);
        string mark = _sandbox.Put("etc/.updated");
        Directory.SetLastWriteTimeUtc(_sandbox.At("usr"), DateTime.UtcNow.AddHours(-1));
        Expect("NeedsUpdate", "/etc", false);
        File.WriteAllText(mark, "TIMESTAMP_NSEC=1000\n");
        Expect("NeedsUpdate", "/etc/", true);
        _sandbox.Put("proc/cmdline", "systemd.condition-needs-update=no\n");
        Expect("NeedsUpdate", "/etc", false);
    }

    [Test]
    public void First_boot()
    {
        Expect("FirstBoot", "no", true);
        _sandbox.Put("run/systemd/first-boot");
        Expect("FirstBoot", "yes", true);
        _sandbox.Put("proc/cmdline", "systemd.condition-first-boot=0\n");
        Expect("FirstBoot", "yes", false);
    }

    [TestCase("5%", true)]
    [TestCase("4.9%/1min", false)]
    [TestCase("5/10s", false)]
    public void Memory_pressure(string argument, bool holds)
    {
        _sandbox.Put("proc/pressure/memory",
            "some avg10=50.00 avg60=50.00 avg300=50.00 total=1\n"
            + "full avg10=6.00 avg60=5.00 avg300=4.00 total=1\n");
        Expect("MemoryPressure", argument, holds);
    }

    [Test]
    public void Pressure_that_is_not_measured_holds() => Expect("IOPressure", "1%", true);

    [TestCase("x86-64", true)]
    [TestCase("native", true)]
    [TestCase("arm64", false)]
    public void Architecture(string argument, bool holds) =>
        Expect("Architecture", argument, holds);

    [TestCase("root", true)]
    [TestCase("0", true)]
    [TestCase("@system", true)]
    [TestCase("nobody", false)]
    [TestCase("no-such-user-here", false)]
    public void User(string argument, bool holds)
    {
        Assume.That(Environment.IsPrivilegedProcess);
        Expect("User", argument, holds);
    }

    [Test]
    public void Environment_of_the_manager()
    {
        Environment.SetEnvironmentVariable("INITX_TEST_VARIABLE", "a=b");
        Expect("Environment", "INITX_TEST_VARIABLE", true);
        Expect("Environment", "INITX_TEST_VARIABLE=a=b", true);
        Expect("Environment", "INITX_TEST_VARIABLE=a", false);
        Expect("Environment", "INITX_OTHER_VARIABLE", false);
    }

    [Test]
    public void Credentials_and_encryption()
    {
        Expect("Credential", "key", false);
        _sandbox.Put("run/credentials/@system/key", "x");
        Expect("Credential", "key", true);
        Expect("PathIsEncrypted", _sandbox.Root, false);
    }

    [TestCase("Memory", "much")]
    [TestCase("CPUs", "many")]
    [TestCase("ACPower", "perhaps")]
    [TestCase("Capability", "CAP_FLY")]
    [TestCase("KernelVersion", ">=")]
    [TestCase("OSRelease", "ID")]
    [TestCase("NeedsUpdate", "/home")]
    [TestCase("MemoryPressure", "much")]
    [TestCase("Firmware", "coreboot")]
    public void What_makes_no_sense_cannot_be_told(string type, string argument) =>
        Assert.That(
            new ConditionTable(_sandbox.System).Test(type, argument, out _),
            Is.EqualTo(ConditionResult.Unknown));

    private void Expect(string type, string argument, bool holds) => Assert.That(
        new ConditionTable(_sandbox.System).Test(type, argument, out _),
        Is.EqualTo(holds ? ConditionResult.Yes : ConditionResult.No), $"{type}={argument}");
}
