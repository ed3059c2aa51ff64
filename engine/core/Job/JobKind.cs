namespace InitTx.Core.Job;

/// <summary>The words of CONTRACT "job kind".</summary>
public enum JobKind : byte
{
    Start,
    Stop,
    Restart,
    Reload,
    VerifyActive,
    Nop,

    /// <summary>A verb of the service's own (Verb= of [X-InitTx]).</summary>
    Verb,
}

/// <summary>The words of CONTRACT "job result".</summary>
public enum JobResult : byte
{
    None,
    Done,
    Failed,
    Timeout,
    Canceled,
    Dependency,
    Skipped,
    Assert,
}

/// <summary>Stable words for jobs.</summary>
public static class JobWords
{
    private static readonly string[] Kinds =
        ["start", "stop", "restart", "reload", "verify-active", "nop", "verb"];

    private static readonly string[] Results =
        ["", "done", "failed", "timeout", "canceled", "dependency", "skipped", "assert"];

    public static string Of(JobKind kind) => Kinds[(int)kind];

    public static string Of(JobResult result) => Results[(int)result];
}
