using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Vm.Tests.Harness;

/// <summary>What a machine is made of.</summary>
public sealed record MachineOptions
{
    /// <summary>Concatenated by the kernel: later archives lie over earlier ones.</summary>
    public required IReadOnlyList<byte[]> Initramfs { get; init; }

    /// <summary>Words for the kernel and, after "--", for PID 1.</summary>
    public string CommandLine { get; init; } = "";

    public int MemoryMiB { get; init; } = 256;

    /// <summary>Smaller in the guest's memory, slower to unpack.</summary>
    public bool Compressed { get; init; }

    /// <summary>Null: the best one this host has.</summary>
    public Accelerator? Accelerator { get; init; }
}

/// <summary>
/// A real kernel in QEMU, its console as text, its end as a reason. A kernel panic ends the test
/// that waits.
/// </summary>
public sealed class VirtualMachine : IDisposable
{
    /// <summary>
    /// For a hang, not a measurement: emulation on a busy machine takes its time.
    /// </summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    public const string PoweredOff = "guest-shutdown";
    public const string Rebooted = "guest-reset";

    private const string Panic = "Kernel panic - not syncing";

    private readonly string directory;
    private readonly Process process;
    private QemuMonitor? monitor;
    private readonly StringBuilder console = new();
    private readonly Lock guard = new();
    private readonly Task<string> complaints;

    private VirtualMachine(string directory, Process process)
    {
        this.directory = directory;
        this.process = process;
        complaints = process.StandardError.ReadToEndAsync();
        Thread reader = new(ReadConsole) { IsBackground = true, Name = "console" };
        reader.Start();
    }

    /// <summary>Everything the guest wrote to its serial console so far.</summary>
    public string Console
    {
        get
        {
            lock (guard)
                return console.ToString();
        }
    }

    public string Evidence() => $"--- console\n{Console}\n--- monitor\n{monitor?.Transcript}";

    /// <summary>Starts a machine; returns while its kernel boots.</summary>
    public static VirtualMachine Start(MachineOptions options)
    {
        string directory = Directory.CreateTempSubdirectory("inittx-vm.").FullName;
        string image = Path.Combine(directory, "initramfs");
        using (FileStream file = File.Create(image))
        using (Stream packed = options.Compressed
            ? new GZipStream(file, CompressionLevel.SmallestSize) : file)
        {
            foreach (byte[] archive in options.Initramfs)
                packed.Write(archive);
        }
        string[] command =
        [
            "qemu-system-x86_64", .. (options.Accelerator ?? Accelerator.Best).Arguments,
            "-M", "pc", "-smp", "1", "-nodefaults", "-display", "none", "-no-reboot",
            "-m", options.MemoryMiB.ToString(CultureInfo.InvariantCulture),
            "-serial", "stdio",
            "-qmp", $"unix:{Path.Combine(directory, "qmp")},server=on,wait=off",
            "-kernel", Kernel.Image, "-initrd", image,
            "-append", "console=ttyS0 panic=-1 quiet mitigations=off " + options.CommandLine,
        ];
        VirtualMachine machine = new(directory, HostCommand.Start(command));
        try
        {
            machine.Connect();
            return machine;
        }
        catch
        {
            machine.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Waits until the console shows the text; a panic or an early end fails the test.
    /// </summary>
    public void Expect(string text)
    {
        Await(
            () =>
            {
                if (Console.Contains(text, StringComparison.Ordinal))
                    return true;
                NoPanic();
                if (process.HasExited && !Console.Contains(text, StringComparison.Ordinal))
                    throw new MachineFailure($"it ended before it said '{text}'\n{Evidence()}");
                return false;
            },
            $"the console says '{text}'");
    }

    /// <summary>Types on the serial console, slowly enough for its 16-byte queue.</summary>
    public void Type(string text)
    {
        for (int at = 0; at < text.Length; at += 16)
        {
            process.StandardInput.Write(text.AsSpan(at, Math.Min(16, text.Length - at)));
            process.StandardInput.Flush();
            Thread.Sleep(20);
        }
    }

    /// <summary>Presses keys on the machine's keyboard, such as "ctrl-alt-delete".</summary>
    public void Press(string keys) => monitor!.Human($"sendkey {keys}");

    /// <summary>Waits for the machine's end; returns QEMU's reason for it.</summary>
    public string AwaitEnd()
    {
        if (!process.WaitForExit(Limit))
            throw new MachineFailure($"the machine did not end\n{Evidence()}");
        process.WaitForExit();
        NoPanic();
        Await(() => monitor!.ShutdownReason is not null, "QEMU says why it ended");
        return monitor!.ShutdownReason!;
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.WaitForExit(TimeSpan.FromSeconds(10));
        monitor?.Dispose();
        process.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    private void Connect()
    {
        string socket = Path.Combine(directory, "qmp");
        Await(() => File.Exists(socket) || process.HasExited, "QEMU opens its monitor");
        if (process.HasExited)
            throw new MachineFailure($"QEMU ended at once: {complaints.Result}");
        monitor = new QemuMonitor(socket);
    }

    private void NoPanic()
    {
        if (Console.Contains(Panic, StringComparison.Ordinal))
            throw new MachineFailure($"the kernel panicked\n{Evidence()}");
    }

    private void Await(Func<bool> condition, string what)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed > Limit)
            {
                throw new MachineFailure(
                    $"not within {Limit.TotalSeconds} s: {what}\n{Evidence()}");
            }
            Thread.Sleep(20);
        }
    }

    private void ReadConsole()
    {
        char[] buffer = new char[4096];
        try
        {
            int count;
            while ((count = process.StandardOutput.Read(buffer)) > 0)
            {
                lock (guard)
                    console.Append(buffer, 0, count);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The machine was taken down while its console was being read.
        }
    }
}
