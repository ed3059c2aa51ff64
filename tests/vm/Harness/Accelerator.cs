using System.Diagnostics;

namespace InitTx.Vm.Tests.Harness;

/// <summary>
/// How QEMU runs the guest. /dev/kvm may open and still not run Debian's kernel (seen under a host
/// that offers paravirtual guests only), so KVM counts as there when a machine has booted with it
/// within ten seconds.
/// </summary>
public sealed class Accelerator
{
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(10);
    private static readonly Accelerator Emulation =
        new("emulation", "-accel", "tcg,thread=multi", "-cpu", "max");
    private static readonly Accelerator Kvm = new("kvm", "-accel", "kvm", "-cpu", "host");
    private static readonly Lazy<Accelerator> LazyBest = new(Probe);

    private Accelerator(string name, params string[] arguments) =>
        (Name, Arguments) = (name, arguments);

    public static Accelerator Best => LazyBest.Value;

    public string Name { get; }

    public IReadOnlyList<string> Arguments { get; }

    private static Accelerator Probe()
    {
        if (!File.Exists("/dev/kvm"))
            return Emulation;
        try
        {
            using VirtualMachine machine = VirtualMachine.Start(new MachineOptions
            {
                Accelerator = Kvm,
                Initramfs = [Initramfs.Base(), Initramfs.Script("echo KVM IS REAL")],
            });
            Stopwatch watch = Stopwatch.StartNew();
            while (watch.Elapsed < ProbeLimit)
            {
                if (machine.Console.Contains("KVM IS REAL", StringComparison.Ordinal))
                    return Kvm;
                Thread.Sleep(50);
            }
        }
        catch (Exception e) when (e is MachineFailure or IOException
            or System.Net.Sockets.SocketException)
        {
            // QEMU refused the accelerator: the answer of the probe, not an error.
        }
        return Emulation;
    }
}
