using System.Globalization;
using System.Text.Json;
using InitTx.Namespaces.Tests.Harness;

namespace InitTx.Namespaces.Tests.Crashes;

/// <summary>
/// Looks after the units of <see cref="ActivationUnits"/> under one manager: who they are, what is
/// said to them before, during and after each crash or re-exec, and what is not as it was. Problems
/// are lines; none means that nothing was lost and nothing restarted.
/// </summary>
/// <param name="others">More services that have to be the same process for ever.</param>
internal sealed class ActivationWatch(
    BootedSystem system, Caller caller, ActivationUnits units, params string[] others)
{
    private static readonly string[] Kept = ["stream", "tcp", "dgram"];

    private readonly Dictionary<string, (int Pid, string Started)> _who = [];
    private readonly Dictionary<string, int> _restarts = [];
    private readonly Dictionary<string, int> _said = [];
    private readonly List<string> _letters = [];
    private readonly List<string> _doors = [];
    private List<string> _stored = [];
    private int _managerPid = 1;

    /// <summary>Words that were answered on connections.</summary>
    internal int Answers { get; private set; }

    /// <summary>Clients of a service that was down, each answered by a run of its own.</summary>
    internal int Doors => _doors.Count;

    /// <summary>Stored descriptors that were looked at and were there.</summary>
    internal int StoredSeen { get; private set; }

    internal int ManagerPid => _managerPid;

    internal ActivationUnits Units => units;

    /// <summary>Waits until all is up, connects, and notes who everybody is.</summary>
    /// <param name="managerPid">The manager's own, as the system sees it.</param>
    internal void Begin(int managerPid, Func<string> evidence)
    {
        _managerPid = managerPid;
        Eventually.True(
            () => Initx(["is-active", "-q", .. ActivationUnits.Standing, "keeper", "guarded"])
                .Status == 0,
            $"the units of the {units.Name} are active", evidence);
        string[] problems =
        [
            .. Connect("stream", "kept"), .. Connect("tcp", "kept"), .. Connect("dgram", "kept"),
            .. Write("first"),
        ];
        Assert.That(problems, Is.Empty, evidence);
        foreach (string connection in Kept)
            Assert.That(Exchange(connection, "kept", "first"), Is.Empty, evidence);
        Eventually.True(
            () => Letters().SequenceEqual(_letters), "the first letter is delivered", evidence);
        foreach (JsonElement unit in Status([.. ActivationUnits.Residents, .. others]))
        {
            string name = unit.GetProperty("unit").GetString()!;
            int pid = unit.GetProperty("mainPid").GetInt32();
            _who[name] = (pid, StartOf(pid));
            _restarts[name] = unit.GetProperty("restarts").GetInt32();
        }

        Eventually.True(
            () => (_stored = Links(_managerPid, LinksOf("keeper.service"))).Count == 5,
            "five descriptors are stored", () => string.Join(' ', _stored) + evidence());
    }

    /// <summary>
    /// Right after a crash or the request for a re-exec: talks to whom it knows, makes itself known
    /// to the others and waits for nothing that needs the manager.
    /// </summary>
    internal IEnumerable<string> During(string word)
    {
        List<string> problems = [];
        foreach (string connection in Kept)
            problems.AddRange(Exchange(connection, "kept", word + "-during"));
        problems.AddRange(Connect("stream", "new"));
        problems.AddRange(Connect("tcp", "new"));
        problems.AddRange(Connect("once", "door"));
        problems.AddRange(Say("stream", "new", word));
        problems.AddRange(Say("tcp", "new", word));
        problems.AddRange(Say("once", "door", word));
        problems.AddRange(Write(word));
        return problems;
    }

    /// <summary>The manager is back.</summary>
    internal IEnumerable<string> After(string word)
    {
        List<string> problems = [];
        foreach (string connection in (string[])["stream", "tcp"])
        {
            problems.AddRange(Hear(connection, "new", word));
            problems.AddRange(Close(connection, "new"));
        }

        problems.AddRange(HearAtTheDoor(word));
        foreach (string connection in Kept)
            problems.AddRange(Exchange(connection, "kept", word + "-after"));
        problems.AddRange(WhoIsAnother());
        problems.AddRange(WhatIsNotStored());
        if (!Letters().SequenceEqual(_letters))
            problems.Add($"letters: sent {_letters.Count}, the log has {Letters().Length}");
        string[] served = Lines("once");
        if (!served.SequenceEqual(_doors))
            problems.Add($"once: served {string.Join(' ', served.TakeLast(3))}, not once each");
        return problems.Select(problem => $"{units.Name}: {word}: {problem}");
    }

    /// <summary>Units that are not what they were; empty when all are.</summary>
    internal IEnumerable<string> WhoIsAnother()
    {
        foreach (JsonElement unit in Status([.. _who.Keys, .. ActivationUnits.Standing]))
        {
            string name = unit.GetProperty("unit").GetString()!;
            string state = unit.GetProperty("state").GetString()!;
            if (state != "active")
                yield return $"{name} is {state}";
            if (!_who.TryGetValue(name, out (int Pid, string Started) who))
                continue;
            int pid = unit.GetProperty("mainPid").GetInt32();
            if (pid != who.Pid || StartOf(pid) != who.Started)
                yield return $"{name} is process {pid}, was {who.Pid}";
            if (unit.GetProperty("restarts").GetInt32() != _restarts[name])
                yield return $"{name} was restarted";
        }
    }

    /// <summary>Descriptors that the manager does not hold as they were stored.</summary>
    internal IEnumerable<string> WhatIsNotStored()
    {
        List<string> now = Links(_managerPid, [.. _stored]);
        if (!now.SequenceEqual(_stored))
            yield return $"stored: {string.Join(' ', now)}, not {string.Join(' ', _stored)}";
        StoredSeen += now.Count;
        foreach (string name in (string[])["kept-a", "kept-b"])
        {
            string? held = Descriptors(_managerPid)
                .FirstOrDefault(entry => entry.Link.StartsWith($"/memfd:{name} ")).Path;
            string? text = held is null ? null : File.ReadAllText(held);
            if (text is not null && text != $"content of {name}")
                yield return $"{name} holds '{text}'";
        }
    }

    /// <summary>
    /// Restarts the keeper on purpose: the next run has to be handed back all of it.
    /// </summary>
    internal IEnumerable<string> WhatIsNotHandedBack()
    {
        CommandResult restarted = Initx("restart", "keeper.service");
        if (restarted.Status != 0)
            return [$"restart keeper.service: {restarted}"];
        string[] wanted =
        [
            "run with 0", "run with 5", "kept-a=content of kept-a", "kept-b=content of kept-b",
            "pipe-read=content of pipe-read", "pipe-write=a pipe's end", "broken=content of broken",
        ];
        string[] found = Lines("keeper");
        return found.SequenceEqual(wanted)
            ? WhatIsNotStored()
            : [$"handed back: {string.Join(", ", found)}"];
    }

    /// <summary>The watchdog of a service that stops pinging on purpose still ends it.</summary>
    internal void WatchdogBites(Func<string> evidence)
    {
        string pid = _who["guarded.service"].Pid.ToString(CultureInfo.InvariantCulture);
        Assert.That(system.Run("/bin/kill", "-USR1", pid).Status, Is.Zero, evidence);
        Eventually.True(
            () => Status("guarded.service").Single().GetProperty("restarts").GetInt32() > 0
                && Rows("guarded.service").Any(row => row.GetProperty("to").GetString()
                    is "stop-watchdog"),
            "the watchdog ends who does not ping", evidence);
    }

    internal CommandResult Initx(params string[] arguments) =>
        system.Run([.. units.Initx, .. arguments]);

    /// <summary>The record of one unit, or of all, oldest first.</summary>
    internal List<JsonElement> Rows(params string[] unit) => Json(
        Initx(["history", .. unit, "--json", "-n", "100000"]));

    /// <summary>What the services wrote into a log of theirs.</summary>
    internal string[] Lines(string log)
    {
        string path = system.PathOf(units.LogOf(log));
        return File.Exists(path) ? File.ReadAllLines(path) : [];
    }

    private string[] Letters() => Lines("letters");

    private IEnumerable<JsonElement> Status(params string[] names) =>
        Json(Initx(["status", "-n", "0", "--json", .. names]));

    private static List<JsonElement> Json(CommandResult result)
    {
        Assert.That(result.Out, Is.Not.Empty, result.ToString);
        return [.. result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private string StartOf(int pid)
    {
        string path = system.PathOf($"/proc/{pid}/stat");
        if (!File.Exists(path))
            return "gone";
        string stat = File.ReadAllText(path);
        return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19];
    }

    private IEnumerable<string> Connect(string what, string how)
    {
        string where = what switch
        {
            "tcp" => $"tcp {units.Port}",
            "dgram" => $"dgram {units.Runtime}/echo-dgram",
            "once" => $"unix {units.Runtime}/once",
            _ => $"unix {units.Runtime}/echo-stream",
        };
        return Of(caller.Do($"connect {Name(what, how)} {where}"));
    }

    private IEnumerable<string> Say(string what, string how, string word) =>
        Of(caller.Do($"say {Name(what, how)} {word}"));

    // The answer has the server's pid, how many lines it has had, and the line.
    private IEnumerable<string> Hear(string what, string how, string word)
    {
        string answer = caller.Ask($"hear {Name(what, how)}");
        int count = _said[what] = _said.GetValueOrDefault(what) + 1;
        Answers++;
        string service = $"echo-{what}.service";
        string wanted = $" {count} {word}";
        bool isRight = answer.EndsWith(wanted, StringComparison.Ordinal)
            && (!_who.TryGetValue(service, out (int Pid, string Started) who)
                || answer == $"{who.Pid}{wanted}");
        return isRight ? [] : [$"{service} answers '{answer}' to '{word}', its line {count}"];
    }

    private IEnumerable<string> Exchange(string what, string how, string word) =>
        [.. Say(what, how, word), .. Hear(what, how, word)];

    private IEnumerable<string> HearAtTheDoor(string word)
    {
        _doors.Add(word);
        string answer = caller.Ask($"hear {Name("once", "door")}");
        return
        [
            .. answer.EndsWith($" 1 {word}", StringComparison.Ordinal)
                ? (string[])[]
                : [$"once.service answers '{answer}' to '{word}'"],
            .. Close("once", "door"),
        ];
    }

    private IEnumerable<string> Close(string what, string how) =>
        Of(caller.Do($"close {Name(what, how)}"));

    private IEnumerable<string> Write(string word)
    {
        _letters.Add(word);
        return Of(caller.Do($"write {units.Runtime}/letters {word}"));
    }

    private string Name(string what, string how) => $"{units.Name}-{what}-{how}";

    private static IEnumerable<string> Of(string? problem) => problem is null ? [] : [problem];

    private HashSet<string> LinksOf(string service)
    {
        int pid = _who[service].Pid;
        return [.. Descriptors(pid).Select(entry => entry.Link)
            .Where(link => link.StartsWith("pipe:") || link.StartsWith("/memfd:kept"))
            .Where(link => !Standard(pid).Contains(link))];
    }

    private HashSet<string> Standard(int pid) => [.. Descriptors(pid)
        .Where(entry => Path.GetFileName(entry.Path) is "0" or "1" or "2")
        .Select(entry => entry.Link)];

    /// <summary>Which of these links a process has open, each as often as it has it.</summary>
    private List<string> Links(int pid, HashSet<string> wanted) =>
        [.. Descriptors(pid).Select(entry => entry.Link).Where(wanted.Contains).Order()];

    private List<(string Path, string Link)> Descriptors(int pid)
    {
        List<(string, string)> found = [];
        string directory = system.PathOf($"/proc/{pid}/fd");
        foreach (string path in Directory.EnumerateFileSystemEntries(directory))
        {
            if (new FileInfo(path).LinkTarget is { } link)
                found.Add((path, link));
        }

        return found;
    }
}
