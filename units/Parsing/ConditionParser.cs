using InitTx.Units.Model;

namespace InitTx.Units.Parsing;

/// <summary>
/// <c>ConditionX=</c> and <c>AssertX=</c> (systemd.unit(5), "Conditions and Asserts"): parsed here,
/// evaluated when a job runs, by whoever may look.
/// </summary>
public static class ConditionParser
{
    private static readonly string[] Paths =
    [
        "PathExists", "PathExistsGlob", "PathIsDirectory", "PathIsSymbolicLink",
        "PathIsMountPoint", "PathIsReadWrite", "PathIsEncrypted", "DirectoryNotEmpty",
        "FileNotEmpty", "FileIsExecutable", "NeedsUpdate",
    ];

    private static readonly string[] Words =
    [
        "FirstBoot", "Architecture", "Firmware", "Virtualization", "Host", "KernelCommandLine",
        "KernelVersion", "Credential", "Security", "Capability", "ACPower", "Memory", "CPUFeature",
        "CPUs", "Environment", "User", "Group", "ControlGroupController", "OSRelease",
        "MemoryPressure", "CPUPressure", "IOPressure",
    ];

    // Answered from what the manager learned at start or reads from procfs, sysfs and cgroupfs,
    // which live in memory; everything else asks a file system that may hang.
    private static readonly string[] SafeInManager =
    [
        "Architecture", "Virtualization", "Host", "KernelCommandLine", "KernelVersion",
        "Capability", "Memory", "CPUs", "Environment", "User", "Group", "ControlGroupController",
    ];

    /// <summary>The condition types of systemd 252.</summary>
    public static IEnumerable<string> Types => [.. Paths, .. Words];

    /// <summary>
    /// True when PID 1 may evaluate the type by itself; the others are the prepare helper's, since
    /// they touch a file system.
    /// </summary>
    public static bool IsSafeInManager(string type) => Array.IndexOf(SafeInManager, type) >= 0;

    /// <summary>
    /// The type in a key such as <c>ConditionPathExists</c>; null when it is none.
    /// </summary>
    public static string? TypeOf(string key, out bool isAssert)
    {
        isAssert = key.StartsWith("Assert", StringComparison.Ordinal);
        string prefix = isAssert ? "Assert" : "Condition";
        if (!key.StartsWith(prefix, StringComparison.Ordinal))
            return null;
        string type = key[prefix.Length..];
        bool known = Array.IndexOf(Paths, type) >= 0 || Array.IndexOf(Words, type) >= 0;
        return known && !(isAssert && type == "Firmware") ? type : null;
    }

    /// <summary>Reads one line.</summary>
    /// <param name="key">The key, whose type <see cref="TypeOf"/> knows.</param>
    /// <param name="value">The value, not empty.</param>
    /// <param name="specifiers">Replaces specifiers.</param>
    /// <param name="source">Where it stands.</param>
    /// <param name="fault">What is wrong when the result is null.</param>
    public static UnitCondition? Parse(
        string key, string value, SpecifierExpander specifiers, SourceLocation source,
        out ValueFault fault)
    {
        fault = default;
        string type = TypeOf(key, out bool isAssert) ?? "";
        bool isPath = Array.IndexOf(Paths, type) >= 0;
        int at = 0;
        bool triggering = TakePrefix(value, '|', isPath, ref at);
        bool negated = TakePrefix(value, '!', isPath, ref at);
        if (!specifiers.TryExpand(value[at..], out string argument, out string error))
        {
            fault = new ValueFault(at, $"{error}; ignored", false);
            return null;
        }

        if (isPath)
        {
            if (PathText.Fault(argument, absolute: true) is { } wrong)
            {
                fault = new ValueFault(at, $"{wrong}, ignored", false);
                return null;
            }

            argument = PathText.Collapse(argument);
        }

        return new UnitCondition(type, argument, negated, triggering, isAssert, source);
    }

    // Blanks may follow the prefixes of word conditions, not those of paths.
    private static bool TakePrefix(string value, char prefix, bool isPath, ref int at)
    {
        if (at >= value.Length || value[at] != prefix)
            return false;
        at++;
        while (!isPath && at < value.Length && WordSplitter.IsBlank(value[at]))
            at++;
        return true;
    }
}
