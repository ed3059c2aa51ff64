using InitTx.Cli.Hosting;
using InitTx.Units.Loading;
using InitTx.Units.Parsing;

namespace InitTx.Cli.Offline;

/// <summary>
/// What specifiers in unit files stand for, read from the system in question. What belongs to a
/// running system (boot id, kernel) is known for this one only.
/// </summary>
internal static class OfflineFacts
{
    private const int MaxFile = 256 * 1024;

    public static SpecifierContext Read(Session session, ManagerScope scope, string root)
    {
        bool here = root.Length == 0;
        string? boot = here ? Line("/proc/sys/kernel/random/boot_id") : null;
        return new SpecifierContext
        {
            Scope = scope,
            HostName = Line(here ? "/proc/sys/kernel/hostname" : root + "/etc/hostname"),
            PrettyHostName =
                Variables(root + "/etc/machine-info")?.GetValueOrDefault("PRETTY_HOSTNAME"),
            MachineId = Line(root + "/etc/machine-id"),
            BootId = boot?.Replace("-", "", StringComparison.Ordinal),
            KernelRelease = here ? Line("/proc/sys/kernel/osrelease") : null,
            OsRelease = Variables(root + "/etc/os-release")
                ?? Variables(root + "/usr/lib/os-release"),
            RuntimeDirectory = scope == ManagerScope.User
                ? session.Places.Runtime
                : "/run",
        };
    }

    private static string? Line(string path)
    {
        string text = Text(path)?.Trim() ?? "";
        return text.Length == 0 ? null : text;
    }

    private static Dictionary<string, string>? Variables(string path)
    {
        if (Text(path) is not { } text)
            return null;
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        EnvironmentFileContent content = EnvironmentFileParser.Parse(
            path, System.Text.Encoding.UTF8.GetBytes(text), LoadLimits.Default);
        foreach ((string key, string value) in content.Variables)
            values[key] = value;
        return values;
    }

    private static string? Text(string path)
    {
        try
        {
            // Files of /proc say that they are empty: read, do not ask for the length.
            using var reader = new StreamReader(path);
            char[] text = new char[MaxFile];
            return new string(text, 0, reader.ReadBlock(text));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
