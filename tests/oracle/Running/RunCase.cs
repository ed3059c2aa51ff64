namespace InitTx.Oracle.Tests.Running;

/// <summary>
/// A small story for both managers: unit files, and a shell script (with the words of
/// running-root/lib.sh) whose output is compared. <c>{N}</c> is the case's name everywhere.
/// </summary>
internal sealed class RunCase
{
    private const string Plain = "act start {N}.service\nsettle {N}.service\nshow {N}.service\n";

    private RunCase(string family, string name, string script, (string File, string Text)[] files)
    {
        (Family, Name) = (family, name);
        Script = Named(script);
        Files = [.. files.Select(f => (Named(f.File), Named(f.Text)))];
    }

    public string Family { get; }

    public string Name { get; }

    public string Script { get; }

    /// <summary>Paths inside; those without a slash are unit files.</summary>
    public IReadOnlyList<(string File, string Text)> Files { get; }

    /// <summary>One service is started and looked at when nothing moves any more.</summary>
    public static RunCase Service(
        string family, string name, string service, string after = "", string unit = "") => new(
            family, name, Plain + after,
            [("{N}.service", $"[Unit]\n{unit}\n[Service]\n{service}\n")]);

    /// <summary>A service that says what it sees of itself (running-root/probe).</summary>
    public static RunCase Probe(string family, string name, string settings) => Service(
        family, name,
        "Type=oneshot\nExecStart=/oracle/probe\nStandardOutput=truncate:/oracle/tmp/{N}\n"
        + "StandardError=null\n" + settings,
        "told {N}\n");

    /// <summary>Anything.</summary>
    public static RunCase Story(
        string family, string name, string script, params (string File, string Text)[] files) =>
        new(family, name, script, files);

    private string Named(string text) => text.Replace("{N}", Name, StringComparison.Ordinal);
}
