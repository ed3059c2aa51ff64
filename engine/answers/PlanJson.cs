using System.Text;
using System.Text.Json;
using InitTx.Core.Job;
using InitTx.Core.Transaction;
using InitTx.Units.Model;

namespace InitTx.Answers;

/// <summary>
/// A plan in the shape of `initx plan --json`. Every method writes the members of one part, so
/// that a plan of any size can be sent piece by piece.
/// </summary>
public static class PlanJson
{
    /// <summary>Writes goals, irreversible, dropped, refused, code, hash and basis.</summary>
    /// <param name="basis">live, or offline.</param>
    public static void WriteHead(Utf8JsonWriter json, TransactionPlan plan, string basis)
    {
        DefinitionJson.WriteNames(json, "goals"u8, plan.Goals);
        WriteVerdict(json, plan, basis);
    }

    /// <summary>Writes the members of a whole plan, in the order of `plan --json`.</summary>
    /// <param name="basis">live, or offline.</param>
    /// <param name="load">The catalogue that the plan was made from.</param>
    public static void WriteAll(
        Utf8JsonWriter json,
        TransactionPlan plan,
        string basis,
        Func<UnitName, UnitDefinition> load)
    {
        DefinitionJson.WriteNames(json, "goals"u8, plan.Goals);
        WriteJobs(json, plan, 0, plan.Jobs.Count);
        WriteEdges(json, plan, 0, plan.Edges.Count);
        WriteUnits(json, plan, load, 0, plan.Jobs.Count);
        WriteVerdict(json, plan, basis);
    }

    private static void WriteVerdict(Utf8JsonWriter json, TransactionPlan plan, string basis)
    {
        DefinitionJson.WriteTexts(json, "irreversible"u8, plan.Irreversible);
        DefinitionJson.WriteTexts(json, "dropped"u8, plan.Dropped);
        DefinitionJson.WriteTexts(json, "refused"u8, plan.Refused);
        json.WriteNumber("code"u8, (int)plan.RefusedCode);
        json.WriteString("hash"u8, plan.Hash);
        json.WriteString("basis"u8, basis);
    }

    /// <summary>
    /// Writes jobs[] from <paramref name="start"/>, at most <paramref name="count"/>.
    /// </summary>
    public static void WriteJobs(Utf8JsonWriter json, TransactionPlan plan, int start, int count)
    {
        json.WriteStartArray("jobs"u8);
        for (int i = start; i < Math.Min(start + count, plan.Jobs.Count); i++)
        {
            PlannedJob job = plan.Jobs[i];
            json.WriteStartObject();
            json.WriteString("unit"u8, job.Unit.Value);
            json.WriteString("kind"u8, JobWords.Of(job.Kind));
            json.WriteStartArray("reasons"u8);
            foreach (PlanReason reason in job.Reasons)
            {
                json.WriteStartObject();
                json.WriteString("unit"u8, reason.Unit.Value);
                json.WriteString("dependency"u8, reason.Dependency);
                json.WriteString("source"u8, reason.Source);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Writes edges[]: pairs of names, the first ends before the second begins.</summary>
    public static void WriteEdges(Utf8JsonWriter json, TransactionPlan plan, int start, int count)
    {
        json.WriteStartArray("edges"u8);
        for (int i = start; i < Math.Min(start + count, plan.Edges.Count); i++)
        {
            json.WriteStartArray();
            json.WriteStringValue(plan.Edges[i].Before.Value);
            json.WriteStringValue(plan.Edges[i].After.Value);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    /// <summary>Writes units{} of the jobs from <paramref name="start"/>.</summary>
    /// <param name="load">The catalogue that the plan was made from.</param>
    public static void WriteUnits(
        Utf8JsonWriter json,
        TransactionPlan plan,
        Func<UnitName, UnitDefinition> load,
        int start,
        int count)
    {
        json.WriteStartObject("units"u8);
        for (int i = start; i < Math.Min(start + count, plan.Jobs.Count); i++)
            WriteUnit(json, plan.Jobs[i].Unit, load(plan.Jobs[i].Unit));
        json.WriteEndObject();
    }

    private static void WriteUnit(Utf8JsonWriter json, UnitName name, UnitDefinition unit)
    {
        json.WriteStartObject(name.Value);
        json.WriteString("loadState"u8, ModelWords.Of(unit.LoadState));
        json.WriteString("path"u8, unit.FragmentPath);
        DefinitionJson.WriteTexts(json, "dropIns"u8, unit.DropInPaths);
        WriteFields(json, unit);
        WriteDependencies(json, unit);
        json.WriteEndObject();
    }

    /// <summary>
    /// One member a directive; a directive that was assigned several times has its values one a
    /// line (a value of a unit file never holds a line end).
    /// </summary>
    private static void WriteFields(Utf8JsonWriter json, UnitDefinition unit)
    {
        // A target of a large system has thousands of assignments of one directive: its text grows
        // in place, or the time would be the square of their number.
        var fields = new OrderedDictionary<string, (string First, StringBuilder? All)>(
            StringComparer.Ordinal);
        foreach (EffectiveSetting setting in unit.Settings)
        {
            if (!fields.TryGetValue(setting.Key, out (string First, StringBuilder? All) field))
            {
                fields.Add(setting.Key, (setting.Value, null));
                continue;
            }

            StringBuilder all = field.All ?? new StringBuilder(field.First);
            all.Append('\n').Append(setting.Value);
            if (field.All is null)
                fields[setting.Key] = (field.First, all);
        }

        json.WriteStartObject("fields"u8);
        foreach ((string key, (string first, StringBuilder? all)) in fields)
            json.WriteString(key, all?.ToString() ?? first);
        json.WriteEndObject();
    }

    private static void WriteDependencies(Utf8JsonWriter json, UnitDefinition unit)
    {
        json.WriteStartObject("dependencies"u8);
        DependencyKind? open = null;
        foreach (UnitDependency edge in unit.Dependencies)
        {
            if (open != edge.Kind)
            {
                if (open is not null)
                    json.WriteEndArray();
                json.WriteStartArray(ModelWords.Of(edge.Kind));
                open = edge.Kind;
            }

            json.WriteStartObject();
            json.WriteString("unit"u8, edge.Target.Value);
            json.WriteString("origin"u8, ModelWords.Of(edge.Origin));
            json.WriteEndObject();
        }

        if (open is not null)
            json.WriteEndArray();
        json.WriteEndObject();
    }
}
