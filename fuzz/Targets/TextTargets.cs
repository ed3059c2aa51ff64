using System.Text;
using InitTx.Fuzz.Running;
using InitTx.Units.Loading;
using InitTx.Units.Model;
using InitTx.Units.Parsing;
using static InitTx.Fuzz.Running.FuzzTarget;

namespace InitTx.Fuzz.Targets;

/// <summary>
/// Files and lines that are no units: environment, kernel command line, initx.conf.
/// </summary>
internal static class TextTargets
{
    private static readonly string[] EnvironmentWords =
    [
        "A=1\n", "B=\"x y\"\n", "C='l\nm'", "D=a\\\nb", "# c\n", "; d\n", "E", "=", "\n", "\"",
            "'", "\\", "$X", "`",
        "export F=1\n", "é=1\n", "G=é\n", " H = i j \n", "\r\n", "\0",
    ];

    private static readonly string[] CommandLineWords =
    [
        "systemd.unit=a.target", "initx.unit=b", "rescue", "1", "5", "emergency",
            "systemd.mask=c.service", "systemd.wants=d",
        "locale.LANG=x", "locale.LC_TIME=", "locale.",
        "initx.store=disk", "initx.log=kmsg", "initx.shell=1", "initx-sequential", "root=\"x y\"",
            "quiet", "'", "\"", "initx.",
    ];

    private static readonly string[] ConfigWords =
    [
        "[Manager]\n", "Store=disk\n", "Store=\n", "LogTarget=null\n", "ReadPolicy=all\n",
            "UnhonouredSecurity=warn\n",
        "ControlGroup=wheel\n", "DefaultTimeoutStartSec=5\n", "DefaultLimitNOFILE=1:2\n",
            "DefaultEnvironment=A=1 B\n",
        "Sequential=x\n", "Nope=1\n", "[X-A]\n", "[Y]\n", "\\\n", "=",
    ];

    public static readonly FuzzTarget EnvironmentFile = new(
        "environment-file", CheckEnvironment, random =>
            Grammar.Line(random, EnvironmentWords), EnvironmentWords);

    public static readonly FuzzTarget KernelCommandLine = new(
        "kernel-cmdline", CheckCommandLine, random =>
            Grammar.Line(random, CommandLineWords), CommandLineWords);

    public static readonly FuzzTarget ManagerConfig = new(
        "manager-config", CheckConfig, MakeConfig, ConfigWords);

    private static void CheckEnvironment(byte[] input)
    {
        EnvironmentFileContent content = EnvironmentFileParser.Parse("/e", input,
            LoadLimits.Default);
        Require(!content.IsBroken || content.Diagnostics.Count > 0, "a broken file has no reason");
        Require(content.Variables.Select(v => v.Key).Distinct().Count() == content.Variables.Count,
            "a variable is there twice");
        var text = new StringBuilder();
        foreach ((string name, string value) in content.Variables)
        {
            Require(EnvironmentName.IsValid(name) && EnvironmentName.IsValidValue(value),
                "an invalid variable");
            text.Append(name).Append("=\"");
            foreach (char c in value)
                text.Append(c is '"' or '\\' or '`' or '$' ? "\\" : "").Append(c);
            text.Append("\"\n");
        }

        EnvironmentFileContent again = EnvironmentFileParser.Parse(
            "/e", Encoding.UTF8.GetBytes(text.ToString()), LoadLimits.Default);
        Require(again.Variables.SequenceEqual(content.Variables),
            "variables differ after a round trip");
    }

    private static void CheckCommandLine(byte[] input)
    {
        Units.Parsing.KernelCommandLine line = Units.Parsing.KernelCommandLine.Parse(input);
        Require(line.Words.Count <= Units.Parsing.KernelCommandLine.MaxWords,
            "more words than the limit");
        Require(line.Unit is null || UnitName.TryParse(line.Unit, out _),
            "the boot goal is no unit name");
        LocaleSettings locale = LocaleSettings.Parse("/l", input, line.Words);
        Require(locale.Variables.Count > 0, "no language at all");
        Require(locale.Variables.All(v => v.Value.Length > 0
            && EnvironmentName.IsValidValue(v.Value)), "an invalid language");
        foreach (string word in line.Words)
        {
            if (!word.Contains('=', StringComparison.Ordinal))
                Require(line.Has(word), "a word is not found");
        }

        UnitFileTree tree = CommandLineUnits.Apply(UnitFileTree.Empty, line,
            UnitName.Parse("default.target"));
        var loader = new UnitLoader(tree, SpecifierContext.Unknown, LoadLimits.Default);
        foreach (UnitName mask in line.Masks)
        {
            UnitLoadState state = loader.Load(mask).LoadState;
            bool perpetual = mask.Value is "-.slice" or "system.slice" or "init.scope";
            Require(state == UnitLoadState.Masked || perpetual, $"{mask} is {state}");
        }
    }

    private static void CheckConfig(byte[] input)
    {
        Units.Parsing.ManagerConfig config = Units.Parsing.ManagerConfig.Parse(input, "/c");
        Require(config.Units.TimeoutStartUs > 0 && config.Units.TimeoutStopUs > 0,
            "a time-out of nothing");
        Require(config.Units.StartLimitBurst >= 0 && config.Units.RestartUs >= 0,
            "a negative default");
        foreach (Diagnostic finding in config.Diagnostics)
            Require(finding.Location.Path == "/c" && finding.Message.Length > 0,
                "a finding is nowhere");
    }

    private static byte[] MakeConfig(Prng random) =>
        [.. "[Manager]\n"u8, .. Grammar.Line(random, ConfigWords)];
}
