using InitTx.Units.Model;

namespace InitTx.Answers;

/// <summary>The stable words for the unit model's closed sets.</summary>
public static class ModelWords
{
    private static readonly string[] LoadStates =
        ["loaded", "not-found", "bad-setting", "error", "masked", "merged"];

    private static readonly string[] Dependencies =
    [
        "Requires", "Requisite", "Wants", "BindsTo", "PartOf", "Upholds", "Conflicts", "Before",
        "After", "OnFailure", "OnSuccess", "PropagatesReloadTo", "ReloadPropagatedFrom",
        "PropagatesStopTo", "StopPropagatedFrom", "JoinsNamespaceOf", "Triggers", "TriggeredBy",
        "Slice", "RequiresMountsFor",
    ];

    private static readonly string[] Origins = ["file", "directory", "file", "implicit", "default"];
    private static readonly string[] Severities = ["note", "warning", "error"];
    private static readonly string[] Treatments =
        ["honoured", "approximated", "ignored", "refused"];

    /// <summary>CONTRACT unit "loadState".</summary>
    public static string Of(UnitLoadState state) => LoadStates[(int)state];

    /// <summary>The setting's name as unit files write it.</summary>
    public static string Of(DependencyKind kind) => Dependencies[(int)kind];

    public static string Of(DependencyOrigin origin) => Origins[(int)origin];

    public static string Of(DiagnosticSeverity severity) => Severities[(int)severity];

    public static string Of(DirectiveTreatment treatment) => Treatments[(int)treatment];
}
