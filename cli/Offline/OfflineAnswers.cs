using InitTx.Answers;
using InitTx.Protocol.Answers;
using InitTx.Units.Model;

namespace InitTx.Cli.Offline;

/// <summary>
/// What a manager would answer about a unit's files, made from the files alone. Nothing runs
/// there: states are those of a system that was never started.
/// </summary>
internal static class OfflineAnswers
{
    public static ShownUnitAnswer Shown(UnitDefinition unit)
    {
        bool loaded = unit.LoadState == UnitLoadState.Loaded;
        return new ShownUnitAnswer
        {
            Status = Status(unit),
            Settings = [.. unit.Settings.Select(s => new SettingAnswer
            {
                Section = s.Section,
                Key = s.Key,
                Value = s.Value,
                Source = s.Source.ToString(),
            })],
            Dependencies = Edges(unit).Dependencies,
            CanStart = loaded && !unit.RefuseManualStart,
            CanStop = loaded && !unit.RefuseManualStop,
            CanReload = unit.Service is { } s
                && (s.ExecReload.Count > 0 || s.Type == ServiceType.NotifyReload),
            CanIsolate = unit.AllowIsolate,
        };
    }

    public static UnitAnswer Status(UnitDefinition unit) => new()
    {
        Unit = unit.Name.Value,
        Description = unit.Description,
        LoadState = ModelWords.Of(unit.LoadState),
        LoadError = unit.LoadError,
        State = "inactive",
        SubState = "dead",
        Target = "inactive",
        Result = "success",
        Path = unit.FragmentPath,
        DropIns = unit.DropInPaths,
        Aliases = [.. unit.Aliases.Select(a => a.Value)],
        Documentation = unit.Documentation,
        Unhonoured = unit.Unhonoured.Count,
    };

    public static UnitEdgesAnswer Edges(UnitDefinition unit) => new()
    {
        Unit = unit.Name.Value,
        LoadState = ModelWords.Of(unit.LoadState),
        State = "inactive",
        Dependencies = [.. unit.Dependencies.Select(d => new DependencyAnswer
        {
            Kind = ModelWords.Of(d.Kind),
            Unit = d.Target.Value,
            Origin = ModelWords.Of(d.Origin),
            Source = d.Source.ToString(),
        })],
    };
}
