using System.Text.Json;
using InitTx.Cli.Client;
using InitTx.Cli.Hosting;
using InitTx.Core.Ports;
using InitTx.Protocol;
using InitTx.Protocol.Answers;
using InitTx.Protocol.Calls;

namespace InitTx.Cli.Commands;

/// <summary>From what was typed to full unit names; patterns are answered by the manager.</summary>
internal static class UnitExpander
{
    /// <summary>
    /// An exit status when a name is wrong or a pattern matches nothing; else null.
    /// </summary>
    public static int? Expand(
        Session session, IReadOnlyList<string> typed, out IReadOnlyList<string> units)
    {
        var names = new List<string>(typed.Count);
        units = names;
        foreach (string text in typed)
        {
            if (GlobPattern.IsPattern(text))
            {
                if (ExpandPattern(session, text, names) is { } failed)
                    return failed;
            }
            else if (!UnitArguments.TryComplete(text, out string name))
            {
                return session.Misuse($"'{text}' is no unit name");
            }
            else if (!names.Contains(name))
            {
                names.Add(name);
            }
        }

        return null;
    }

    private static int? ExpandPattern(Session session, string text, List<string> names)
    {
        string pattern = UnitArguments.CompletePattern(text);
        int before = names.Count;
        int? failed = UnitPages.Each(
            session,
            new CallParameters
            {
                Present = ParameterKeys.Units | ParameterKeys.All,
                Units = [pattern],
                All = true,
            },
            entry =>
            {
                if (!names.Contains(entry.Unit))
                    names.Add(entry.Unit);
            });
        return failed ?? (names.Count > before
            ? null
            : session.Fail(
                ExitCode.NoSuchUnit,
                $"no loaded unit matches {pattern}",
                "see: initx list --all"));
    }
}

/// <summary>Goes through all pages of ListUnits.</summary>
internal static class UnitPages
{
    /// <summary>An exit status when there is no answer.</summary>
    public static int? Each(Session session, CallParameters filter, Action<ListEntryAnswer> take)
    {
        using var manager = new Manager(session);
        string? after = null;
        do
        {
            CallParameters page = after is null
                ? filter
                : filter with { After = after, Present = filter.Present | ParameterKeys.After };
            if (!manager.Ask(Calls.Of(ManagerMethod.ListUnits, page))
                || !manager.TryRead(AnswerJson.Default.UnitListAnswer, out UnitListAnswer answer))
            {
                return manager.Failure;
            }

            foreach (ListEntryAnswer entry in answer.Units)
                take(entry);
            after = answer.Next;
        }
        while (after is not null);
        return null;
    }

    /// <summary>Each entry as it came; an exit status when there is no answer.</summary>
    public static int? EachAsItCame(
        Session session, CallParameters filter, Action<JsonElement> take)
    {
        using var manager = new Manager(session);
        string? after = null;
        do
        {
            CallParameters page = after is null
                ? filter
                : filter with { After = after, Present = filter.Present | ParameterKeys.After };
            if (!manager.Ask(Calls.Of(ManagerMethod.ListUnits, page)))
                return manager.Failure;
            using JsonDocument document = JsonDocument.Parse(manager.Answer.ToArray());
            JsonElement units = document.RootElement.GetProperty("units");
            foreach (JsonElement entry in units.EnumerateArray())
                take(entry);
            after = JsonLines.Text(document.RootElement, "next");
        }
        while (after is not null);
        return null;
    }
}
