using System.Text.Json;
using InitTx.Answers;
using InitTx.Core;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Protocol;
using InitTx.Units.Lint;
using InitTx.Units.Model;

namespace InitTx.Init.Control.Queries;

/// <summary>GetUnits, ListUnits, ShowUnits, ListDependencies, LintUnits.</summary>
internal sealed class UnitQueries(UnitLookup lookup, ISystemFacts facts)
{
    /// <summary>ShowUnits carries whole files: few at once.</summary>
    private const int ShownUnits = 16;

    public void GetUnits(in QueryContext query)
    {
        if (!TryFindAll(query, ProtocolLimits.PageEntries, out List<FoundUnit> units))
            return;
        Utf8JsonWriter json = query.Begin();
        json.WriteStartArray("units"u8);
        foreach (FoundUnit unit in units)
        {
            json.WriteStartObject();
            UnitJson.Write(json, unit.Definition, unit.Runtime, CgroupOf(unit));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        query.End();
    }

    public void ShowUnits(in QueryContext query)
    {
        if (!TryFindAll(query, ShownUnits, out List<FoundUnit> units))
            return;
        Utf8JsonWriter json = query.Begin();
        json.WriteStartArray("units"u8);
        foreach (FoundUnit unit in units)
        {
            UnitDefinition definition = unit.Definition;
            json.WriteStartObject();
            json.WriteStartObject("status"u8);
            UnitJson.Write(json, definition, unit.Runtime, CgroupOf(unit));
            json.WriteEndObject();
            DefinitionJson.WriteSettings(json, definition, query.Privileged);
            DefinitionJson.WriteDependencies(json, definition);
            DefinitionJson.WriteAbilities(json, definition);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        query.End();
    }

    public void ListUnits(in QueryContext query)
    {
        Utf8JsonWriter json = query.Begin();
        json.WriteStartArray("units"u8);
        string? next = null;
        string? last = null;
        int count = 0;
        foreach (UnitRuntime unit in lookup.SortedAfter(query.Ask.After))
        {
            if (!Matches(query, unit))
                continue;
            if (QueryContext.IsFull(json, count, query.Limit))
            {
                next = last;
                break;
            }

            UnitJson.WriteEntry(json, unit);
            last = unit.Name.Value;
            count++;
        }

        json.WriteEndArray();
        json.WriteString("next"u8, next);
        query.End();
    }

    public void ListDependencies(in QueryContext query) =>
        WritePage(query, static (json, unit) =>
        {
            json.WriteStartObject();
            json.WriteString("unit"u8, unit.Definition.Name.Value);
            json.WriteString("loadState"u8, ModelWords.Of(unit.Definition.LoadState));
            json.WriteString(
                "state"u8, StateWords.Of(unit.Runtime?.Active ?? ActiveState.Inactive));
            DefinitionJson.WriteDependencies(json, unit.Definition);
            json.WriteEndObject();
        });

    public void LintUnits(in QueryContext query) =>
        WritePage(query, (json, unit) => DefinitionJson.WriteLint(
            json, unit.Definition, Linter.Lint(unit.Definition, lookup.Catalog)));

    /// <summary>Pages over the units that were named, or over all that are loaded.</summary>
    private void WritePage(in QueryContext query, Action<Utf8JsonWriter, FoundUnit> write)
    {
        var units = new List<FoundUnit>();
        if (query.Ask.Units.Count > 0)
        {
            if (!TryFindAll(query, ProtocolLimits.Units, out units))
                return;
            units.Sort(static (a, b) => a.Definition.Name.CompareTo(b.Definition.Name));
        }
        else
        {
            foreach (UnitRuntime unit in lookup.SortedAfter(query.Ask.After))
                units.Add(new FoundUnit(unit.Definition, unit));
        }

        Utf8JsonWriter json = query.Begin();
        json.WriteStartArray("units"u8);
        string? next = null;
        string? last = null;
        int count = 0;
        foreach (FoundUnit unit in units)
        {
            string name = unit.Definition.Name.Value;
            if (query.Ask.After is { } after && string.CompareOrdinal(name, after) <= 0)
                continue;
            if (QueryContext.IsFull(json, count, query.Limit))
            {
                next = last;
                break;
            }

            write(json, unit);
            last = name;
            count++;
        }

        json.WriteEndArray();
        json.WriteString("next"u8, next);
        query.End();
    }

    private bool TryFindAll(in QueryContext query, int limit, out List<FoundUnit> units)
    {
        units = new List<FoundUnit>(query.Ask.Units.Count);
        if (query.Ask.Units.Count > limit)
        {
            query.Invalid("units", $"has more than {limit} entries");
            return false;
        }

        foreach (string text in query.Ask.Units)
        {
            if (!UnitName.TryParse(text, out UnitName name))
            {
                query.Invalid(
                    "units", $"'{text}' is no unit name: write its type, as in x.service");
                return false;
            }

            if (!lookup.TryFind(name, query.Privileged, out FoundUnit unit))
            {
                query.Refuse(
                    ExitCode.Refused,
                    $"others than root may ask about {UnitLookup.Strangers} units that are not "
                        + "loaded");
                return false;
            }

            units.Add(unit);
        }

        return true;
    }

    private CgroupAnswer CgroupOf(in FoundUnit unit) =>
        unit.Runtime is null ? default : facts.ReadCgroup(unit.Runtime);

    private static bool Matches(in QueryContext query, UnitRuntime unit)
    {
        string name = unit.Name.Value;
        if (query.Ask.Units.Count > 0 && !MatchesAny(query.Ask.Units, name))
            return false;
        if (query.Ask.Types.Count > 0
            && !Contains(query.Ask.Types, UnitName.SuffixOf(unit.Name.Kind)))
        {
            return false;
        }

        if (query.Ask.States.Count > 0)
        {
            return Contains(query.Ask.States, StateWords.Of(unit.Active))
                || Contains(query.Ask.States, StateWords.Of(unit.Sub))
                || Contains(query.Ask.States, ModelWords.Of(unit.Definition.LoadState));
        }

        return query.Ask.All || unit.Active != ActiveState.Inactive || unit.Job is not null;
    }

    private static bool MatchesAny(IReadOnlyList<string> patterns, string name)
    {
        for (int i = 0; i < patterns.Count; i++)
        {
            if (GlobPattern.Matches(patterns[i], name))
                return true;
        }

        return false;
    }

    private static bool Contains(IReadOnlyList<string> words, string word)
    {
        for (int i = 0; i < words.Count; i++)
        {
            if (string.Equals(words[i], word, StringComparison.Ordinal))
                return true;
        }

        return false;
    }
}
