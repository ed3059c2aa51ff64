using System.Diagnostics;
using System.Globalization;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests.Packages;

/// <summary>
/// What Debian packages ship is started, asked by a client of its protocol, reloaded, restarted and
/// stopped under the unit of the package, unchanged. A few services in CI; all of services.txt in
/// the nightly tier.
/// </summary>
[TestFixture]
public sealed class PackageServicesTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private Layer layer = null!;
    private BootedSystem system = null!;

    private static IEnumerable<ServedUnit> Tried => ServedUnit.Tried;

    [OneTimeSetUp]
    public void Boot()
    {
        layer = new Layer().MaskReplacedUnits()
            .WriteFile("/usr/local/bin/inside",
                File.ReadAllText(Path.Combine(ServedUnit.Folder, "inside")), executable: true);
        system = BootedSystem.Boot(
            ServedUnit.IsNightly ? SystemRoot.Packages : SystemRoot.Debian, [layer, Layer.Product],
            ["/usr/lib/initx/initxd", "--unit=basic.target"]);
        Eventually.True(
            () => system.Initx("is-active", "basic.target").Out.Trim() == "active",
            "the boot goal is reached", system.Evidence);
        if (ServedUnit.IsNightly)
        {
            CommandResult prepared = system.Run(Patience, "/usr/local/bin/inside", "prepare");
            Assert.That(prepared.Status, Is.Zero, prepared.ToString);
        }
    }

    [OneTimeTearDown]
    public void TakeDown()
    {
        system?.Dispose();
        layer?.Dispose();
    }

    // One that failed half-way must not keep the port of the next.
    [TearDown]
    public void StopWhatIsLeft()
    {
        if (TestContext.CurrentContext.Result.FailCount > 0
            && TestContext.CurrentContext.Test.Arguments is [ServedUnit { Unit: not null } served])
            system.Run(Patience, ["/usr/bin/initx", "stop", .. All(served)]);
    }

    [TestCaseSource(nameof(Tried))]
    public void It_starts_serves_reloads_restarts_and_stops(ServedUnit served)
    {
        string unit = served.Unit!;
        Stopwatch watch = Stopwatch.StartNew();
        // It may have been started with others.
        Done("stop", All(served));
        Done("start", unit);
        string started = Seconds(watch);
        bool stays = Shown(unit, "ActiveState") == "active";
        Assert.That(Shown(unit, "Result"), Is.EqualTo("success"), () => Why(unit));
        Assert.That(stays || Shown(unit, "Type") == "oneshot", Is.True, () => Why(unit));
        Ask(served);

        bool canReload = stays && served.CanReload && Shown(unit, "CanReload") == "yes";
        if (canReload)
        {
            Done("reload", unit);
            // RELOADING=1 may come after the reload's own process has ended.
            Eventually.True(
                () => Shown(unit, "ActiveState") == "active", "it is reloaded", () => Why(unit));
            Ask(served);
        }

        string before = Shown(unit, "MainPID");
        Done("restart", unit);
        if (before is not "0" and not "")
            Assert.That(Shown(unit, "MainPID"), Is.Not.EqualTo(before), () => Why(unit));
        Ask(served);

        // A unit that is down has none any more.
        string cgroup = Shown(unit, "ControlGroup");
        bool hasNone = system.Cgroup == "-" || Shown(unit, "MainPID") == "0";
        Assert.That(cgroup, hasNone ? Is.Not.Null : Is.Not.Empty, () => Why(unit));
        string[] all = All(served);
        Done("stop", all);
        string ended = Shown(unit, "ActiveState");
        if (!served.MayEndFailed || ended != "failed")
        {
            Assert.That(ended, Is.EqualTo("inactive"), () => Why(unit));
            Assert.That(Shown(unit, "Result"), Is.EqualTo("success"), () => Why(unit));
        }

        AssertNothingIsLeft(unit, cgroup);
        if (all.Length > 1)
            Done("start", all[1..]);
        TestContext.Out.WriteLine(
            $"figure: {served.Package}: {unit} started ({started} s)"
            + $"{(served.Ask is null ? "" : ", served")}{(canReload ? ", reloaded" : "")}"
            + ", restarted, stopped");
    }

    [Test]
    public void Every_package_of_the_corpus_is_tried_or_left_out_with_a_reason()
    {
        string corpus = Path.Combine(Repository.Root, "tests", "oracle", "packages.txt");
        string[] packages =
            [.. File.ReadLines(corpus).Where(line => line.Length > 0 && line[0] != '#')];
        Assert.That(packages, Has.Length.GreaterThan(100));
        HashSet<string> known = [.. ServedUnit.All.Select(served => served.Package)];
        Assert.That(packages.Where(package => !known.Contains(package)), Is.Empty);
        Assert.That(
            ServedUnit.All.Count(served => served.Unit is not null), Is.GreaterThanOrEqualTo(60));
        if (!ServedUnit.IsNightly)
            return;
        foreach (ServedUnit left in ServedUnit.All.Where(served => served.Unit is null))
            TestContext.Out.WriteLine($"figure: {left.Package}: left out: {left.Reason}");
    }

    // A program may need a moment after its start is over to answer; that is the program's affair.
    private void Ask(ServedUnit served)
    {
        if (served.Ask is null)
            return;
        CommandResult answer = default;
        Eventually.True(
            () =>
            {
                answer = system.Run(Patience, "/usr/local/bin/inside", "ask", served.Ask);
                return answer.Status == 0;
            },
            $"{served.Unit} answers: {served.Ask}",
            () => $"{answer}\n{Why(served.Unit!)}");
    }

    private void Done(string verb, params string[] units)
    {
        CommandResult answer = system.Run(Patience, ["/usr/bin/initx", verb, .. units]);
        Assert.That(
            answer.Status, Is.Zero, () => $"initx {verb} {units[0]}: {answer}\n{Why(units[0])}");
    }

    // With the sockets and paths that would start it again at once.
    private string[] All(ServedUnit served) =>
    [
        served.Unit!, .. served.Sockets,
        .. Shown(served.Unit!, "TriggeredBy").Split(' ', StringSplitOptions.RemoveEmptyEntries),
    ];

    private void AssertNothingIsLeft(string unit, string cgroup)
    {
        if (cgroup.Length == 0 || Shown(unit, "KillMode") is "process" or "none")
            return;
        CommandResult left = system.Shell($"cat /sys/fs/cgroup{cgroup}/cgroup.procs 2>/dev/null");
        Assert.That(left.Out.Trim(), Is.Empty, () => $"processes of {unit} are left\n{Why(unit)}");
    }

    private string Shown(string unit, string property) =>
        system.Initx("show", "-p", property, "--value", unit).Out.Trim();

    private string Why(string unit) =>
        $"{system.Initx("why", unit).Out}\n{system.Initx("status", unit).Out}\n{system.Evidence()}";

    private static string Seconds(Stopwatch watch) =>
        watch.Elapsed.TotalSeconds.ToString("F1", CultureInfo.InvariantCulture);
}
