using InitTx.Cli.Hosting;

namespace InitTx.Cli.Compatibility;

/// <summary>
/// systemctl's command line: options may stand anywhere, also before the verb. Options that change
/// nothing here are taken and ignored; unknown ones are a problem.
/// </summary>
internal sealed record SystemctlArguments
{
    private static readonly string[] Ignored =
    [
        "--no-pager", "--full", "-l", "--no-ask-password", "--no-wall", "--no-warn", "--plain",
        "--show-transaction", "--wait", "--no-reload",
    ];

    public GlobalOptions Global { get; private set; } = new();
    public string Verb { get; private set; } = "";
    public IReadOnlyList<string> Units { get; init; } = [];
    public IReadOnlyList<string> Properties { get; private set; } = [];
    public string? JobMode { get; private set; }
    public string? Signal { get; private set; }
    public string? KillWhom { get; private set; }
    public string? States { get; private set; }
    public string? Types { get; private set; }
    public bool NoBlock { get; private set; }
    public bool NoLegend { get; private set; }
    public bool ValueOnly { get; private set; }
    public bool All { get; private set; }
    public bool Failed { get; private set; }
    public bool Force { get; private set; }
    public bool Runtime { get; private set; }
    public bool Now { get; private set; }
    public string? Root { get; private set; }
    public string? PresetMode { get; private set; }
    public string? Problem { get; private set; }

    public static SystemctlArguments Parse(IReadOnlyList<string> args)
    {
        var units = new List<string>();
        var properties = new List<string>();
        var into = new SystemctlArguments { Units = units, Properties = properties };
        bool options = true;
        for (int i = 0; i < args.Count; i++)
        {
            string arg = args[i];
            if (options && arg == "--")
                options = false;
            else if (options && arg.Length > 1 && arg[0] == '-')
                into.TakeOption(args, ref i, properties);
            else if (into.Verb.Length == 0)
                into.Verb = arg;
            else
                units.Add(arg);
        }

        return into;
    }

    private void TakeOption(IReadOnlyList<string> args, ref int index, List<string> properties)
    {
        string arg = args[index];
        if (Array.IndexOf(Ignored, arg) >= 0 || TakeFlag(arg))
            return;
        (string name, string? value) = Split(arg);
        if (!TakesValue(name))
        {
            Problem ??= $"unknown or unsupported option {arg}";
            return;
        }

        if (value is null && index + 1 < args.Count)
            value = args[++index];
        if (value is null)
            Problem ??= $"option {name} needs a value";
        else
            TakeValue(name, value, properties);
    }

    private bool TakeFlag(string arg)
    {
        switch (arg)
        {
            case "-q" or "--quiet":
                Global = Global with { Quiet = true };
                return true;
            case "--user":
                Global = Global with { User = true };
                return true;
            case "--system":
                return true;
            case "--version":
                Global = Global with { Version = true };
                return true;
            case "--no-block":
                NoBlock = true;
                return true;
            case "--no-legend" or "--legend=no" or "--legend=false":
                NoLegend = true;
                return true;
            case "--value":
                ValueOnly = true;
                return true;
            case "-a" or "--all":
                All = true;
                return true;
            case "--failed":
                Failed = true;
                return true;
            case "--runtime":
                Runtime = true;
                return true;
            case "--now":
                Now = true;
                return true;
            case "-f" or "--force":
                Force = true;
                return true;
            default:
                return false;
        }
    }

    private static (string Name, string? Value) Split(string arg)
    {
        if (arg.StartsWith("--", StringComparison.Ordinal))
        {
            int equals = arg.IndexOf('=');
            return equals < 0 ? (arg, null) : (arg[..equals], arg[(equals + 1)..]);
        }

        return arg.Length > 2 ? (arg[..2], arg[2..]) : (arg, null);
    }

    private static bool TakesValue(string name) => name is "-p" or "--property" or "-P" or "-s"
        or "--signal" or "--kill-who" or "--kill-whom" or "-t" or "--type" or "--state"
        or "--job-mode" or "--root" or "--preset-mode" or "-n" or "--lines" or "-o" or "--output";

    private void TakeValue(string name, string value, List<string> properties)
    {
        switch (name)
        {
            case "-p" or "--property":
                properties.Add(value);
                break;
            case "-P":
                properties.Add(value);
                ValueOnly = true;
                break;
            case "-s" or "--signal":
                Signal = value;
                break;
            case "--kill-who" or "--kill-whom":
                KillWhom = value;
                break;
            case "-t" or "--type":
                Types = value;
                break;
            case "--state":
                States = value;
                break;
            case "--root":
                Root = value;
                break;
            case "--preset-mode":
                PresetMode = value;
                break;
            case "--job-mode":
                if (value is "fail" or "replace" or "queue")
                    JobMode = value;
                else
                    Problem ??= $"--job-mode={value} is not built yet in this version";
                break;
            case "-n" or "--lines" or "-o" or "--output":
                break;
        }
    }
}
