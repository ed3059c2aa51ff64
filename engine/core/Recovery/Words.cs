using System.Text;
using InitTx.Core.Job;
using InitTx.Core.Lifecycle;
using InitTx.Core.Ports;
using InitTx.Core.Supervision;
using InitTx.Core.Transaction;

namespace InitTx.Core.Recovery;

/// <summary>
/// Enum values as words in records, so that a build that orders an enum otherwise still reads
/// them. An unknown word fails the reader.
/// </summary>
internal static class Words
{
    private static readonly string[] Checks = ["ready", "condition-failed", "assert-failed", "failed"];
    private static readonly string[] LeftoverWords = ["none", "unknown", "some"];
    private static readonly string[] Waits = ["nothing", "idle", "pid-file", "ready", "reloading"];
    private static readonly string[] Shutdowns = ["poweroff", "reboot", "halt", "kexec", "exit"];
    private static readonly string[] Requests = ["mount", "expire"];
    private static readonly string[] Works = ["reload", "checked-reload", "check", "verb"];
    private static readonly string[] Consents = ["none", "asked", "given"];
    private static readonly string[] Stages = ["terminate-all", "kill-all", "unmount", "final"];

    public static string Of(PrepareOutcome value) => Checks[(int)value];

    public static string Of(Leftovers value) => LeftoverWords[(int)value];

    public static string Of(ServiceWait value) => Waits[(int)value];

    public static string Of(ShutdownKind value) => Shutdowns[(int)value];

    public static string Of(ShutdownStage value) => Stages[(int)value];

    public static string Of(AutomountRequest value) => Requests[(int)value];

    public static string Of(UnitWork value) => Works[(int)value];

    public static string Of(JobConsent value) => Consents[(int)value];

    public static UnitWork Work(ref RecordReader reader) =>
        (UnitWork)Index(ref reader, i => Works[i], Works.Length);

    public static JobConsent Consent(ref RecordReader reader) =>
        (JobConsent)Index(ref reader, i => Consents[i], Consents.Length);

    public static PrepareOutcome Check(ref RecordReader reader) =>
        (PrepareOutcome)Index(ref reader, i => Checks[i], Checks.Length);

    public static Leftovers LeftoversOf(ref RecordReader reader) =>
        (Leftovers)Index(ref reader, i => LeftoverWords[i], LeftoverWords.Length);

    public static ServiceWait Wait(ref RecordReader reader) =>
        (ServiceWait)Index(ref reader, i => Waits[i], Waits.Length);

    public static ShutdownKind? ShutdownOrNone(ref RecordReader reader) =>
        reader.Bool() ? (ShutdownKind)Index(ref reader, i => Shutdowns[i], Shutdowns.Length) : null;

    public static ShutdownStage? StageOrNone(ref RecordReader reader) =>
        reader.Bool() ? (ShutdownStage)Index(ref reader, i => Stages[i], Stages.Length) : null;

    public static AutomountRequest? RequestOrNone(ref RecordReader reader) => reader.Bool()
        ? (AutomountRequest)Index(ref reader, i => Requests[i], Requests.Length)
        : null;

    public static SubState Sub(ref RecordReader reader) =>
        (SubState)Index(ref reader, i => StateWords.Of((SubState)i), StateWords.SubStates);

    public static ActiveState Active(ref RecordReader reader) =>
        (ActiveState)Index(
            ref reader, i => StateWords.Of((ActiveState)i), (int)ActiveState.Deactivating + 1);

    public static UnitResult Result(ref RecordReader reader) =>
        (UnitResult)Index(
            ref reader, i => StateWords.Of((UnitResult)i), StateWords.UnitResults);

    public static ExecRole Role(ref RecordReader reader) =>
        (ExecRole)Index(ref reader, i => ExecRoles.Word((ExecRole)i), (int)ExecRole.StopPre + 1);

    public static ExitKind Exit(ref RecordReader reader) =>
        (ExitKind)Index(ref reader, i => RecordWords.Of((ExitKind)i), (int)ExitKind.Dumped + 1);

    public static CauseKind CauseOf(ref RecordReader reader) =>
        (CauseKind)Index(ref reader, i => RecordWords.Of((CauseKind)i), (int)CauseKind.Shutdown + 1);

    public static JobKind Job(ref RecordReader reader) =>
        (JobKind)Index(ref reader, i => JobWords.Of((JobKind)i), (int)JobKind.Verb + 1);

    public static JobResult JobEnd(ref RecordReader reader) =>
        (JobResult)Index(ref reader, i => JobWords.Of((JobResult)i), (int)JobResult.Assert + 1);

    public static RequestVerb Verb(ref RecordReader reader) =>
        (RequestVerb)Index(
            ref reader, i => TransactionWords.Of((RequestVerb)i), (int)RequestVerb.Do + 1);

    public static TransactionOutcome Outcome(ref RecordReader reader) =>
        (TransactionOutcome)Index(
            ref reader, i => TransactionWords.Of((TransactionOutcome)i),
            (int)TransactionOutcome.Refused + 1);

    private static int Index(ref RecordReader reader, Func<int, string> wordOf, int count)
    {
        // Ten words a unit: no text is made of those that are known.
        reader.Bytes(out ReadOnlySpan<byte> bytes);
        if (reader.Problem is not null)
            return 0;
        for (int i = 0; i < count; i++)
        {
            if (Ascii.Equals(bytes, wordOf(i)))
                return i;
        }

        string word = Encoding.UTF8.GetString(bytes);
        reader.Fail($"unknown word '{(word.Length > 32 ? word[..32] : word)}'");
        return 0;
    }
}
