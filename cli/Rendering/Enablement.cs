using InitTx.Protocol.Answers;
using InitTx.Units.Model;

namespace InitTx.Cli.Rendering;

/// <summary>
/// Whether a unit is started at boot, by systemctl(1)'s words, read from the links on disk: the
/// manager itself never reads a disk.
/// </summary>
internal static class Enablement
{
    private static readonly string[] Persistent = ["/etc/initx/system", "/etc/systemd/system"];
    private static readonly string[] Runtime = ["/run/initx/system", "/run/systemd/system"];

    /// <summary>The word; null when the unit has no file.</summary>
    public static string? Of(UnitAnswer unit)
    {
        if (unit.LoadState == "masked")
            return unit.Path is { } p && IsBelow(p, "/run") ? "masked-runtime" : "masked";
        if (unit.Path is not { } path || !UnitName.TryParse(unit.Unit, out UnitName name))
            return null;
        if (IsBelow(path, "/run") && path.Contains("/generator", StringComparison.Ordinal))
            return "generated";
        if (IsBelow(path, "/run") && path.Contains("/transient/", StringComparison.Ordinal))
            return "transient";
        try
        {
            if (Array.Exists(Persistent, d => HasLink(d, name, path)))
                return "enabled";
            if (Array.Exists(Runtime, d => HasLink(d, name, path)))
                return "enabled-runtime";
            return WithoutLink(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "unknown";
        }
    }

    private static bool HasLink(string directory, UnitName name, string path)
    {
        if (!Directory.Exists(directory))
            return false;
        foreach (string entry in Directory.EnumerateFileSystemEntries(directory))
        {
            if (entry.EndsWith(".wants", StringComparison.Ordinal)
                || entry.EndsWith(".requires", StringComparison.Ordinal)
                || entry.EndsWith(".upholds", StringComparison.Ordinal))
            {
                if (new FileInfo($"{entry}/{name}").LinkTarget is not null)
                    return true;
            }
            else if (IsAlias(entry, name, path))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A link of another name to the unit's file: what <c>Alias=</c> makes.</summary>
    private static bool IsAlias(string entry, UnitName name, string path)
    {
        if (Path.GetFileName(entry) == name.Value)
            return false;
        string? target = new FileInfo(entry).LinkTarget;
        return target is not null
            && Path.GetFileName(target) == Path.GetFileName(path)
            && File.ResolveLinkTarget(entry, returnFinalTarget: true)?.FullName == Resolved(path);
    }

    private static string Resolved(string path) =>
        File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName
        ?? Path.GetFullPath(path);

    private static string WithoutLink(string path)
    {
        bool install = false;
        bool indirect = false;
        foreach (string raw in File.ReadLines(path))
        {
            string line = raw.Trim();
            if (line.StartsWith('['))
                install = line == "[Install]";
            else if (!install)
                continue;
            else if (Assigns(line, "WantedBy") || Assigns(line, "RequiredBy")
                || Assigns(line, "UpheldBy") || Assigns(line, "Alias"))
                return "disabled";
            else if (Assigns(line, "Also"))
                indirect = true;
        }

        return indirect ? "indirect" : "static";
    }

    private static bool Assigns(string line, string key) =>
        line.StartsWith(key, StringComparison.Ordinal)
        && line.AsSpan(key.Length).TrimStart().StartsWith("=")
        && !line.AsSpan(line.IndexOf('=') + 1).Trim().IsEmpty;

    private static bool IsBelow(string path, string directory) =>
        path.StartsWith(directory + "/", StringComparison.Ordinal);
}
