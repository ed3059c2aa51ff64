using System.Diagnostics;
using System.Text;

namespace InitTx.Cli.Tests.Install;

/// <summary>
/// systemctl of systemd 252 as judge of [Install], in the cached Debian root, on a tree that is
/// mounted there: never on this machine's own files.
/// </summary>
internal static class DebianSystemctl
{
    /// <summary>The root of scripts/debian-root; ignores the test where there is none.</summary>
    public static string Root()
    {
        string cache = Environment.GetEnvironmentVariable("INITTX_CACHE")
            ?? Path.Combine(Environment.GetFolderPath(
                Environment.SpecialFolder.UserProfile), ".cache", "inittx");
        string owner = Environment.UserName == "root" ? "root" : "user";
        string? found = Directory.Exists(cache)
            ? Directory.EnumerateDirectories(cache, $"debian-services-{owner}-*")
                .FirstOrDefault(d => File.Exists(Path.Combine(d, ".complete")))
            : null;
        if (found is null)
            Assert.Ignore("no Debian root to compare with: scripts/debian-root services makes it");
        return found!;
    }

    /// <summary>
    /// Runs calls of `systemctl --root` one after the other on a tree; after each: its status, its
    /// output, and the links there are.
    /// </summary>
    public static List<Judgement> Run(string tree, IReadOnlyList<string[]> calls)
    {
        var script = new StringBuilder("set -u\nmount --bind \"$1\" \"$2/mnt\"\n"
            + "mount --rbind /proc \"$2/proc\"\n");
        foreach (string[] call in calls)
        {
            script.Append("chroot \"$2\" systemctl --root=/mnt --no-pager");
            foreach (string word in call)
                script.Append(" '").Append(word).Append('\'');
            script.Append(" 2>&1 </dev/null\necho \"@status $?\"\n");
            script.Append("(cd \"$1\" && find etc run -type l -printf '@link %p %l\\n' | sort)\n");
        }

        var start = new ProcessStartInfo("timeout") { RedirectStandardOutput = true };
        string[] unshare = Environment.UserName == "root" ? ["-m"] : ["-r", "-m"];
        foreach (string word in (string[])
            ["-s", "KILL", "120", "unshare", .. unshare, "sh", "-c", script.ToString(), "sh",
                tree, Root()])
            start.ArgumentList.Add(word);
        using Process process = Process.Start(start)!;
        List<Judgement> all = Read(process.StandardOutput);
        process.WaitForExit();
        Assert.That(all, Has.Count.EqualTo(calls.Count), "the judge did not come to its end");
        return all;
    }

    private static List<Judgement> Read(StreamReader output)
    {
        List<Judgement> all = [];
        var text = new StringBuilder();
        while (output.ReadLine() is { } line)
        {
            if (line.StartsWith("@status ", StringComparison.Ordinal))
            {
                all.Add(new Judgement(int.Parse(line.AsSpan(8)), text.ToString(), []));
                text.Clear();
            }
            else if (line.StartsWith("@link ", StringComparison.Ordinal))
            {
                all[^1].Links.Add(line[6..]);
            }
            else
            {
                text.AppendLine(line);
            }
        }

        return all;
    }
}

/// <summary>What one call came to.</summary>
internal sealed record Judgement(int Status, string Output, List<string> Links);
