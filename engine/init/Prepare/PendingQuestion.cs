using InitTx.Linux.Handles;
using InitTx.Linux.Prepare;

namespace InitTx.Init.Prepare;

/// <summary>How a question ended.</summary>
/// <param name="Answer">Null when there is none.</param>
/// <param name="Descriptor">
/// What came with it; closed after the callback, so who keeps it duplicates it.
/// </param>
/// <param name="Error">Why there is no answer, or the answer's own error; empty for none.</param>
internal readonly record struct PrepareReply(
    PrepareAnswer? Answer, FileDescriptor? Descriptor, string Error)
{
    /// <summary>What came behind it, if anything did; as <see cref="Descriptor"/>.</summary>
    public FileDescriptor? Second { get; init; }

    public static PrepareReply None(string error) => new(null, null, error);
}

/// <summary>A question that has no answer yet.</summary>
internal sealed class PendingQuestion(
    PrepareQuestion question,
    long deadlineUs,
    Action<PrepareReply> answered)
{
    public PrepareQuestion Question { get; } = question;

    /// <summary>CLOCK_BOOTTIME microseconds after which it fails.</summary>
    public long DeadlineUs { get; } = deadlineUs;

    /// <summary>Called once.</summary>
    public Action<PrepareReply> Answered { get; } = answered;

    /// <summary>When it was last handed to a helper.</summary>
    public long SentUs { get; set; }

    /// <summary>Which of all that were handed to helpers it was then, from 1.</summary>
    public ulong Order { get; set; }

    /// <summary>Helpers that died over it.</summary>
    public int Deaths { get; set; }

    public PrepareHelper? Helper { get; set; }
}
