using InitTx.Protocol.Answers;

namespace InitTx.Cli.Rendering;

/// <summary>What is shown while a change runs.</summary>
internal abstract class ProgressView
{
    /// <summary>How often <see cref="Tick"/> wants to be called, milliseconds.</summary>
    public virtual int TickMs => 30_000;

    /// <summary>One answer of the stream, and its JSON as it came.</summary>
    public abstract void Show(ChangeAnswer answer, ReadOnlySpan<byte> json);

    /// <summary>Time passed without an answer.</summary>
    public virtual void Tick()
    {
    }

    /// <summary>Something else is about to be written, or all is over.</summary>
    public virtual void Clear()
    {
    }

    /// <summary>The connection is lost and is being made again.</summary>
    public virtual void Reconnecting(string why)
    {
    }
}

/// <summary>Nothing: --quiet.</summary>
internal sealed class SilentProgress : ProgressView
{
    public override void Show(ChangeAnswer answer, ReadOnlySpan<byte> json)
    {
    }
}

/// <summary>--json: each answer as it came, one a line, flushed at once.</summary>
internal sealed class JsonProgress(Output output) : ProgressView
{
    public override void Show(ChangeAnswer answer, ReadOnlySpan<byte> json)
    {
        output.WriteRaw(json);
        output.WriteLine();
        output.Flush();
    }
}

/// <summary>
/// In a pipe: a line for each goal's job that ended, for each that failed, and for each that
/// stopped something that was up before, asked for or not.
/// </summary>
internal sealed class LineProgress(Output output, IReadOnlyList<string> goals) : ProgressView
{
    private readonly HashSet<string> _started = new(StringComparer.Ordinal);

    public override void Show(ChangeAnswer answer, ReadOnlySpan<byte> json)
    {
        if (answer is not { Event: "progress", State: "ended", Unit: { } unit })
            return;
        bool stops = answer.Kind is "stop" or "restart" && !_started.Contains(unit);
        if (answer.Kind == "start")
            _started.Add(unit);
        if (answer.Result == "done" && !stops && !goals.Contains(unit))
            return;
        string detail = string.IsNullOrEmpty(answer.Detail) ? "" : $": {answer.Detail}";
        output.WriteLine(SafeText.Clean($"{answer.Unit} {answer.Kind} {answer.Result}{detail}"));
        output.Flush();
    }

    public override void Reconnecting(string why)
    {
        output.WriteLine(SafeText.Clean(why));
        output.Flush();
    }
}
