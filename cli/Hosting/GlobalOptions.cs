namespace InitTx.Cli.Hosting;

/// <summary>When to use colour.</summary>
internal enum ColorMode : byte
{
    Auto,
    Always,
    Never,
}

/// <summary>The options that stand before or after every verb.</summary>
internal sealed record GlobalOptions
{
    public string? Socket { get; init; }
    public bool User { get; init; }
    public bool Json { get; init; }
    public bool Quiet { get; init; }
    public ColorMode Color { get; init; }

    /// <summary>Accepted for those who are used to it: there is no pager.</summary>
    public bool NoPager { get; init; }

    public bool Version { get; init; }
    public bool Help { get; init; }
}

/// <summary>A command line cut at its verb.</summary>
/// <param name="Verb">Null when there is none.</param>
/// <param name="Rest">What follows the verb, options for everyone taken out.</param>
/// <param name="Problem">What is wrong with the options for everyone; null when nothing is.</param>
internal sealed record SplitArguments(
    GlobalOptions Options, string? Verb, IReadOnlyList<string> Rest, string? Problem);

/// <summary>
/// Takes the options for everyone out of a command line, wherever they stand before <c>--</c>, so
/// that the parser is built for one verb only.
/// </summary>
internal static class ArgumentSplitter
{
    public static SplitArguments Split(IReadOnlyList<string> args)
    {
        var options = new GlobalOptions();
        string? verb = null;
        string? problem = null;
        var rest = new List<string>(args.Count);
        for (int i = 0; i < args.Count; i++)
        {
            string arg = args[i];
            if (arg == "--" && verb is not null)
            {
                for (; i < args.Count; i++)
                    rest.Add(args[i]);
                break;
            }

            if (TakeFlag(arg, ref options))
                continue;
            if (IsValued(arg, "--socket", args, ref i, ref problem, out string? socket))
                options = options with { Socket = socket };
            else if (IsValued(arg, "--color", args, ref i, ref problem, out string? color))
                options = options with { Color = ColorOf(color, ref problem) };
            else if (verb is not null)
                rest.Add(arg);
            else if (arg is "-h" or "-?" or "--help")
                options = options with { Help = true };
            else if (arg.StartsWith('-'))
                problem ??= $"unknown option {arg}";
            else
                verb = arg;
        }

        return new SplitArguments(options, verb, rest, problem);
    }

    private static bool TakeFlag(string arg, ref GlobalOptions options)
    {
        GlobalOptions? with = arg switch
        {
            "--json" => options with { Json = true },
            "-q" or "--quiet" => options with { Quiet = true },
            "--user" => options with { User = true },
            "--system" => options with { User = false },
            "--no-pager" => options with { NoPager = true },
            "--version" => options with { Version = true },
            _ => null,
        };
        options = with ?? options;
        return with is not null;
    }

    private static bool IsValued(
        string arg,
        string name,
        IReadOnlyList<string> args,
        ref int index,
        ref string? problem,
        out string? value)
    {
        value = null;
        if (arg == name)
        {
            if (index + 1 < args.Count)
                value = args[++index];
            else
                problem ??= $"{name} needs a value";
            return true;
        }

        if (!arg.StartsWith(name, StringComparison.Ordinal) || arg[name.Length] != '=')
            return false;
        value = arg[(name.Length + 1)..];
        if (value.Length == 0)
            problem ??= $"{name} needs a value";
        return true;
    }

    private static ColorMode ColorOf(string? word, ref string? problem)
    {
        switch (word)
        {
            case "auto":
                return ColorMode.Auto;
            case "always":
                return ColorMode.Always;
            case "never":
                return ColorMode.Never;
            default:
                problem ??= "--color is auto, always or never";
                return ColorMode.Auto;
        }
    }
}
