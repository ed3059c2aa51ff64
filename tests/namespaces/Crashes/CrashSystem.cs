using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests.Crashes;

/// <summary>
/// initxd with --crash-tests as PID 1, and the services that show what a crash did to them:
/// <list type="bullet">
/// <item>live@N: does nothing; has to be the same process for ever</item>
/// <item>mortal.service: ends with status 42 on SIGUSR1 and is restarted</item>
/// <item>orphanage.service: would die if the thread that made it died (PR_SET_PDEATHSIG)</item>
/// <item>door.socket: a listening socket whose service has not run yet</item>
/// </list>
/// </summary>
internal sealed class CrashSystem : IDisposable
{
    internal const int MortalStatus = 42;

    private readonly Layer _layer = new();
    private readonly Dictionary<string, string> _started = [];

    /// <param name="lives">How many live services.</param>
    /// <param name="mortals">How many mortal ones.</param>
    /// <param name="inheritance">What launch.c does before it becomes initxd.</param>
    /// <param name="more">Adds units of the test's own.</param>
    internal CrashSystem(
        int lives = 3, int mortals = 1, string inheritance = "", bool withoutCgroup = false,
        Action<Layer>? more = null)
    {
        string[] before = inheritance.Length > 0 ? [NativePrograms.Launch, inheritance] : [];
        _layer.WriteFile("/etc/initx/system/default.target", "[Unit]\nDescription=Crash tests\n");
        Lives = [.. Enumerable.Range(1, lives).Select(i => $"live{i}.service")];
        Mortals = [.. Enumerable.Range(1, mortals).Select(i => $"mortal{i}.service")];
        foreach (string unit in Lives)
            Service(unit, "live");
        foreach (string unit in Mortals)
            Service(unit, $"mortal {MortalStatus}", "Restart=always\nRestartSec=0\n");
        Service("orphanage.service", "orphanage");
        _layer.Unit("door.socket", "[Socket]\nListenStream=/run/door\n", "default.target");
        _layer.Unit("door.service", $"[Service]\nExecStart={NativePrograms.Probe} listen\n");
        more?.Invoke(_layer);
        System = BootedSystem.Boot(
            SystemRoot.Mini,
            [_layer, Layer.Product, NativePrograms.Layer],
            [.. before, "/usr/lib/initx/initxd", "--crash-tests"],
            withoutCgroup: withoutCgroup);
        try
        {
            Eventually.True(
                () => IsActive([.. Lives, .. Mortals, "orphanage.service", "door.socket"]),
                "the services are active", Evidence);
            foreach (string unit in (string[])[.. Lives, "orphanage.service"])
                _started[unit] = Identity(unit);
        }
        catch
        {
            // Nobody has this object yet who could take the system down.
            Dispose();
            throw;
        }
    }

    internal BootedSystem System { get; }

    internal string[] Lives { get; }

    internal string[] Mortals { get; }

    internal string Evidence() =>
        $"{System.Evidence()}\n--- list\n{System.Initx("list", "*.service").Out}"
        + $"\n--- history\n{System.Initx("history", "-n", "40", "--json").Out}";

    /// <summary>Names a crash; what happens to the sender of a crash is nothing.</summary>
    internal void Crash(string kind) => Eventually.True(
        () => TrySend(kind), $"the crash-test socket takes '{kind}'", Evidence);

    internal bool TrySend(string kind)
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            socket.SendTo(
                Encoding.UTF8.GetBytes(kind),
                new UnixDomainSocketEndPoint(System.PathOf("/run/initx/crash-test")));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Asks through the crash-test socket; null when there was no answer in 2 s.</summary>
    internal string? Ask(params string[] words)
    {
        CommandResult result = System.Run([NativePrograms.Probe, "ask", .. words]);
        return result.Status == 0 ? result.Out.Trim() : null;
    }

    /// <summary>What the present image says about its start.</summary>
    internal Dictionary<string, string> StartInfo()
    {
        string text = Eventually.Value(() => Ask("start-info"), "PID 1 answers", Evidence);
        int cause = text.IndexOf(" cause=", StringComparison.Ordinal);
        Dictionary<string, string> facts = text[..cause]
            .Split(' ')
            .Select(pair => pair.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        facts["cause"] = text[(cause + 7)..];
        return facts;
    }

    internal static int Number(Dictionary<string, string> facts, string name) =>
        int.Parse(facts[name], CultureInfo.InvariantCulture);

    /// <summary>Waits for the start that follows this many starts, however it came.</summary>
    internal Dictionary<string, string> AwaitStart(int after) => Eventually.Value(
        () =>
        {
            string? text = Ask("start-info");
            Dictionary<string, string>? facts = text is null ? null : StartInfo();
            return facts is not null && Number(facts, "starts") > after ? facts : null;
        },
        $"PID 1 starts again after start {after}", Evidence);

    /// <summary>
    /// Starts of PID 1 as its black box has them: no answer of the manager is needed. The place is
    /// that of <c>struct box_state</c> in engine/linux/native/internal.h.
    /// </summary>
    /// <param name="manager">Another manager than PID 1.</param>
    internal uint StartsInBox(int manager = 1)
    {
        try
        {
            Span<byte> starts = stackalloc byte[4];
            using FileStream box = File.OpenRead(System.PathOf($"/proc/{manager}/fd/60"));
            box.Position = 4096;
            box.ReadExactly(starts);
            return BitConverter.ToUInt32(starts);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>
    /// SIGUSR1 to each mortal service's process, found by /proc: the manager may be down right now.
    /// How many there were.
    /// </summary>
    internal int KillMortals() => CountMortals("kill -USR1 ${p#/proc/} &&");

    /// <summary>Processes of the mortal services that are there.</summary>
    internal int CountMortals(string act = "")
    {
        CommandResult result = System.Shell(
            $"n=0; for p in /proc/[0-9]*; do grep -qs '^{NativePrograms.Probe}.mortal' $p/cmdline && "
            + $"{act} n=$((n + 1)); done; echo $n");
        return int.Parse(result.Out.Trim(), CultureInfo.InvariantCulture);
    }

    internal bool IsActive(params string[] units) =>
        System.Initx(["is-active", "-q", .. units]).Status == 0;

    internal JsonElement Status(string unit)
    {
        CommandResult result = System.Initx("status", unit, "--json");
        return JsonDocument.Parse(result.Out).RootElement;
    }

    /// <summary>Pid and start time of a service's main process: who it is.</summary>
    internal string Identity(string unit)
    {
        int pid = MainPid(unit);
        string stat = File.ReadAllText(System.PathOf($"/proc/{pid}/stat"));
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        Assert.That(fields[1], Is.EqualTo("1"), $"{unit} is a child of PID 1");
        return $"{pid} started {fields[19]}";
    }

    internal int MainPid(string unit) => Eventually.Value(
        () => Status(unit).GetProperty("mainPid").GetInt32() is > 0 and int pid ? (object)pid : null,
        $"{unit} has a main process", Evidence) is int found ? found : 0;

    /// <summary>Everything that a crash must not have changed.</summary>
    internal void AssertUnharmed()
    {
        Assert.That(System.HasEnded, Is.False, Evidence);
        Assert.Multiple(() =>
        {
            foreach ((string unit, string identity) in _started)
                Assert.That(Identity(unit), Is.EqualTo(identity), $"{unit} is the same process");
            Assert.That(Ask("nre-caught"), Is.EqualTo("caught"), "managed faults are exceptions");
        });
    }

    /// <summary>
    /// Statuses with which a unit's processes are recorded to have ended, oldest first.
    /// </summary>
    internal List<int> RecordedExits(string unit)
    {
        CommandResult history = System.Initx("history", unit, "--json", "-n", "100000");
        Assert.That(history.Status, Is.Zero, history.ToString);
        List<int> codes = [];
        foreach (string line in history.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            JsonElement row = JsonDocument.Parse(line).RootElement;
            if (row.GetProperty("kind").GetString() == "process"
                && row.TryGetProperty("exit", out JsonElement exit)
                && exit.ValueKind == JsonValueKind.Object)
                codes.Add(exit.GetProperty("code").GetInt32());
        }

        return codes;
    }

    public void Dispose()
    {
        System?.Dispose();
        _layer.Dispose();
    }

    private void Service(string unit, string verb, string more = "") => _layer.Unit(
        unit,
        $"[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart={NativePrograms.Probe} {verb}\n{more}",
        "default.target");
}
