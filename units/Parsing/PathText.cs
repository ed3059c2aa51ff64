using System.Text;

namespace InitTx.Units.Parsing;

/// <summary>Paths as text, without looking at a file system.</summary>
internal static class PathText
{
    /// <summary>The longest path, without its NUL (PATH_MAX of Linux).</summary>
    public const int MaxLength = 4095;

    /// <summary>
    /// Drops double slashes, <c>.</c> steps and a slash at the end; <c>..</c> stays.
    /// </summary>
    public static string Collapse(string path)
    {
        var result = new StringBuilder(path.Length);
        if (path.StartsWith('/'))
            result.Append('/');
        foreach (Range range in path.AsSpan().Split('/'))
        {
            ReadOnlySpan<char> step = path.AsSpan(range);
            if (step.IsEmpty || step is ".")
                continue;
            if (result.Length > 0 && result[^1] != '/')
                result.Append('/');
            result.Append(step);
        }

        return result.ToString();
    }

    /// <summary>True when no step is <c>..</c>.</summary>
    public static bool IsNormal(string path)
    {
        foreach (Range range in path.AsSpan().Split('/'))
        {
            if (path.AsSpan(range) is "..")
                return false;
        }

        return true;
    }

    /// <summary>What is wrong with a path that a setting needs, or null.</summary>
    public static string? Fault(string path, bool absolute)
    {
        if (path.Length > MaxLength)
            return $"path longer than {MaxLength} characters";
        if (path.Contains('\0', StringComparison.Ordinal))
            return "path holds a NUL";
        if (absolute && !path.StartsWith('/'))
            return $"'{path}' is not an absolute path";
        if (!absolute && path.StartsWith('/'))
            return $"'{path}' must be relative";
        return IsNormal(path) ? null : $"'{path}' holds '..'";
    }

    /// <summary><c>/var/run/x</c> as <c>/run/x</c>, null for any other path.</summary>
    public static string? WithoutVarRun(string path) =>
        path == "/var/run" || path.StartsWith("/var/run/", StringComparison.Ordinal)
            ? path["/var".Length..]
            : null;
}
