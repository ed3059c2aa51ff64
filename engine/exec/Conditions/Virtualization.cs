using System.Runtime.Intrinsics.X86;
using System.Text;

namespace InitTx.Exec.Conditions;

/// <summary>
/// <c>ConditionVirtualization=</c> with systemd-detect-virt(1)'s words: a container first, since it
/// may run in a machine; then firmware names, then CPUID, then Xen's and UML's own traces.
/// </summary>
internal sealed class Virtualization(SystemFiles system)
{
    private static readonly (string Text, string Id)[] Firmware =
    [
        ("KVM", "kvm"), ("OpenStack", "kvm"), ("KubeVirt", "kvm"), ("Amazon EC2", "amazon"),
        ("QEMU", "qemu"), ("VMware", "vmware"), ("VMW", "vmware"), ("innotek GmbH", "oracle"),
        ("VirtualBox", "oracle"), ("Xen", "xen"), ("Bochs", "bochs"), ("Parallels", "parallels"),
        ("BHYVE", "bhyve"), ("Hyper-V", "microsoft"), ("Apple Virtualization", "apple"),
        ("Google Compute Engine", "google"),
    ];

    private static readonly (string Signature, string Id)[] Processor =
    [
        ("XenVMMXenVMM", "xen"), ("KVMKVMKVM", "kvm"), ("Linux KVM Hv", "kvm"),
        ("TCGTCGTCGTCG", "qemu"), ("VMwareVMware", "vmware"), ("Microsoft Hv", "microsoft"),
        ("bhyve bhyve ", "bhyve"), ("QNXQVMBSQG", "qnx"), ("ACRNACRNACRN", "acrn"),
        ("SRESRESRESRE", "sre"),
    ];

    private static readonly string[] FirmwareFiles =
    [
        "product_name", "sys_vendor", "board_vendor", "bios_vendor", "product_version",
    ];

    /// <summary>A boolean, <c>vm</c>, <c>container</c>, <c>private-users</c> or one word.</summary>
    public ConditionResult Test(string argument)
    {
        if (argument == "private-users")
            return Words.Of(HasPrivateUsers());
        string? container = Container();
        string? machine = container is null ? Machine() : null;
        if (Words.Boolean(argument) is bool wanted)
            return Words.Of(wanted == (container ?? machine) is not null);
        return Words.Of(argument switch
        {
            "vm" => machine is not null,
            "container" => container is not null,
            _ => argument == (container ?? machine),
        });
    }

    /// <summary>The kind of container that this system runs in; null for none.</summary>
    public string? Container()
    {
        string release = system.ReadLine("/proc/sys/kernel/osrelease") ?? "";
        if (release.Contains("Microsoft", StringComparison.Ordinal)
            || release.Contains("WSL", StringComparison.Ordinal))
            return "wsl";
        if (system.Exists("/proc/vz") && !system.Exists("/proc/bc"))
            return "openvz";
        string? named = system.ReadLine("/run/host/container-manager")
            ?? system.ReadLine("/run/systemd/container") ?? FromEnvironment();
        if (named is { Length: > 0 })
            return named == "oci" ? FromFiles() ?? "container-other" : Known(named);
        return FromFiles();
    }

    private static string Known(string name) => name
        is "systemd-nspawn" or "lxc" or "lxc-libvirt" or "docker" or "podman" or "rkt" or "wsl"
        or "proot" or "pouch" ? name : "container-other";

    private string? FromFiles() =>
        system.Exists("/run/.containerenv") ? "podman"
        : system.Exists("/.dockerenv") ? "docker"
        : null;

    private string? FromEnvironment()
    {
        foreach (string pair in (system.Read("/proc/1/environ") ?? "").Split('\0'))
        {
            if (pair.StartsWith("container=", StringComparison.Ordinal))
                return pair["container=".Length..];
        }

        return null;
    }

    /// <summary>The kind of virtual machine below this system; null for none.</summary>
    public string? Machine()
    {
        foreach (string file in FirmwareFiles)
        {
            string? text = system.ReadLine($"/sys/class/dmi/id/{file}");
            foreach ((string start, string id) in Firmware)
            {
                if (text is not null && text.StartsWith(start, StringComparison.Ordinal))
                    return id;
            }
        }

        string cpu = system.Read("/proc/cpuinfo") ?? "";
        if (cpu.Contains("vendor_id\t: User Mode Linux", StringComparison.Ordinal))
            return "uml";
        return FromProcessor(cpu) ?? FromXen();
    }

    // Only a processor that says "hypervisor" has leaf 0x40000000; else its content is stale.
    private static string? FromProcessor(string cpu)
    {
        if (!X86Base.IsSupported || !cpu.Contains(" hypervisor", StringComparison.Ordinal))
            return null;
        (_, int b, int c, int d) = X86Base.CpuId(0x40000000, 0);
        byte[] bytes =
            [.. BitConverter.GetBytes(b), .. BitConverter.GetBytes(c), .. BitConverter.GetBytes(d)];
        string signature = Encoding.ASCII.GetString(bytes).TrimEnd('\0');
        foreach ((string known, string id) in Processor)
        {
            if (signature == known)
                return id;
        }

        return "vm-other";
    }

    // Xen's first domain drives the hardware and counts as no virtual machine.
    private string? FromXen()
    {
        if (system.ReadLine("/sys/hypervisor/type") != "xen" && !system.Exists("/proc/xen"))
            return null;
        string capabilities = system.ReadLine("/proc/xen/capabilities") ?? "";
        return capabilities.Contains("control_d", StringComparison.Ordinal) ? null : "xen";
    }

    private bool HasPrivateUsers()
    {
        string? map = system.ReadLine("/proc/self/uid_map");
        string[] numbers = (map ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return numbers.Length == 3 && (numbers[0] != "0" || numbers[1] != "0"
            || numbers[2] != "4294967295");
    }
}
