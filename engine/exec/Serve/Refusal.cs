using InitTx.Core;
using InitTx.Linux.Prepare;

namespace InitTx.Exec.Serve;

/// <summary>The answer that says "no" to each kind of question.</summary>
internal static class Refusal
{
    public static PrepareAnswer Of(PrepareQuestion question, string why) => question switch
    {
        PrepareQuestion.Prepare => new PrepareAnswer.Prepared(
            question.Token, PrepareOutcome.Failed, why),
        PrepareQuestion.ReadPidFile => new PrepareAnswer.PidFile(question.Token, why, 0, 0),
        PrepareQuestion.CleanUp => new PrepareAnswer.CleanedUp(question.Token, why),
        PrepareQuestion.ReadUnits => new PrepareAnswer.Units(question.Token, why),
        PrepareQuestion.SocketOwner => new PrepareAnswer.SocketOwner(
            question.Token, why, uint.MaxValue, uint.MaxValue),
        PrepareQuestion.RunGenerators => new PrepareAnswer.GeneratorsRan(question.Token, why, 0),
        PrepareQuestion.ReadTimer => new PrepareAnswer.Timer(question.Token, why, 0, []),
        PrepareQuestion.WriteStamp => new PrepareAnswer.Stamped(question.Token, why),
        PrepareQuestion.WatchPaths => new PrepareAnswer.Watching(question.Token, why, [], []),
        PrepareQuestion.MakeAutomount => new PrepareAnswer.AutomountMade(question.Token, why),
        PrepareQuestion.UnmakeAutomount => new PrepareAnswer.AutomountGone(question.Token, why),
        _ => throw new ArgumentException("unknown question", nameof(question)),
    };
}
