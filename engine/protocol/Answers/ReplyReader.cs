using System.Text.Json;

namespace InitTx.Protocol.Answers;

/// <summary>One reply of the server, cut open but not read.</summary>
/// <param name="Error">The error's full name; null for success.</param>
/// <param name="Continues">More replies follow to the same call.</param>
/// <param name="ParametersStart">Where the parameters' JSON begins in the frame.</param>
/// <param name="ParametersLength">Its length; 0 when the reply has none.</param>
public readonly record struct Reply(
    string? Error, bool Continues, int ParametersStart, int ParametersLength)
{
    /// <summary>The parameters' JSON; an empty object when there are none.</summary>
    public ReadOnlySpan<byte> Parameters(ReadOnlySpan<byte> frame) =>
        ParametersLength == 0 ? "{}"u8 : frame.Slice(ParametersStart, ParametersLength);
}

/// <summary>
/// Reads a reply's envelope without touching what is in it, so it can be passed on.
/// </summary>
public static class ReplyReader
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = ProtocolLimits.Depth };

    /// <summary>
    /// False when the frame is no Varlink reply; <paramref name="problem"/> says why.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> frame, out Reply reply, out string problem)
    {
        reply = default;
        problem = "";
        try
        {
            var reader = new Utf8JsonReader(frame, Options);
            if (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
                return ReadMembers(ref reader, ref reply, ref problem);
            problem = "a reply is a JSON object";
        }
        catch (JsonException e)
        {
            problem = $"not JSON at byte {e.BytePositionInLine ?? 0}";
        }
        catch (InvalidOperationException)
        {
            problem = "a string is not valid UTF-8";
        }

        return false;
    }

    private static bool ReadMembers(ref Utf8JsonReader reader, ref Reply reply, ref string problem)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isError = reader.ValueTextEquals("error"u8);
            bool isContinues = reader.ValueTextEquals("continues"u8);
            bool isParameters = reader.ValueTextEquals("parameters"u8);
            reader.Read();
            if (isError && reader.TokenType == JsonTokenType.String)
            {
                reply = reply with { Error = reader.GetString() };
            }
            else if (isContinues && reader.TokenType is JsonTokenType.True or JsonTokenType.False)
            {
                reply = reply with { Continues = reader.TokenType == JsonTokenType.True };
            }
            else if (isParameters && reader.TokenType == JsonTokenType.StartObject)
            {
                int start = (int)reader.TokenStartIndex;
                reader.Skip();
                reply = reply with
                {
                    ParametersStart = start,
                    ParametersLength = (int)reader.BytesConsumed - start,
                };
            }
            else if (isError || isContinues || isParameters)
            {
                problem = "a reply's member has the wrong type";
                return false;
            }
            else
            {
                reader.Skip();
            }
        }

        reader.Read();
        return true;
    }
}
