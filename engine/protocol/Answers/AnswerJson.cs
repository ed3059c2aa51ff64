using System.Text.Json.Serialization;

namespace InitTx.Protocol.Answers;

/// <summary>
/// Source-generated readers of every answer, for clients. Unknown members are skipped (a newer
/// server may say more), members that are given twice or are null where they cannot be are errors.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    GenerationMode = JsonSourceGenerationMode.Metadata,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    MaxDepth = ProtocolLimits.Depth)]
[JsonSerializable(typeof(ChangeAnswer))]
[JsonSerializable(typeof(ErrorAnswer))]
[JsonSerializable(typeof(PlanPartAnswer))]
[JsonSerializable(typeof(VersionAnswer))]
[JsonSerializable(typeof(ManagerAnswer))]
[JsonSerializable(typeof(UnitsAnswer))]
[JsonSerializable(typeof(UnitListAnswer))]
[JsonSerializable(typeof(ShowAnswer))]
[JsonSerializable(typeof(ShownUnitAnswer))]
[JsonSerializable(typeof(DependencyListAnswer))]
[JsonSerializable(typeof(TimerListAnswer))]
[JsonSerializable(typeof(LintAnswer))]
[JsonSerializable(typeof(LintedUnitAnswer))]
[JsonSerializable(typeof(JobListAnswer))]
[JsonSerializable(typeof(OneTransactionAnswer))]
[JsonSerializable(typeof(TransactionListAnswer))]
[JsonSerializable(typeof(HistoryAnswer))]
public sealed partial class AnswerJson : JsonSerializerContext;
