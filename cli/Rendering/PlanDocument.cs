using System.Buffers;
using System.Text;
using System.Text.Json;
using InitTx.Protocol.Answers;

namespace InitTx.Cli.Rendering;

/// <summary>
/// A plan put together from its parts: typed as far as it is shown to people, and as the JSON it
/// came in for everything else.
/// </summary>
internal sealed class PlanDocument
{
    private readonly ArrayBufferWriter<byte> _jobsJson = new();
    private readonly ArrayBufferWriter<byte> _edgesJson = new();
    private readonly ArrayBufferWriter<byte> _unitsJson = new();
    private readonly List<PlannedJobAnswer> _jobs = [];
    private readonly List<IReadOnlyList<string>> _edges = [];

    /// <summary>Goals, refusals, hash.</summary>
    public PlanPartAnswer Head { get; private set; } = new();

    public IReadOnlyList<PlannedJobAnswer> Jobs => _jobs;

    /// <summary>Seconds that a unit's job took before, where that is known.</summary>
    public Dictionary<string, double> Expected { get; } = new(StringComparer.Ordinal);

    /// <summary>Why nothing is known of how long jobs took; null when that could be read.</summary>
    public string? ExpectedProblem { get; set; }

    /// <summary>Pairs: the first ends before the second begins.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Edges => _edges;

    /// <summary>Takes one part.</summary>
    public void Add(ReadOnlySpan<byte> part)
    {
        PlanPartAnswer answer =
            JsonSerializer.Deserialize(part, AnswerJson.Default.PlanPartAnswer) ?? new();
        if (answer.Hash is not null)
            Head = answer;
        _jobs.AddRange(answer.Jobs ?? []);
        _edges.AddRange(answer.Edges ?? []);
        using JsonDocument document = JsonDocument.Parse(part.ToArray());
        foreach (JsonProperty member in document.RootElement.EnumerateObject())
        {
            if (member.NameEquals("jobs"u8))
                Append(_jobsJson, member.Value);
            else if (member.NameEquals("edges"u8))
                Append(_edgesJson, member.Value);
            else if (member.NameEquals("units"u8))
                Append(_unitsJson, member.Value);
        }
    }

    /// <summary>Writes the whole as one object of `plan --json`.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        WriteTexts(json, "goals"u8, Head.Goals);
        WriteJoined(json, "jobs"u8, _jobsJson, "["u8, "]"u8);
        WriteJoined(json, "edges"u8, _edgesJson, "["u8, "]"u8);
        WriteJoined(json, "units"u8, _unitsJson, "{"u8, "}"u8);
        WriteTexts(json, "irreversible"u8, Head.Irreversible);
        WriteTexts(json, "dropped"u8, Head.Dropped);
        WriteTexts(json, "refused"u8, Head.Refused);
        json.WriteStartObject("expected"u8);
        foreach (PlannedJobAnswer job in _jobs)
        {
            if (Expected.TryGetValue(job.Unit, out double seconds))
                json.WriteNumber(job.Unit, seconds);
        }

        json.WriteEndObject();
        json.WriteString("expectedProblem"u8, ExpectedProblem);
        json.WriteNumber("code"u8, Head.Code);
        json.WriteString("hash"u8, Head.Hash);
        json.WriteString("basis"u8, Head.Basis);
    }

    /// <summary>
    /// Keeps what is between the brackets: joined with commas it is one array again.
    /// </summary>
    private static void Append(ArrayBufferWriter<byte> to, JsonElement part)
    {
        ReadOnlySpan<char> inner = part.GetRawText().AsSpan()[1..^1].Trim();
        if (inner.IsEmpty)
            return;
        if (to.WrittenCount > 0)
            to.Write(","u8);
        Encoding.UTF8.GetBytes(inner, (IBufferWriter<byte>)to);
    }

    private static void WriteJoined(
        Utf8JsonWriter json,
        ReadOnlySpan<byte> name,
        ArrayBufferWriter<byte> inner,
        ReadOnlySpan<byte> open,
        ReadOnlySpan<byte> close)
    {
        json.WritePropertyName(name);
        json.WriteRawValue([.. open, .. inner.WrittenSpan, .. close], skipInputValidation: true);
    }

    private static void WriteTexts(
        Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<string>? texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts ?? [])
            json.WriteStringValue(text);
        json.WriteEndArray();
    }
}
