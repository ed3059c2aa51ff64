using System.Text.Json;

namespace InitTx.Protocol.Calls;

/// <summary>
/// The members of one message as far as they are read. Parameters may stand before the method, so
/// what the method takes is judged at the end.
/// </summary>
internal ref struct CallReaderState
{
    private string? _method;
    private bool _more;
    private bool _oneWay;
    private bool _hasParameters;
    private int _seenFlags;
    private CallParameters _parameters;

    public CallReaderState() => _parameters = new CallParameters();

    /// <summary>Reads the whole message; null when it has the Varlink form.</summary>
    public CallError? Read(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return Bad("a message is a JSON object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (ReadMember(ref reader) is { } error)
                return error;
        }

        return reader.Read() ? Bad("something follows the object") : null;
    }

    /// <summary>The call, when method and parameters go together.</summary>
    public readonly Call? Build(out CallError? error)
    {
        if (_method is null)
        {
            error = Bad("a call names its method");
            return null;
        }

        if (!ManagerInterface.TryFind(_method, out MethodEntry? entry))
        {
            error = Unknown(_method);
            return null;
        }

        ParameterKeys extra = _parameters.Present & ~entry.Allowed;
        ParameterKeys missing = entry.Required & ~_parameters.Present;
        if (extra != ParameterKeys.None)
        {
            error = Invalid(First(extra), $"{entry.WireName} does not take it");
            return null;
        }

        if (missing != ParameterKeys.None)
        {
            error = Invalid(First(missing), $"{entry.WireName} needs it");
            return null;
        }

        error = null;
        return new Call(entry, _parameters, _more, _oneWay);
    }

    private CallError? ReadMember(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("method"u8))
            return ReadMethod(ref reader);
        if (reader.ValueTextEquals("parameters"u8))
            return ReadParameters(ref reader);
        if (reader.ValueTextEquals("more"u8))
            return ReadFlag(ref reader, 1, ref _more);
        if (reader.ValueTextEquals("oneway"u8))
            return ReadFlag(ref reader, 2, ref _oneWay);
        bool upgrade = false;
        if (reader.ValueTextEquals("upgrade"u8))
        {
            return ReadFlag(ref reader, 4, ref upgrade)
                ?? (upgrade ? Bad("no method of this service upgrades a connection") : null);
        }

        return Bad("a call has method, parameters, more, oneway and upgrade, nothing else");
    }

    private CallError? ReadMethod(ref Utf8JsonReader reader)
    {
        if (_method is not null)
            return Bad("method is given twice");
        reader.Read();
        if (reader.TokenType != JsonTokenType.String)
            return Bad("method is a string");
        if (reader.ValueSpan.Length > ProtocolLimits.MethodChars)
            return Bad($"method is at most {ProtocolLimits.MethodChars} characters");
        _method = reader.GetString()!;
        return null;
    }

    private CallError? ReadFlag(ref Utf8JsonReader reader, int bit, ref bool flag)
    {
        if ((_seenFlags & bit) != 0)
            return Bad("a flag is given twice");
        _seenFlags |= bit;
        reader.Read();
        if (reader.TokenType is not (JsonTokenType.True or JsonTokenType.False))
            return Bad("more, oneway and upgrade are true or false");
        flag = reader.TokenType == JsonTokenType.True;
        return null;
    }

    private CallError? ReadParameters(ref Utf8JsonReader reader)
    {
        if (_hasParameters)
            return Bad("parameters is given twice");
        _hasParameters = true;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            return Bad("parameters is an object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            CallError? error = ParameterReader.Read(ref reader, ref _parameters);
            if (error is not null)
                return error;
        }

        return null;
    }

    private static CallError Unknown(string method)
    {
        int dot = method.LastIndexOf('.');
        string name = dot < 0 ? method : method[..dot];
        bool ours = name is ManagerInterface.Name or ManagerInterface.ServiceName;
        return ours
            ? new CallError(CallErrorKind.MethodNotFound, method, "no such method")
            : new CallError(CallErrorKind.InterfaceNotFound, name, "no such interface");
    }

    private static string First(ParameterKeys keys)
    {
        int lowest = (int)keys & -(int)keys;
        return ParameterNames.Of((ParameterKeys)lowest);
    }

    private static CallError Invalid(string name, string message) =>
        new(CallErrorKind.InvalidParameter, name, message);

    private static CallError Bad(string message) => new(CallErrorKind.BadMessage, "", message);
}
