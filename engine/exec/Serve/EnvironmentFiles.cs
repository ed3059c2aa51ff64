using InitTx.Exec.Matching;
using InitTx.Linux;
using InitTx.Linux.Handles;
using InitTx.Units.Loading;
using InitTx.Units.Model;
using InitTx.Units.Parsing;

namespace InitTx.Exec.Serve;

/// <summary>Variables in order, later ones win; or why the start must fail.</summary>
internal sealed record EnvironmentFileReading(
    string? Error,
    IReadOnlyList<KeyValuePair<string, string>> Variables,
    IReadOnlyList<string> Notes);

/// <summary>
/// <c>EnvironmentFile=</c> (systemd.exec(5)): absolute paths and patterns, <c>-</c> for those that
/// may be missing. Only regular files and character devices are read: a pipe would wait for ever.
/// </summary>
internal static class EnvironmentFiles
{
    private const int MaxVariables = 4096;
    private const int MaxNotes = 20;

    public static EnvironmentFileReading Read(IReadOnlyList<EnvironmentFileSetting> settings)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var order = new List<string>();
        var notes = new List<string>();
        foreach (EnvironmentFileSetting setting in settings)
        {
            string? wrong = ReadOne(setting, values, order, notes);
            if (wrong is not null)
                return new($"EnvironmentFile={setting.Path} ({setting.Source}): {wrong}", [], []);
        }

        return new(null, [.. order.Select(name => KeyValuePair.Create(name, values[name]))], notes);
    }

    private static string? ReadOne(
        EnvironmentFileSetting setting,
        Dictionary<string, string> values,
        List<string> order,
        List<string> notes)
    {
        List<string> paths = Wildcard.HasMeta(setting.Path)
            ? PathGlob.Expand(setting.Path)
            : [setting.Path];
        if (paths.Count == 0 && !setting.Optional)
            return "no file matches";
        foreach (string path in paths)
        {
            string? wrong = Load(path, out EnvironmentFileContent? content);
            if (content is { IsBroken: true })
                wrong = content.Diagnostics.Count > 0 ? content.Diagnostics[0].ToString()
                    : "cannot be used";
            if (wrong is not null && !setting.Optional)
                return paths.Count > 1 ? $"{path}: {wrong}" : wrong;
            if (wrong is not null || content is null)
                continue;
            foreach (Diagnostic diagnostic in content.Diagnostics)
            {
                if (notes.Count < MaxNotes)
                    notes.Add(diagnostic.ToString());
            }

            foreach ((string name, string value) in content.Variables)
            {
                if (!values.ContainsKey(name))
                    order.Add(name);
                values[name] = value;
            }

            if (order.Count > MaxVariables)
                return $"more than {MaxVariables} variables";
        }

        return null;
    }

    private static string? Load(string path, out EnvironmentFileContent? content)
    {
        content = null;
        try
        {
            SysResult looked = PathFacts.Status(path, out FileStatus status);
            if (looked.IsError)
                return looked.Error.Describe();
            if (!status.IsRegular && !status.IsCharacterDevice)
                return "not a regular file";
            byte[]? bytes = ReadBytes(path);
            if (bytes is null)
                return $"longer than {LoadLimits.Default.MaxFileBytes} bytes";
            content = EnvironmentFileParser.Parse(path, bytes, LoadLimits.Default);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    private static byte[]? ReadBytes(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read);
        using var content = new MemoryStream();
        byte[] buffer = new byte[16 * 1024];
        int got;
        while ((got = stream.Read(buffer)) > 0)
        {
            content.Write(buffer, 0, got);
            if (content.Length > LoadLimits.Default.MaxFileBytes)
                return null;
        }

        return content.ToArray();
    }
}
