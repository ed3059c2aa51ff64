using System.Diagnostics;
using System.Globalization;

namespace InitTx.Namespaces.Tests.Harness;

/// <summary>
/// A program as PID 1 of fresh namespaces (scripts/ns-boot). Disposing it takes everything down,
/// whatever state it is in. Not thread-safe; several systems may run side by side.
/// </summary>
public sealed class BootedSystem : IDisposable
{
    public const int StatusReboot = 129;
    public const int StatusPowerOff = 130;

    private readonly Process launcher;
    private readonly string directory;
    private readonly Task<string> messages;

    private BootedSystem(Process launcher, string directory)
    {
        this.launcher = launcher;
        this.directory = directory;
        launcher.StandardInput.Close();
        messages = launcher.StandardError.ReadToEndAsync();
        _ = launcher.StandardOutput.ReadToEndAsync();
    }

    /// <summary>PID 1's process id as the host sees it.</summary>
    public int HostPid { get; private set; }

    /// <summary>The host's path of the system's cgroup subtree, or "-" when it has none.</summary>
    public string Cgroup { get; private set; } = "-";

    /// <summary>All that was written to /dev/console so far.</summary>
    public string Console => File.Exists(ConsolePath) ? File.ReadAllText(ConsolePath) : "";

    /// <summary>The host's path of a file of the system, while PID 1 lives.</summary>
    public string PathOf(string inside) => $"/proc/{HostPid}/root{inside}";

    public string Evidence() => $"--- console\n{Console}\n--- launcher\n{Messages}";

    private string ConsolePath => Path.Combine(directory, "console");
    private string InfoPath => Path.Combine(directory, "info");
    private string Messages => messages.IsCompletedSuccessfully ? messages.Result : "";

    /// <summary>
    /// The Debian root with the product and these files, booted to a target that wants nothing.
    /// </summary>
    /// <param name="keep">ns-boot's --keep: what outlives the system.</param>
    /// <param name="options">More of initxd's options.</param>
    public static BootedSystem Calm(Layer layer, string? keep = null, params string[] options)
    {
        layer.Unit("calm.target", "[Unit]\nDescription=Nothing\n");
        BootedSystem system = Boot(
            SystemRoot.Debian,
            [layer, Layer.Product],
            ["/usr/lib/initx/initxd", "--unit=calm.target", .. options],
            keep: keep);
        Eventually.True(
            () => system.Initx("is-active", "calm.target").Out.Trim() == "active",
            "the boot goal is reached",
            system.Evidence);
        return system;
    }

    /// <summary>Boots initxd on the minimal root with this layer over it.</summary>
    public static BootedSystem Initxd(Layer layer, params string[] arguments) =>
        Boot(SystemRoot.Mini, [layer, Layer.Product], ["/usr/lib/initx/initxd", .. arguments]);

    /// <summary>Boots any program; returns once it is PID 1 of its namespaces.</summary>
    /// <param name="layers">Laid over the root, the first one on top; they stay the
    /// caller's.</param>
    /// <param name="command">An absolute path inside the system, and arguments.</param>
    public static BootedSystem Boot(
        SystemRoot root, IEnumerable<Layer> layers, IEnumerable<string> command,
        IEnumerable<string>? environment = null, bool withoutCgroup = false, string? keep = null)
    {
        string directory = Directory.CreateTempSubdirectory("inittx-system.").FullName;
        List<string> words =
        [
            Repository.Script("ns-boot"),
            $"--console={Path.Combine(directory, "console")}",
            $"--info={Path.Combine(directory, "info")}",
        ];
        foreach (Layer layer in layers)
            words.Add($"--layer={layer.Path}");
        foreach (string setting in environment ?? [])
            words.Add($"--env={setting}");
        if (keep is not null)
            words.Add($"--keep={keep}");
        if (withoutCgroup)
            words.Add("--without-cgroup");
        words.AddRange([root.Path, "--", .. command]);
        BootedSystem system = new(HostCommand.Start(words), directory);
        try
        {
            system.AwaitStart();
        }
        catch
        {
            system.Dispose();
            throw;
        }
        return system;
    }

    /// <summary>Runs a command inside; its status and output are the result.</summary>
    public CommandResult Run(params string[] command) =>
        HostCommand.Run([Repository.Script("ns-exec"), InfoPath, .. command]);

    /// <summary>Runs a command inside that may take longer than others.</summary>
    public CommandResult Run(TimeSpan deadline, params string[] command) => HostCommand.Run(
        [Repository.Script("ns-exec"), InfoPath, .. command], deadline);

    /// <summary>Starts a command inside, with pipes; the caller disposes it.</summary>
    public Process Start(params string[] command) =>
        HostCommand.Start([Repository.Script("ns-exec"), InfoPath, .. command]);

    /// <summary>Runs a shell line inside.</summary>
    public CommandResult Shell(string line) => Run("/bin/sh", "-c", line);

    /// <summary>Runs `initx VERB…` inside.</summary>
    public CommandResult Initx(params string[] arguments) => Run(["/usr/bin/initx", .. arguments]);

    /// <summary>Waits until the console shows the text.</summary>
    public void AwaitConsole(string text) => Eventually.True(
        () => Console.Contains(text, StringComparison.Ordinal),
        $"the console says '{text}'", Evidence);

    /// <summary>
    /// Waits for the end of PID 1: 129 reboot, 130 power-off, else its own status.
    /// </summary>
    public int AwaitEnd()
    {
        if (!launcher.WaitForExit(Eventually.Limit))
            Assert.Fail($"PID 1 did not end\n{Evidence()}");
        return launcher.ExitCode;
    }

    public bool HasEnded => launcher.HasExited;

    /// <summary>Sends a signal to PID 1 from outside, as its parent namespace could.</summary>
    public void Signal(string name) => HostCommand.Run(
        ["kill", "-s", name, HostPid.ToString(CultureInfo.InvariantCulture)]);

    public void Dispose()
    {
        if (!launcher.HasExited)
        {
            HostCommand.Run(
                ["kill", "-s", "TERM", launcher.Id.ToString(CultureInfo.InvariantCulture)]);
            if (!launcher.WaitForExit(Eventually.Limit))
                launcher.Kill(entireProcessTree: true);
        }
        launcher.Dispose();
        if (Directory.Exists(directory))
            Directory.Delete(directory, recursive: true);
    }

    private void AwaitStart()
    {
        string info = Eventually.Value(
            () => launcher.HasExited && !HasInfo()
                ? throw new AssertionException($"ns-boot ended at once\n{Evidence()}")
                : HasInfo() ? File.ReadAllText(InfoPath) : null,
            "ns-boot starts PID 1", Evidence);
        string[] fields = info.Trim().Split(' ', 2);
        HostPid = int.Parse(fields[0], CultureInfo.InvariantCulture);
        Cgroup = fields[1];
    }

    private bool HasInfo() => File.Exists(InfoPath) && new FileInfo(InfoPath).Length > 0;
}
