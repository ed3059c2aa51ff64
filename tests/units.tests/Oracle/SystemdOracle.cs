using System.Diagnostics;
using System.Text;

namespace InitTx.Units.Tests.Oracle;

/// <summary>What <c>systemd --test</c> says about one unit.</summary>
internal sealed class OracleUnit
{
    public Dictionary<string, List<string>> Fields { get; } = [];

    /// <summary>Words of each command, by Exec key.</summary>
    public Dictionary<string, List<string[]>> Commands { get; } = [];

    public string LoadState => One("Unit Load State");

    public string One(string key) => Fields.TryGetValue(key, out List<string>? v) ? v[0] : "";

    public List<string> All(string key) => Fields.GetValueOrDefault(key, []);
}

/// <summary>
/// systemd 252 as judge: it loads a directory of units without being PID 1 and prints what it made
/// of them. Its messages are there as well.
/// </summary>
internal static class SystemdOracle
{
    private const string Program = "/lib/systemd/systemd";

    /// <summary>
    /// Ignores the calling test where the judge is missing, saying what is missing.
    /// </summary>
    public static void Require()
    {
        if (!File.Exists(Program))
            Assert.Ignore($"{Program} is not installed: apt-get install systemd");
        if (Environment.UserName != "root")
            Assert.Ignore("systemd --test refuses nothing but root, and changing the user needs "
                + "root");
    }

    /// <summary>Loads one unit and everything it names from a directory.</summary>
    public static (Dictionary<string, OracleUnit> Units, string Messages) Run(string directory,
        string unit)
    {
        var start = new ProcessStartInfo("setpriv")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string word in new[]
        {
            "--reuid=65534", "--regid=65534", "--clear-groups", "timeout", "-s", "KILL", "60",
            Program, "--test", "--system", "--no-pager", $"--unit={unit}",
        })
            start.ArgumentList.Add(word);
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin";
        start.Environment["SYSTEMD_UNIT_PATH"] = directory;
        start.Environment["SYSTEMD_GENERATOR_PATH"] = "/nonexistent";
        start.Environment["SYSTEMD_ENVIRONMENT_GENERATOR_PATH"] = "/nonexistent";
        start.Environment["SYSTEMD_PROC_CMDLINE"] = "";
        start.Environment["SYSTEMD_LOG_COLOR"] = "0";
        start.Environment["SYSTEMD_LOG_TARGET"] = "console";
        start.Environment["SYSTEMD_LOG_LEVEL"] = "info";
        using Process process = Process.Start(start)!;
        Task<string> messages = process.StandardError.ReadToEndAsync();
        string dump = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (Parse(dump), messages.Result);
    }

    private static Dictionary<string, OracleUnit> Parse(string dump)
    {
        var units = new Dictionary<string, OracleUnit>();
        OracleUnit? unit = null;
        string? command = null;
        foreach (string line in dump.Split('\n'))
        {
            if (line.StartsWith("-> By jobs", StringComparison.Ordinal))
                break;
            if (line.StartsWith("\t-> Unit ", StringComparison.Ordinal))
                (unit, command) = (units[line[9..].TrimEnd(':')] = new OracleUnit(), null);
            else if (line.StartsWith("\t\t-> ", StringComparison.Ordinal))
                command = line[5..].TrimEnd(':');
            else if (line.StartsWith("\t\t\tCommand Line: ", StringComparison.Ordinal)
                && command is not null)
                (unit!.Commands.TryGetValue(command, out var list) ? list
                    : unit.Commands[command] = []).Add(Words(line[17..]));
            else if (unit is not null && line.StartsWith("\t\t", StringComparison.Ordinal)
                && line.IndexOf(": ", StringComparison.Ordinal) is var at and > 0)
                (unit.Fields.TryGetValue(line[2..at], out var list) ? list
                    : unit.Fields[line[2..at]] = []).Add(line[(at + 2)..]);
        }

        return units;
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
                (quoted, open) = (!quoted, true);
            else if (c == '\\' && i + 1 < text.Length)
                (open, _) =
                    (true, word.Append(text[++i] switch
                    {
                        't' => '\t',
                        'n' => '\n',
                        'r' =>
                    '\r',
                        var other => other
                    }));
            else if (c == ' ' && !quoted)
            {
                if (open)
                    words.Add(word.ToString());
                word.Clear();
                open = false;
            }
            else
                (open, _) = (true, word.Append(c));
        }

        if (open)
            words.Add(word.ToString());
        return [.. words];
    }
}
