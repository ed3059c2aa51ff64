using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace InitTx.Protocol.Calls;

/// <summary>
/// Reads one message of a client. The input is hostile: whatever it is, the outcome is a
/// <see cref="Call"/> or a <see cref="CallError"/>, in time linear in its length and with memory
/// bounded by <see cref="ProtocolLimits"/>. A key that is given twice, has a null or another type
/// than documented, or is not known, is an error and never ignored: two readers of one message
/// must not see two requests.
/// </summary>
public static class CallReader
{
    private static readonly JsonReaderOptions Options = new()
    {
        MaxDepth = ProtocolLimits.Depth,
        CommentHandling = JsonCommentHandling.Disallow,
        AllowTrailingCommas = false,
    };

    /// <summary>Reads a frame without its NUL.</summary>
    public static bool TryRead(
        ReadOnlySpan<byte> frame,
        [NotNullWhen(true)] out Call? call,
        [NotNullWhen(false)] out CallError? error)
    {
        call = null;
        try
        {
            var reader = new Utf8JsonReader(frame, Options);
            var state = new CallReaderState();
            error = state.Read(ref reader);
            if (error is null)
                call = state.Build(out error);
        }
        catch (JsonException e)
        {
            error = new CallError(
                CallErrorKind.BadMessage,
                "",
                $"not JSON at byte {e.BytePositionInLine ?? 0} of line {e.LineNumber ?? 0}");
        }
        catch (InvalidOperationException)
        {
            // Utf8JsonReader's answer to invalid UTF-8 and to half of a surrogate pair.
            error = new CallError(
                CallErrorKind.BadMessage, "", "a string is not valid UTF-8 or UTF-16");
        }

        if (call is not null)
        {
            error = null;
            return true;
        }

        error ??= new CallError(CallErrorKind.BadMessage, "", "not a call");
        return false;
    }
}
