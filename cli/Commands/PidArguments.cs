using System.Globalization;
using InitTx.Cli.History;
using InitTx.Cli.Hosting;
using InitTx.Core.Ports;
using InitTx.Units.Model;

namespace InitTx.Cli.Commands;

/// <summary>`initx status PID`: which unit a process belongs to, by its cgroup.</summary>
internal static class PidArguments
{
    private const string NoProcess = "no such process";

    /// <summary>
    /// Replaces each pid by its unit's name; an exit status when one has none, or has ended: then
    /// the record tells of it.
    /// </summary>
    public static int? Resolve(Session session, string[] arguments)
    {
        for (int i = 0; i < arguments.Length; i++)
        {
            if (!int.TryParse(
                arguments[i], NumberStyles.None, CultureInfo.InvariantCulture, out int pid))
            {
                continue;
            }

            string? unit = UnitOf(pid, out string problem);
            if (unit is null)
            {
                return problem == NoProcess
                    ? EndedProcess.Show(session, pid)
                    : session.Fail(ExitCode.NoSuchUnit, $"pid {pid}: {problem}");
            }

            arguments[i] = unit;
        }

        return null;
    }

    /// <summary>The innermost unit in the path of a process's cgroup.</summary>
    public static string? UnitOfCgroup(string path)
    {
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (int i = parts.Length - 1; i >= 0; i--)
        {
            if (UnitName.TryParse(parts[i], out UnitName name))
                return name.Value;
        }

        return null;
    }

    private static string? UnitOf(int pid, out string problem)
    {
        try
        {
            foreach (string line in File.ReadLines($"/proc/{pid}/cgroup"))
            {
                // cgroups(7): hierarchy:controllers:path; the unified one and systemd's own name
                // one.
                if (!line.StartsWith("0::", StringComparison.Ordinal)
                    && !line.Contains(":name=systemd:", StringComparison.Ordinal))
                {
                    continue;
                }

                if (UnitOfCgroup(
                    line[(line.IndexOf(':', line.IndexOf(':') + 1) + 1)..]) is { } unit)
                {
                    problem = "";
                    return unit;
                }
            }

            problem = "it is in no unit's cgroup";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = NoProcess;
        }

        return null;
    }
}
