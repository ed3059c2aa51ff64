namespace InitTx.Namespaces.Tests.Harness;

/// <summary>The read-only trees a system is booted on; made once by scripts, then shared.</summary>
public sealed class SystemRoot
{
    /// <summary>A static busybox and the C library: what most tests need.</summary>
    public static readonly SystemRoot Mini = new("mini-root", TimeSpan.FromMinutes(1));

    /// <summary>Debian 12 with its services as their packages configured them.</summary>
    public static readonly SystemRoot Debian = new("debian-root", TimeSpan.FromMinutes(20));

    /// <summary>Debian 12 with some eighty services, for the nightly tier.</summary>
    public static readonly SystemRoot Packages = new(
        "debian-root", TimeSpan.FromMinutes(50), "packages");

    private readonly Lazy<string> path;

    private SystemRoot(string script, TimeSpan deadline, params string[] arguments) =>
        path = new Lazy<string>(() =>
        {
            CommandResult made = HostCommand.Run(
                [Repository.Script(script), .. arguments], deadline);
            Assert.That(made.Status, Is.Zero, $"{script}: {made}");
            return made.Out.Trim();
        });

    public string Path => path.Value;
}
