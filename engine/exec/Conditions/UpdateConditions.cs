using System.Globalization;

namespace InitTx.Exec.Conditions;

/// <summary>
/// <c>ConditionNeedsUpdate=</c> and <c>ConditionFirstBoot=</c> (systemd.unit(5)).
/// </summary>
internal sealed class UpdateConditions(SystemFiles system)
{
    /// <summary>
    /// /usr is newer than what <c>.updated</c> in the directory says it was made from.
    /// </summary>
    public ConditionResult NeedsUpdate(string argument)
    {
        string? forced = KernelConditions.CommandLineValue(
            system, "systemd.condition-needs-update");
        if (Words.Boolean(forced ?? "") is bool value)
            return Words.Of(value);
        string path = argument.TrimEnd('/');
        if (path is not ("/etc" or "/var"))
            return ConditionResult.Unknown;
        if (PathConditions.IsReadWrite(system.At(path)) != ConditionResult.Yes)
            return ConditionResult.No;
        if (!system.Exists($"{path}/.updated"))
            return ConditionResult.Yes;
        try
        {
            DateTime usr = Directory.GetLastWriteTimeUtc(system.At("/usr"));
            DateTime mark = Stamp($"{path}/.updated")
                ?? File.GetLastWriteTimeUtc(system.At($"{path}/.updated"));
            return Words.Of(usr > mark);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ConditionResult.Unknown;
        }
    }

    /// <summary>PID 1 leaves a mark when /etc was empty at boot.</summary>
    public ConditionResult FirstBoot(string argument)
    {
        if (Words.Boolean(argument) is not bool wanted)
            return ConditionResult.Unknown;
        bool? forced = Words.Boolean(
            KernelConditions.CommandLineValue(system, "systemd.condition-first-boot") ?? "");
        bool first = forced ?? system.Exists("/run/systemd/first-boot");
        return Words.Of(first == wanted);
    }

    // File systems with coarse times: systemd writes the exact one into the file.
    private DateTime? Stamp(string path)
    {
        foreach (string line in (system.Read(path) ?? "").Split('\n'))
        {
            if (line.StartsWith("TIMESTAMP_NSEC=", StringComparison.Ordinal)
                && long.TryParse(line["TIMESTAMP_NSEC=".Length..], NumberStyles.None,
                    CultureInfo.InvariantCulture, out long nanoseconds))
                return DateTime.UnixEpoch.AddTicks(nanoseconds / 100);
        }

        return null;
    }
}
