using InitTx.Units.Loading;
using InitTx.Units.Model;

namespace InitTx.Units.Parsing;

/// <summary>
/// The language of the system's services (locale.conf(5)): what the kernel command line says as
/// <c>locale.LANG=</c> and its like, else what the file says, else systemd's built-in C.UTF-8. Pure
/// and total: a file that is damaged as a whole is as good as none, and a finding says so.
/// </summary>
/// <param name="Variables">For every service, in a fixed order; never empty.</param>
/// <param name="Diagnostics">What was ignored, with file:line.</param>
public sealed record LocaleSettings(
    IReadOnlyList<KeyValuePair<string, string>> Variables, IReadOnlyList<Diagnostic> Diagnostics)
{
    /// <summary>The file of locale.conf(5).</summary>
    public const string Path = "/etc/locale.conf";

    /// <summary>Debian's, read where the other is missing.</summary>
    public const string DebianPath = "/etc/default/locale";

    /// <summary>What counts where nobody says anything.</summary>
    public const string DefaultLanguage = "C.UTF-8";

    private static readonly LoadLimits Limits = LoadLimits.Default with
    {
        MaxFileBytes = 64 * 1024,
        MaxListItems = 256,
        MaxDiagnostics = 20,
    };

    // locale.conf(5) leaves LC_ALL out: it would override what a user chooses.
    private static readonly string[] Names =
    [
        "LANG", "LANGUAGE", "LC_CTYPE", "LC_NUMERIC", "LC_TIME", "LC_COLLATE", "LC_MONETARY",
        "LC_MESSAGES", "LC_PAPER", "LC_NAME", "LC_ADDRESS", "LC_TELEPHONE", "LC_MEASUREMENT",
        "LC_IDENTIFICATION",
    ];

    /// <summary>Decides; an empty value is none.</summary>
    /// <param name="path">The file's path, for messages.</param>
    /// <param name="content">The file's bytes; empty where there is none.</param>
    /// <param name="kernelWords">As in <see cref="KernelCommandLine.Words"/>.</param>
    public static LocaleSettings Parse(
        string path, ReadOnlySpan<byte> content, IReadOnlyList<string> kernelWords)
    {
        EnvironmentFileContent file = EnvironmentFileParser.Parse(path, content, Limits);
        List<KeyValuePair<string, string>> chosen = Choose(FromKernel(kernelWords));
        if (chosen.Count == 0)
            chosen = Choose(file.Variables);
        if (chosen.Count == 0)
            chosen.Add(new("LANG", DefaultLanguage));
        return new LocaleSettings(chosen, file.Diagnostics);
    }

    private static List<KeyValuePair<string, string>> FromKernel(IReadOnlyList<string> words)
    {
        const string prefix = "locale.";
        List<KeyValuePair<string, string>> said = [];
        foreach (string word in words)
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals <= prefix.Length || !word.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            string value = word[(equals + 1)..];
            if (EnvironmentName.IsValidValue(value))
                said.Add(new(word[prefix.Length..equals], value));
        }

        return said;
    }

    // Of several for one name the last counts.
    private static List<KeyValuePair<string, string>> Choose(
        IReadOnlyList<KeyValuePair<string, string>> said)
    {
        List<KeyValuePair<string, string>> chosen = [];
        foreach (string name in Names)
        {
            string value = "";
            foreach ((string key, string text) in said)
            {
                if (key == name)
                    value = text;
            }

            if (value.Length > 0)
                chosen.Add(new(name, value));
        }

        return chosen;
    }
}
