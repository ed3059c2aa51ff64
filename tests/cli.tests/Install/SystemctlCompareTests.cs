using System.Text;
using InitTx.Cli.Tests.Support;

namespace InitTx.Cli.Tests.Install;

/// <summary>
/// Install verbs against systemctl 252 on generated trees: after each call the exit status and
/// every link in /etc and /run are the same, and so are the words of is-enabled.
/// </summary>
[Category("oracle")]
public sealed class SystemctlCompareTests
{
    private static readonly string[] Plain =
        ["a.service", "b.service", "c.socket", "d.timer", "e.target", "f.path"];

    private static readonly string[] Templates = ["t@.service", "u@.service", "v@.socket"];
    private static readonly string[] Instances = ["t@one.service", "t@two.service", "u@x.service"];
    private static readonly string[] Others =
        ["x1.service", "y@.service", "nope.service", "l.service"];

    private static readonly string[] Targets =
    [
        "multi-user.target", "e.target", "missing.target", "%i.target", "foo@%i.target",
        "bar@.target", "%p.target", "a.service",
    ];

    private static readonly string[] Aliases =
        ["x1.service", "x2.service", "x3.socket", "y@.service", "k@%i.service", "x4.timer"];

    private static readonly string[][] Verbs =
    [
        ["enable"], ["enable"], ["enable"], ["disable"], ["disable"], ["mask"], ["unmask"],
        ["preset"], ["preset-all"], ["enable", "--runtime"], ["disable", "--runtime"],
        ["mask", "--runtime"], ["unmask", "--runtime"], ["enable", "--force"], ["is-enabled"],
    ];

    [Test]
    public void Generated_trees_get_the_same_links_words_and_status_as_from_systemctl()
    {
        int trees = int.Parse(Environment.GetEnvironmentVariable("INITX_INSTALL_TREES") ?? "40");
        int seed = int.Parse(Environment.GetEnvironmentVariable("INITX_SEED") ?? "20260101");
        var differences = new StringBuilder();
        int calls = 0;
        int bad = 0;
        for (int i = 0; i < trees && bad < 10; i++)
        {
            string found = Compare(new Random(seed + i), ref calls);
            if (found.Length == 0)
                continue;
            bad++;
            differences.AppendLine($"--- INITX_SEED={seed + i} INITX_INSTALL_TREES=1");
            differences.Append(found);
        }

        TestContext.Out.WriteLine($"{trees} trees, {calls} calls compared with systemctl");
        Assert.That(differences.ToString(), Is.Empty);
    }

    private static string Compare(Random random, ref int compared)
    {
        using var theirs = new InstallTree();
        using var ours = new InstallTree();
        string described = Fill(random, theirs, ours);
        List<string[]> calls = Calls(random);
        List<Judgement> judged = DebianSystemctl.Run(theirs.Path, calls);
        for (int i = 0; i < calls.Count; i++)
        {
            compared++;
            CliRun run = CliRun.Of(
                [calls[i][0], $"--root={ours.Path}", .. calls[i][1..]], calledAs: "systemctl");
            string links = string.Join('\n', ours.Links());
            string wanted = string.Join('\n', judged[i].Links.Select(l => l.Split(' ')).Select(
                p => $"{p[0]} {InstallTree.Merged(p[1])}").Order(StringComparer.Ordinal));
            bool words = calls[i][0] == "is-enabled"
                && run.Out != WordsOf(judged[i].Output);
            if (links == wanted && run.Code == judged[i].Status && !words)
                continue;
            string before = string.Join('\n', calls.Take(i).Select(c => string.Join(' ', c)));
            return $"{described}{before}\n"
                + $"> {string.Join(' ', calls[i])}\nsystemctl: {judged[i].Status}\n"
                + $"{judged[i].Output}{wanted}\nours: {run.Code}\n{run.Out}{run.Error}{links}\n";
        }

        return "";
    }

    private static string WordsOf(string output) => string.Concat(output.Split('\n')
        .Where(l => l.Length > 0 && !l.Contains(' ')).Select(l => l + "\n"));

    private static List<string[]> Calls(Random random)
    {
        string[] pool = [.. Plain, .. Templates, .. Instances, .. Others];
        List<string[]> calls = [];
        for (int i = 0; i < 6; i++)
        {
            string[] verb = Verbs[random.Next(Verbs.Length)];
            string[] units = verb[0] == "preset-all"
                ? []
                : [.. Enumerable.Range(0, random.Next(4) == 0 ? 2 : 1).Select(
                    _ => pool[random.Next(pool.Length)]).Distinct()];
            calls.Add([verb[0], .. verb[1..], .. units]);
        }

        foreach (string unit in pool)
            calls.Add(["is-enabled", unit]);
        return calls;
    }

    private static string Fill(Random random, params InstallTree[] trees)
    {
        var described = new StringBuilder();
        void Write(string path, string text)
        {
            described.AppendLine($"{path}: {text.Replace("\n", "; ", StringComparison.Ordinal)}");
            foreach (InstallTree tree in trees)
                tree.Write(path, text);
        }

        void Link(string path, string target)
        {
            described.AppendLine($"{path} -> {target}");
            foreach (InstallTree tree in trees)
                tree.Link(path, target);
        }

        foreach (string unit in (string[])[.. Plain, .. Templates])
        {
            if (random.Next(8) != 0)
                Write($"{InstallTree.Vendor}/{unit}", Unit(random, unit));
        }

        Write($"{InstallTree.Vendor}/multi-user.target", "[Unit]\nDescription=m\n");
        if (random.Next(3) == 0)
            Link($"{InstallTree.Vendor}/multi-user.target.wants/b.service", "../b.service");
        if (random.Next(3) == 0)
            Link($"{InstallTree.Vendor}/multi-user.target.wants/t@one.service", "../t@.service");
        if (random.Next(4) == 0)
            Link($"{InstallTree.Vendor}/x1.service", "a.service");
        if (random.Next(4) == 0)
        {
            Write("opt/l.service", Unit(random, "l.service"));
            Link($"{InstallTree.Config}/l.service", "/opt/l.service");
        }

        if (random.Next(4) == 0)
            Write($"{InstallTree.Config}/a.service", Unit(random, "a.service"));
        if (random.Next(4) == 0)
            Write($"{InstallTree.Vendor}/a.service.d/10.conf", "[Install]\nWantedBy=e.target\n");
        if (random.Next(2) == 0)
            Write($"{InstallTree.Presets}/50.preset", PresetFile(random));
        return described.ToString();
    }

    private static string PresetFile(Random random)
    {
        string[] patterns =
            ["a.service", "*.socket", "t@.service one two", "u@*", "*.timer", "?.*"];
        var text = new StringBuilder("# generated\n");
        for (int i = random.Next(4); i >= 0; i--)
        {
            string pattern = patterns[random.Next(patterns.Length)];
            bool enable = pattern.Contains(' ') || random.Next(2) == 0;
            text.AppendLine($"{(enable ? "enable" : "disable")} {pattern}");
        }

        return text.Append(random.Next(2) == 0 ? "disable *\n" : "").ToString();
    }

    private static string Unit(Random random, string name)
    {
        string body = name switch
        {
            _ when name.EndsWith(".service") => "[Service]\nExecStart=/bin/true\n",
            _ when name.EndsWith(".socket") => "[Socket]\nListenStream=/run/x\nAccept=yes\n",
            _ when name.EndsWith(".timer") => "[Timer]\nOnBootSec=1\n",
            _ when name.EndsWith(".path") => "[Path]\nPathExists=/x\n",
            _ => "[Unit]\nDescription=x\n",
        };
        if (random.Next(4) == 0)
            return body;
        var text = new StringBuilder(body).Append("[Install]\n");
        void Some(string key, string[] values, int one)
        {
            if (random.Next(one) == 0)
                text.AppendLine($"{key}={values[random.Next(values.Length)]}");
        }

        Some("WantedBy", Targets, 2);
        Some("RequiredBy", Targets, 5);
        Some("Alias", Aliases, 3);
        Some("Also", [.. Plain, .. Instances], 5);
        if (name.Contains('@'))
            Some("DefaultInstance", ["one", "two"], 2);
        return text.ToString();
    }
}
