using InitTx.Namespaces.Tests.Harness;
using InitTx.Oracle.Tests.Judge;

namespace InitTx.Oracle.Tests.Running;

/// <summary>
/// One Debian system with the files of some cases, booted by systemd or by InitTx; each case's
/// script runs inside it.
/// </summary>
internal sealed class RunRoom : IDisposable
{
    private const int AtOnce = 6;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(12);

    private readonly Layer _cases = new();
    private readonly Layer _initx = new();
    private readonly DirectoryInfo _out = Directory.CreateTempSubdirectory("initx-running.");
    private readonly IReadOnlyList<RunCase> _all;

    public RunRoom(IReadOnlyList<RunCase> cases)
    {
        _all = cases;
        foreach (string program in (string[])[
            "drive", "lib.sh", "probe", "rooted", "end", "family", "taker"])
        {
            string file = Path.Combine(SystemdRoot.Source, "tests/oracle/running-root", program);
            _cases.WriteFile($"/oracle/{program}", File.ReadAllText(file), executable: true);
        }

        foreach (string place in (string[])["tmp", "data"])
        {
            _cases.WriteFile($"/oracle/{place}/.keep", "");
            File.SetUnixFileMode(
                $"{_cases.Path}/oracle/{place}",
                (UnixFileMode)0b111_111_111 | UnixFileMode.StickyBit);
        }

        _cases.WriteFile(
            "/oracle/files/environment",
            "PLAIN=file\nQUOTED=\"two words\"\n# COMMENT=1\nSINGLE='a b'\nLAST=end");

        // What an active unit names stays loaded, so systemd does not forget how it ended.
        _cases.WriteFile(
            "/etc/systemd/system/default.target",
            "[Unit]\nDescription=The cases\nRequires=sysinit.target basic.target\n"
            + "After=basic.target\n" + string.Concat(Units(cases).Select(u => $"Before={u}\n")));
        foreach (RunCase one in cases)
        {
            _cases.WriteFile($"/oracle/cases/{one.Name}", one.Script);
            foreach ((string file, string text) in one.Files)
            {
                _cases.WriteFile(
                    file.StartsWith('/') ? file : $"/etc/systemd/system/{file}", text);
            }
        }

        _initx.MaskReplacedUnits().Link("/usr/bin/systemctl", "initx");
    }

    /// <summary>What each case said under one of the managers, by name, line by line.</summary>
    public Dictionary<string, string[]> Run(bool systemd)
    {
        foreach (FileInfo old in _out.EnumerateFiles())
            old.Delete();
        using BootedSystem system = BootedSystem.Boot(
            SystemRoot.Debian,
            systemd ? [_cases] : [_cases, _initx, Layer.Product],
            [systemd ? "/lib/systemd/systemd" : "/usr/lib/initx/initxd"],
            keep: $"{_out.FullName}:/oracle/out");
        Eventually.True(
            () => system.Run("systemctl", "is-system-running").Out.Trim()
                is "running" or "degraded",
            "the system is up", system.Evidence);
        CommandResult done = system.Run(
            Limit, "/oracle/drive",
            AtOnce.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.That(done.Status, Is.Zero, done.ToString());
        return _all.ToDictionary(c => c.Name, c => File.ReadAllLines($"{_out.FullName}/{c.Name}"));
    }

    public void Dispose()
    {
        _cases.Dispose();
        _initx.Dispose();
        _out.Delete(recursive: true);
    }

    private static IEnumerable<string> Units(IReadOnlyList<RunCase> cases) => cases
        .SelectMany(c => c.Files).Select(f => f.File)
        .Where(f => f.EndsWith(".service", StringComparison.Ordinal)
            && !f.Contains('@', StringComparison.Ordinal) && !f.StartsWith('/'));
}
