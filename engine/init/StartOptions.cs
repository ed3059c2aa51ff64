using System.Globalization;

namespace InitTx.Init;

/// <summary>
/// The command line of initxd (CONTRACT "initxd"). As PID 1 the kernel appends words that it did
/// not know itself, so unknown words are noted there and are an error elsewhere.
/// </summary>
internal sealed record StartOptions
{
    /// <summary>Longest accepted value, in characters.</summary>
    private const int MaxValue = 65_536;

    public string? Unit { get; private set; }
    public string? UnitPath { get; private set; }
    public string? RuntimeDirectory { get; private set; }
    public string? StateDirectory { get; private set; }
    public string? ConfigFile { get; private set; }
    public bool User { get; private set; }
    public bool TestConfig { get; private set; }
    public bool Version { get; private set; }
    public bool Help { get; private set; }
    public bool CrashTests { get; private set; }

    /// <summary>
    /// Words that are no option of ours, in order; as PID 1 they count as kernel words.
    /// </summary>
    public List<string> Words { get; } = [];

    /// <summary>What is wrong, a line each; empty when all is well.</summary>
    public List<string> Errors { get; } = [];

    public const string HelpText =
        """
        initxd: init system and service manager

        Usage: initxd [OPTION]...

          --unit=TARGET          boot goal (default: default.target)
          --unit-path=DIR[:DIR]  where unit files are; with a ':' at the end the defaults follow
          --runtime-dir=DIR      sockets and live journal (default: /run/initx)
          --state-dir=DIR        archive (default: /var/lib/initx)
          --config=FILE          initx.conf (default: /etc/initx/initx.conf)
          --user                 manage the calling user's own services
          --test-config          read configuration and unit files, report, exit
          --crash-tests          let root cause crashes on RUNTIME-DIR/crash-test (for tests)
          --version, --help

        As PID 1 it never exits. Otherwise it is a child subreaper and ends on SIGTERM.
        Exit status: 0 ended as asked, 1 failed, 2 wrong usage, or that of FailureAction=exit.
        """;

    public static StartOptions Parse(IReadOnlyList<string> arguments, bool isPid1)
    {
        var options = new StartOptions();
        foreach (string argument in arguments)
        {
            if (argument.Length > MaxValue)
                options.Errors.Add("an argument is longer than 65536 characters");
            else if (!argument.StartsWith("--", StringComparison.Ordinal))
                options.Words.Add(argument);
            else
                options.TakeOption(argument);
        }

        if (!isPid1)
        {
            foreach (string word in options.Words)
            {
                options.Errors.Add(
                    string.Create(CultureInfo.InvariantCulture, $"unexpected argument '{word}'"));
            }
        }

        return options;
    }

    private void TakeOption(string argument)
    {
        int equals = argument.IndexOf('=', StringComparison.Ordinal);
        string key = equals < 0 ? argument : argument[..equals];
        string? value = equals < 0 ? null : argument[(equals + 1)..];
        switch (key)
        {
            case "--unit": Unit = Need(key, value); break;
            case "--unit-path": UnitPath = Need(key, value); break;
            case "--runtime-dir": RuntimeDirectory = NeedAbsolute(key, value); break;
            case "--state-dir": StateDirectory = NeedAbsolute(key, value); break;
            case "--config": ConfigFile = NeedAbsolute(key, value); break;
            case "--user": User = Flag(key, value); break;
            case "--test-config": TestConfig = Flag(key, value); break;
            case "--version": Version = Flag(key, value); break;
            case "--help": Help = Flag(key, value); break;
            case "--crash-tests": CrashTests = Flag(key, value); break;
            default: Words.Add(argument); break;
        }
    }

    private string? Need(string key, string? value)
    {
        if (string.IsNullOrEmpty(value))
            Errors.Add($"{key} needs a value: {key}=VALUE");
        return string.IsNullOrEmpty(value) ? null : value;
    }

    private string? NeedAbsolute(string key, string? value)
    {
        if (Need(key, value) is not { } path)
            return null;
        if (path[0] == '/')
            return path;
        Errors.Add($"{key} needs an absolute path, not '{path}'");
        return null;
    }

    private bool Flag(string key, string? value)
    {
        if (value is not null)
            Errors.Add($"{key} takes no value");
        return true;
    }
}
