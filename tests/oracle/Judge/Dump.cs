using System.Text;

namespace InitTx.Oracle.Tests.Judge;

/// <summary>What <c>systemd --test</c> says about one unit.</summary>
internal sealed class DumpUnit
{
    public Dictionary<string, List<string>> Fields { get; } = new(StringComparer.Ordinal);

    /// <summary>Words of each command, by Exec key.</summary>
    public Dictionary<string, List<string[]>> Commands { get; } = new(StringComparer.Ordinal);

    public string LoadState => One("Unit Load State") ?? "";

    public string? One(string key) => Fields.TryGetValue(key, out List<string>? v) ? v[0] : null;

    public IReadOnlyList<string> All(string key) =>
        Fields.TryGetValue(key, out List<string>? v) ? v : [];
}

/// <summary>
/// The dump of <c>systemd --test</c>: all units it loaded, and the jobs it would run.
/// </summary>
internal sealed class Dump
{
    public Dictionary<string, DumpUnit> Units { get; } = new(StringComparer.Ordinal);

    /// <summary>Kind of job by unit.</summary>
    public SortedDictionary<string, string> Jobs { get; } = new(StringComparer.Ordinal);

    /// <summary>What systemd said while loading.</summary>
    public string Messages { get; private init; } = "";

    /// <summary>Mounts of the judge's own machine, for which there is no file.</summary>
    public HashSet<string> MachineMounts { get; } = new(StringComparer.Ordinal);

    /// <summary>Loads one unit and all it names, from directories and nothing else.</summary>
    public static Dump Of(string work, IReadOnlyList<string> path, string unit)
    {
        Said said = SystemdRoot.Run(
            work, ["/lib/systemd/systemd", "--test", "--system", "--no-pager", $"--unit={unit}"],
            ("SYSTEMD_UNIT_PATH", string.Join(':', path)),
            ("SYSTEMD_GENERATOR_PATH", "/nonexistent"),
            ("SYSTEMD_ENVIRONMENT_GENERATOR_PATH", "/nonexistent"),
            ("SYSTEMD_PROC_CMDLINE", ""),
            ("SYSTEMD_LOG_COLOR", "0"),
            ("SYSTEMD_LOG_TARGET", "console"),
            ("SYSTEMD_LOG_LEVEL", "info"));
        Dump dump = Parse(said.Output, said.Messages);
        Assert.That(dump.Units, Is.Not.Empty, $"status {said.Status}\n{said.Messages}");
        return dump;
    }

    /// <summary>
    /// Ordering edges between jobs: the first one ends before the second one begins.
    /// </summary>
    public SortedSet<string> Edges()
    {
        var edges = new SortedSet<string>(StringComparer.Ordinal);
        foreach (string unit in Jobs.Keys)
        {
            foreach (string line in Units[unit].All("After"))
            {
                string other = line.Split(' ')[0];
                if (Jobs.ContainsKey(other))
                    edges.Add($"{other} < {unit}");
            }
        }

        return edges;
    }

    private static Dump Parse(string text, string messages)
    {
        var dump = new Dump { Messages = messages };
        DumpUnit? unit = null;
        string? command = null;
        bool jobs = false;
        foreach (string line in text.Split('\n'))
        {
            if (line.StartsWith("-> By jobs", StringComparison.Ordinal))
                jobs = true;
            else if (jobs)
                dump.ReadJob(line);
            else if (line.StartsWith("\t-> Unit ", StringComparison.Ordinal))
                (unit, command) = (dump.Units[line[9..^1]] = new DumpUnit(), null);
            else if (line.StartsWith("\t\t-> ", StringComparison.Ordinal))
                command = line[5..^1];
            else if (line.StartsWith("\t\t\tCommand Line: ", StringComparison.Ordinal))
                Add(unit!.Commands, command!, Words(line[17..]));
            else if (unit is not null && line.StartsWith("\t\t", StringComparison.Ordinal)
                && line[2] != '\t' && line.IndexOf(':', StringComparison.Ordinal) is var at and > 0)
                Add(unit.Fields, line[2..at], line[(at + 1)..].TrimStart(' '));
        }

        foreach ((string name, DumpUnit u) in dump.Units)
        {
            if (u.One("From /proc/self/mountinfo") == "yes" && u.One("From fragment") == "no")
                dump.MachineMounts.Add(name);
        }

        dump.MachineMounts.Remove("-.mount");
        return dump;
    }

    private void ReadJob(string line)
    {
        const string Action = "\t\tAction: ";
        if (!line.StartsWith(Action, StringComparison.Ordinal))
            return;
        string[] words = line[Action.Length..].Split(" -> ");
        Jobs[words[0]] = words[1];
    }

    private static void Add<T>(Dictionary<string, List<T>> map, string key, T value)
    {
        if (!map.TryGetValue(key, out List<T>? list))
            map.Add(key, list = []);
        list.Add(value);
    }

    // The dump quotes for a shell: double quotes, a backslash before what is special in them.
    internal static string[] Words(string text)
    {
        List<string> words = [];
        var word = new StringBuilder();
        bool quoted = false, open = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '"')
            {
                (quoted, open) = (!quoted, true);
            }
            else if (c == ' ' && !quoted)
            {
                if (open)
                    words.Add(word.ToString());
                word.Clear();
                open = false;
            }
            else
            {
                open = true;
                bool escape = c == '\\' && i + 1 < text.Length;
                char next = escape ? text[++i] : c;
                word.Append(!escape ? c : next switch
                {
                    't' => '\t',
                    'n' => '\n',
                    'r' => '\r',
                    _ => next,
                });
            }
        }

        if (open)
            words.Add(word.ToString());
        return [.. words];
    }
}
