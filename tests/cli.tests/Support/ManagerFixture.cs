namespace InitTx.Cli.Tests.Support;

/// <summary>A fresh manager with a small machine's units for each test.</summary>
public abstract class ManagerFixture
{
    private string _directory = "";

    private protected LiveManager Manager { get; private set; } = null!;

    internal static readonly Dictionary<string, string> Units = new()
    {
        ["web.service"] =
            """
            [Unit]
            Description=A web server
            Documentation=man:web(8)
            Requires=db.service
            After=db.service
            [Service]
            ExecStart=/bin/web --port 80
            ExecReload=/bin/kill -HUP $MAINPID
            Environment=SECRET=hush
            [Install]
            WantedBy=multi-user.target

            """,
        ["db.service"] =
            """
            [Unit]
            Description=A database
            [Service]
            ExecStart=/bin/db

            """,
        ["lone.service"] =
            """
            [Service]
            ExecStart=/bin/lone
            Colour=blue

            """,
        ["slow.service"] =
            """
            [Service]
            Type=exec
            ExecStart=/bin/slow

            """,
        ["loop-a.service"] =
            """
            [Unit]
            Requires=loop-b.service
            After=loop-b.service
            [Service]
            ExecStart=/bin/a

            """,
        ["loop-b.service"] =
            """
            [Unit]
            Requires=loop-a.service
            After=loop-a.service
            [Service]
            ExecStart=/bin/b

            """,
        ["bad.service"] = "[Service]\nType=simple\n",
        ["multi-user.target"] =
            """
            [Unit]
            Description=Multi-user system
            Wants=web.service
            AllowIsolate=yes

            """,
    };

    [SetUp]
    public void StartManager()
    {
        _directory = Directory.CreateTempSubdirectory("initx-test-").FullName;
        Manager = new LiveManager(_directory, Units);
    }

    [TearDown]
    public void StopManager()
    {
        Manager.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private protected CliRun Run(params string[] args) => CliRun.Of(args, Manager.SocketPath);

    private protected CliRun RunAs(string name, params string[] args) =>
        CliRun.Of(args, Manager.SocketPath, name);

    /// <summary>Paths of this run's directory as the files of Golden/ have them.</summary>
    private protected string Stable(string text) =>
        text.Replace(Manager.UnitDirectory, "/units", StringComparison.Ordinal);
}
