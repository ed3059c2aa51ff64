using System.CommandLine;
using System.Text.Json;
using InitTx.Cli.Client;
using InitTx.Cli.Hosting;
using InitTx.Cli.Offline;
using InitTx.Cli.Rendering;
using InitTx.Protocol;
using InitTx.Protocol.Answers;
using InitTx.Units.Model;

namespace InitTx.Cli.Commands;

/// <summary>
/// `initx show`: properties of units, and each setting with the line that made it.
/// </summary>
internal sealed class ShowVerb : Verb
{
    /// <summary>Units in one call: a unit's files may be long.</summary>
    internal const int UnitsPerCall = 16;

    private readonly Argument<string[]> _units = new("UNIT")
    {
        Description = "Unit names or patterns",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string[]> _properties = new("--property", "-p")
    {
        Description = "Only these properties (comma-separated, repeatable)",
        HelpName = "KEY",
    };

    private readonly Option<bool> _value =
        new("--value") { Description = "Only values, without the keys" };

    private readonly Option<bool> _security = new("--security")
    {
        Description = "What confines the unit: applied, approximated or not applied",
    };

    public ShowVerb()
        : base("show", "Show properties of units, and where each setting was written")
    {
        Command.Add(_units);
        Command.Add(_properties);
        Command.Add(_value);
        Command.Add(_security);
        OfflineOptions.AddTo(Command);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        string[] keys = [.. (result.GetValue(_properties) ?? [])
            .SelectMany(p => p.Split(',', StringSplitOptions.RemoveEmptyEntries))];
        if (OfflineOptions.IsWanted(result, []))
            return Offline(session, result, keys);
        if (UnitExpander.Expand(session, result.GetValue(_units)!, out IReadOnlyList<string> units)
            is { } failed)
        {
            return failed;
        }

        return result.GetValue(_security)
            ? ShowSecurity(session, units)
            : Show(session, units, keys, result.GetValue(_value));
    }

    private static int ShowSecurity(Session session, IReadOnlyList<string> units)
    {
        using var manager = new Manager(session);
        foreach (string[] part in units.Chunk(UnitsPerCall))
        {
            if (!manager.Ask(Calls.OfUnits(ManagerMethod.ShowUnits, part))
                || !manager.TryRead(AnswerJson.Default.ShowAnswer, out ShowAnswer answer))
                return manager.Failure;
            foreach (ShownUnitAnswer unit in answer.Units)
                SecurityView.Write(session, unit);
        }

        return 0;
    }

    /// <summary>Shows the units; without keys everything.</summary>
    public static int Show(
        Session session, IReadOnlyList<string> units, IReadOnlyList<string> keys, bool valueOnly)
    {
        using var manager = new Manager(session);
        bool first = true;
        foreach (string[] part in units.Chunk(UnitsPerCall))
        {
            if (!manager.Ask(Calls.OfUnits(ManagerMethod.ShowUnits, part)))
                return manager.Failure;
            if (session.Json && keys.Count == 0)
            {
                using JsonDocument document = JsonDocument.Parse(manager.Answer.ToArray());
                JsonLines.Write(session.Out, document.RootElement.GetProperty("units"));
                continue;
            }

            if (!manager.TryRead(AnswerJson.Default.ShowAnswer, out ShowAnswer answer))
                return manager.Failure;
            foreach (ShownUnitAnswer unit in answer.Units)
            {
                Write(session, unit, keys, valueOnly, first, session.Enablement.Of);
                first = false;
            }
        }

        return 0;
    }

    private int Offline(Session session, ParseResult result, string[] keys)
    {
        if (OfflineOptions.Find(
            session, result, result.GetValue(_units)!, out OfflineUnits units,
            out List<UnitName> names) is { } failed)
        {
            return failed;
        }

        for (int i = 0; i < names.Count; i++)
        {
            int at = i;
            ShownUnitAnswer unit = OfflineAnswers.Shown(units.Loader.Load(names[i]));
            if (result.GetValue(_security))
                SecurityView.Write(session, unit);
            else if (session.Json && keys.Length == 0)
                session.Out.WriteLine(
                    JsonSerializer.Serialize(unit, AnswerJson.Default.ShownUnitAnswer));
            else
                Write(session, unit, keys, result.GetValue(_value), first: i == 0,
                    _ => units.StateOf(names[at]));
        }

        return 0;
    }

    private static void Write(
        Session session, ShownUnitAnswer unit, IReadOnlyList<string> keys, bool valueOnly,
        bool first, Func<UnitAnswer, string?> enabled)
    {
        if (!first && !session.Json)
            session.Out.WriteLine();
        if (keys.Count > 0)
            WriteKeys(session, unit, keys, valueOnly, enabled);
        else
            WriteAll(session, unit, valueOnly, enabled);
    }

    private static void WriteKeys(
        Session session, ShownUnitAnswer unit, IReadOnlyList<string> keys, bool valueOnly,
        Func<UnitAnswer, string?> enabled)
    {
        IReadOnlyList<KeyValuePair<string, string>> all = Properties.Of(unit, enabled);
        if (session.Json)
        {
            JsonLines.WriteObject(session.Out, json =>
            {
                foreach (string key in keys)
                    json.WriteString(key, Joined(all, key));
            });
            return;
        }

        foreach (string key in keys)
        {
            foreach (KeyValuePair<string, string> property in all.Where(p => p.Key == key))
                Write(session, property, valueOnly);
        }
    }

    private static string? Joined(IReadOnlyList<KeyValuePair<string, string>> all, string key)
    {
        string[] values = [.. all.Where(p => p.Key == key).Select(p => p.Value)];
        return values.Length == 0 ? null : string.Join('\n', values);
    }

    private static void WriteAll(
        Session session, ShownUnitAnswer unit, bool valueOnly, Func<UnitAnswer, string?> enabled)
    {
        var settings = new HashSet<string>(
            unit.Settings.Select(s => s.Key), StringComparer.Ordinal);
        foreach (KeyValuePair<string, string> property in Properties.Of(unit, enabled))
        {
            bool fromFile = settings.Contains(property.Key) && property.Key != "Description";
            if (!fromFile)
                Write(session, property, valueOnly);
        }

        foreach (SettingAnswer setting in unit.Settings)
        {
            string source = session.Paint.Faint(SafeText.Clean($"  # {setting.Source}"));
            string value = SafeText.Clean(setting.Value ?? "[withheld]");
            string key = SafeText.Clean($"{setting.Section}.{setting.Key}");
            session.Out.WriteLine(valueOnly ? value : $"{key}={value}{source}");
        }
    }

    private static void Write(
        Session session, KeyValuePair<string, string> property, bool valueOnly)
    {
        string value = SafeText.Clean(property.Value);
        session.Out.WriteLine(valueOnly ? value : $"{property.Key}={value}");
    }
}
