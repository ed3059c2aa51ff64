using System.Runtime.InteropServices;
using InitTx.Exec.Matching;

namespace InitTx.Exec.Conditions;

/// <summary><c>ConditionKernelCommandLine=</c> and <c>ConditionKernelVersion=</c>.</summary>
internal sealed class KernelConditions(SystemFiles system)
{
    /// <summary>
    /// With <c>=</c> in it: a whole word; without: a word, or the left side of an assignment.
    /// In a container PID 1's own arguments stand for the kernel's, as systemd takes them.
    /// </summary>
    public ConditionResult CommandLine(string argument)
    {
        bool assignment = argument.Contains('=', StringComparison.Ordinal);
        foreach (string word in CommandLineWords(system))
        {
            if (word == argument
                || (!assignment && word.StartsWith(argument + "=", StringComparison.Ordinal)))
                return ConditionResult.Yes;
        }

        return ConditionResult.No;
    }

    /// <summary>All of the space-separated comparisons hold for <c>uname -r</c>.</summary>
    public ConditionResult Version(string argument)
    {
        string release = system.ReadLine("/proc/sys/kernel/osrelease") ?? OsVersion();
        List<string> words = Words.Split(argument);
        if (words.Count == 0)
            return ConditionResult.Unknown;
        for (int i = 0; i < words.Count; i++)
        {
            Comparison comparison = Comparison.Parse(words[i]);

            // "< 5.0" is written with a blank as well, but only the first.
            if (comparison.Operand.Length == 0 && i == 0 && words.Count > 1)
                comparison = comparison with { Operand = words[++i] };
            if (comparison.Operand.Length == 0)
                return ConditionResult.Unknown;
            if (!comparison.HoldsForText(release))
                return ConditionResult.No;
        }

        return ConditionResult.Yes;
    }

    /// <summary>The words of the kernel command line.</summary>
    public static List<string> CommandLineWords(SystemFiles system)
    {
        string? text = new Virtualization(system).Container() is null
            ? system.Read("/proc/cmdline")
            : system.Read("/proc/1/cmdline")?.Replace('\0', ' ');
        return Words.Split(text ?? "");
    }

    /// <summary>The value of the last <c>key=value</c> word; null without one.</summary>
    public static string? CommandLineValue(SystemFiles system, string key)
    {
        string? value = null;
        foreach (string word in CommandLineWords(system))
        {
            if (word.StartsWith(key + "=", StringComparison.Ordinal))
                value = word[(key.Length + 1)..];
        }

        return value;
    }

    private static string OsVersion() =>
        RuntimeInformation.OSDescription.Split(' ') is [_, var release, ..] ? release : "";
}
