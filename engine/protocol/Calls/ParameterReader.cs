using System.Text.Json;

namespace InitTx.Protocol.Calls;

/// <summary>Reads one parameter into the record, checking type, size and alphabet.</summary>
internal static class ParameterReader
{
    /// <summary>The reader stands on the property's name.</summary>
    public static CallError? Read(ref Utf8JsonReader reader, ref CallParameters into)
    {
        ParameterKeys key = ParameterNames.Match(ref reader);
        if (key == ParameterKeys.None)
            return new CallError(CallErrorKind.InvalidParameter, Shown(ref reader), "not known");
        string name = ParameterNames.Of(key);
        if ((into.Present & key) != 0)
            return Invalid(name, "is given twice");
        into = into with { Present = into.Present | key };
        reader.Read();
        return key switch
        {
            ParameterKeys.Units or ParameterKeys.States or ParameterKeys.Types
                or ParameterKeys.Changes or ParameterKeys.Stops =>
                ReadList(ref reader, key, name, ref into),
            ParameterKeys.NoBlock or ParameterKeys.NoRollback or ParameterKeys.CancelOnDisconnect
                or ParameterKeys.All or ParameterKeys.Force or ParameterKeys.NoCheck =>
                ReadFlag(ref reader, key, name, ref into),
            ParameterKeys.Timeout or ParameterKeys.Settle or ParameterKeys.Signal
                or ParameterKeys.Transaction or ParameterKeys.AfterSeq or ParameterKeys.BeforeSeq
                or ParameterKeys.Limit =>
                ReadNumber(ref reader, key, name, ref into),
            _ => ReadText(ref reader, key, name, ref into),
        };
    }

    private static CallError? ReadList(
        ref Utf8JsonReader reader, ParameterKeys key, string name, ref CallParameters into)
    {
        (int limit, int length) = key switch
        {
            ParameterKeys.Units or ParameterKeys.Stops =>
                (ProtocolLimits.Units, ProtocolLimits.NameChars),
            ParameterKeys.Changes => (ProtocolLimits.Changes, ProtocolLimits.ChangeChars),
            _ => (ProtocolLimits.FilterWords, ProtocolLimits.NameChars),
        };
        if (reader.TokenType != JsonTokenType.StartArray)
            return Invalid(name, "is an array of strings");
        var items = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.String)
                return Invalid(name, "is an array of strings");
            if (items.Count == limit)
                return Invalid(name, $"has more than {limit} entries");
            if (ReadString(ref reader, length, out string item) is { } problem)
                return Invalid(name, problem);
            if (item.Length == 0)
                return Invalid(name, "holds an empty string");
            items.Add(item);
        }

        if (key == ParameterKeys.Units)
            into = into with { Units = items };
        else if (key == ParameterKeys.States)
            into = into with { States = items };
        else if (key == ParameterKeys.Stops)
            into = into with { Stops = items };
        else if (key == ParameterKeys.Changes)
            into = into with { Changes = items };
        else
            into = into with { Types = items };
        return null;
    }

    private static CallError? ReadFlag(
        ref Utf8JsonReader reader, ParameterKeys key, string name, ref CallParameters into)
    {
        if (reader.TokenType is not (JsonTokenType.True or JsonTokenType.False))
            return Invalid(name, "is true or false");
        bool value = reader.TokenType == JsonTokenType.True;
        if (key == ParameterKeys.NoBlock)
            into = into with { NoBlock = value };
        else if (key == ParameterKeys.NoRollback)
            into = into with { NoRollback = value };
        else if (key == ParameterKeys.All)
            into = into with { All = value };
        else if (key == ParameterKeys.Force)
            into = into with { Force = value };
        else if (key == ParameterKeys.NoCheck)
            into = into with { NoCheck = value };
        else
            into = into with { CancelOnDisconnect = value };
        return null;
    }

    private static CallError? ReadNumber(
        ref Utf8JsonReader reader, ParameterKeys key, string name, ref CallParameters into)
    {
        if (reader.TokenType != JsonTokenType.Number)
            return Invalid(name, "is a number");
        if (key is ParameterKeys.Timeout or ParameterKeys.Settle)
            return ReadTimeout(ref reader, key, name, ref into);
        if (!reader.TryGetInt64(out long value))
            return Invalid(name, "is a whole number of 64 bits");
        (long low, long high) = key switch
        {
            ParameterKeys.Signal => (1L, 64L),
            ParameterKeys.Limit => (1L, ProtocolLimits.PageEntries),
            ParameterKeys.Transaction or ParameterKeys.BeforeSeq => (1L, long.MaxValue),
            _ => (0L, long.MaxValue),
        };
        if (value < low || value > high)
            return Invalid(name, $"is between {low} and {high}");
        into = key switch
        {
            ParameterKeys.Signal => into with { Signal = (int)value },
            ParameterKeys.Limit => into with { Limit = (int)value },
            ParameterKeys.Transaction => into with { Transaction = value },
            ParameterKeys.BeforeSeq => into with { BeforeSeq = value },
            _ => into with { AfterSeq = value },
        };
        return null;
    }

    private static CallError? ReadTimeout(
        ref Utf8JsonReader reader, ParameterKeys key, string name, ref CallParameters into)
    {
        if (!reader.TryGetDouble(out double seconds) || !double.IsFinite(seconds)
            || seconds <= 0 || seconds > ProtocolLimits.TimeoutSeconds)
        {
            return Invalid(name, $"is more than 0 and at most {ProtocolLimits.TimeoutSeconds} s");
        }

        long us = Math.Max(1, (long)Math.Round(seconds * 1e6));
        into = key == ParameterKeys.Settle
            ? into with { SettleUs = us }
            : into with { TimeoutUs = us };
        return null;
    }

    private static CallError? ReadText(
        ref Utf8JsonReader reader, ParameterKeys key, string name, ref CallParameters into)
    {
        if (reader.TokenType != JsonTokenType.String)
            return Invalid(name, "is a string");
        int limit = key == ParameterKeys.Reason
            ? ProtocolLimits.ReasonChars
            : ProtocolLimits.NameChars;
        if (ReadString(ref reader, limit, out string text) is { } problem)
            return Invalid(name, problem);
        if (key == ParameterKeys.PlanHash && !IsHash(text))
            return Invalid(name, "is 64 lower-case hexadecimal digits");
        into = key switch
        {
            ParameterKeys.Mode => into with { Mode = text },
            ParameterKeys.PlanHash => into with { PlanHash = text },
            ParameterKeys.Reason => into with { Reason = text },
            ParameterKeys.Whom => into with { Whom = text },
            ParameterKeys.Verb => into with { Verb = text },
            ParameterKeys.Action => into with { Action = text },
            ParameterKeys.After => into with { After = text },
            _ => into with { Interface = text },
        };
        return null;
    }

    /// <summary>
    /// The problem in words, or null. Text is shown on terminals: no control characters.
    /// </summary>
    private static string? ReadString(ref Utf8JsonReader reader, int limit, out string text)
    {
        text = "";
        // An escaped character takes six bytes, one of UTF-8 up to three a UTF-16 unit.
        if (reader.ValueSpan.Length > limit * 6)
            return $"is longer than {limit} characters";
        text = reader.GetString()!;
        if (text.Length > limit)
            return $"is longer than {limit} characters";
        foreach (char c in text)
        {
            if (char.IsControl(c))
                return "holds a control character";
        }

        return null;
    }

    private static bool IsHash(string text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiHexDigitLower(c) && !char.IsAsciiDigit(c))
                return false;
        }

        return text.Length == 64;
    }

    private static string Shown(ref Utf8JsonReader reader)
    {
        if (reader.ValueSpan.Length > ProtocolLimits.MethodChars)
            return "(a long name)";
        string name = reader.GetString()!;
        foreach (char c in name)
        {
            if (char.IsControl(c))
                return "(a name with control characters)";
        }

        return name;
    }

    private static CallError Invalid(string name, string message) =>
        new(CallErrorKind.InvalidParameter, name, message);
}
