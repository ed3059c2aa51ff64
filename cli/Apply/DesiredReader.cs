using System.Text.Json;
using InitTx.Protocol;
using InitTx.Units.Model;

namespace InitTx.Cli.Apply;

/// <summary>
/// Reads the document of `initx apply`: JSON (RFC 8259), for example
/// <code>
/// { "reason": "release 12",
///   "units": { "web.service":   { "state": "active", "enabled": "enabled" },
///              "old.service":   { "state": "inactive", "enabled": "masked" },
///              "cache.service": { "state": "active" } } }
/// </code>
/// <c>state</c> is active or inactive, <c>enabled</c> is enabled, disabled or masked (true and
/// false are enabled and disabled). Every mistake is reported with file:line:column, all of them
/// at once; text that is no JSON ends the reading. Never throws.
/// </summary>
internal ref struct DesiredReader
{
    /// <summary>Bytes of a document.</summary>
    public const int MostBytes = 1 << 20;

    private const int Depth = 8;
    private readonly string _file;
    private readonly ReadOnlySpan<byte> _text;
    private readonly List<string> _problems = [];
    private readonly List<DesiredUnit> _units = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private Utf8JsonReader _json;
    private string? _reason;

    private DesiredReader(string file, ReadOnlySpan<byte> text)
    {
        _file = file;
        _text = text;
        _json = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = Depth });
    }

    /// <summary>The document; null when there are problems.</summary>
    /// <param name="file">Its name for messages.</param>
    public static DesiredState? Read(
        string file, ReadOnlySpan<byte> text, out IReadOnlyList<string> problems)
    {
        if (text.StartsWith("\uFEFF"u8))
            text = text[3..];
        var reader = new DesiredReader(file, text);
        problems = reader._problems;
        try
        {
            reader.ReadDocument();
        }
        catch (JsonException e)
        {
            long line = (e.LineNumber ?? 0) + 1;
            long column = (e.BytePositionInLine ?? 0) + 1;
            reader._problems.Add($"{file}:{line}:{column}: no JSON: {Short(e.Message)}");
        }
        catch (InvalidOperationException)
        {
            // A string that is no UTF-8, or half of a surrogate pair.
            reader.Complain("the text is no UTF-8");
        }

        return reader._problems.Count > 0
            ? null
            : new DesiredState(reader._units, reader._reason);
    }

    private void ReadDocument()
    {
        _json.Read();
        if (!Opens("the document is an object: { \"units\": { … } }"))
            return;
        bool any = false;
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            string key = _json.GetString()!;
            if (key == "units")
            {
                any = true;
                _json.Read();
                ReadUnits();
            }
            else if (key == "reason")
            {
                _json.Read();
                _reason = Text("reason is a text", ProtocolLimits.ReasonChars);
            }
            else
            {
                Complain($"'{key}' is not known here: units, reason");
                SkipValue();
            }
        }

        _json.Read();
        if (!any)
            _problems.Add($"{_file}:1:1: there is no \"units\" in it");
    }

    private void ReadUnits()
    {
        if (!Opens("units is an object: { \"NAME\": { … } }"))
            return;
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            string name = _json.GetString()!;
            if (!UnitName.TryParse(name, out UnitName unit) || unit.IsTemplate)
                Complain($"'{name}' is no unit's name: write its type, as in x.service");
            else if (!_names.Add(name))
                Complain($"{name} is there twice");
            else if (_units.Count == ProtocolLimits.Units)
                Complain($"more than {ProtocolLimits.Units} units");
            _json.Read();
            ReadUnit(name);
        }
    }

    private void ReadUnit(string name)
    {
        string? state = null;
        string? enabled = null;
        if (!Opens($"{name} is an object: {{ \"state\": …, \"enabled\": … }}"))
            return;
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            string key = _json.GetString()!;
            if (key == "state")
            {
                _json.Read();
                state = Word("state is \"active\" or \"inactive\"", "active", "inactive");
            }
            else if (key == "enabled")
            {
                _json.Read();
                enabled = _json.TokenType switch
                {
                    JsonTokenType.True => "enabled",
                    JsonTokenType.False => "disabled",
                    _ => Word("enabled is \"enabled\", \"disabled\" or \"masked\"",
                        "enabled", "disabled", "masked"),
                };
            }
            else
            {
                Complain($"'{key}' is not known here: state, enabled");
                SkipValue();
            }
        }

        if (state == "active" && enabled == "masked")
            Complain($"{name} cannot be both masked and active");
        if (_units.Count < ProtocolLimits.Units)
            _units.Add(new DesiredUnit(name, state, enabled));
    }

    private bool Opens(string otherwise)
    {
        if (_json.TokenType == JsonTokenType.StartObject)
            return true;
        Complain(otherwise);
        _json.Skip();
        return false;
    }

    private void SkipValue()
    {
        _json.Read();
        _json.Skip();
    }

    private string? Word(string otherwise, params ReadOnlySpan<string> words)
    {
        string? text = Text(otherwise, ProtocolLimits.NameChars);
        if (text is null || words.Contains(text))
            return text;
        Complain(otherwise);
        return null;
    }

    private string? Text(string otherwise, int limit)
    {
        if (_json.TokenType == JsonTokenType.String && _json.GetString() is { } text
            && text.Length <= limit && !text.Any(char.IsControl))
        {
            return text;
        }

        Complain(otherwise);
        _json.Skip();
        return null;
    }

    private readonly void Complain(string what)
    {
        int at = (int)Math.Min(_json.TokenStartIndex, _text.Length);
        int line = 1 + _text[..at].Count((byte)'\n');
        int column = at - _text[..at].LastIndexOf((byte)'\n');
        _problems.Add($"{_file}:{line}:{column}: {what}");
    }

    // The reader's message names its place again at its end.
    private static string Short(string message)
    {
        int place = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return place < 0 ? message : message[..place];
    }
}
