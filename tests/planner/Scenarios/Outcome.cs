using System.Text;
using InitTx.Core.Job;
using InitTx.Core.Ports;

namespace InitTx.PlannerCheck.Scenarios;

/// <summary>What a plan comes to: refused with a code, or at most one job for each unit.</summary>
internal readonly record struct Outcome(ExitCode Refused, ulong Jobs)
{
    private const int Bits = 4;

    public static Outcome Refuse(ExitCode code) => new(code, 0);

    public bool IsRefused => Refused != ExitCode.Done;

    public JobKind? Job(int unit) =>
        (Jobs >> (unit * Bits) & 0xf) is > 0 and var kind ? (JobKind)(kind - 1) : null;

    public Outcome With(int unit, JobKind kind) =>
        this with { Jobs = Jobs | ((ulong)kind + 1) << (unit * Bits) };

    public Outcome Without(int unit) =>
        this with { Jobs = Jobs & ~(0xfUL << (unit * Bits)) };

    public override string ToString()
    {
        if (IsRefused)
            return "refused " + Refused;
        var text = new StringBuilder();
        for (int unit = 0; unit < Scenario.MostUnits; unit++)
        {
            if (Job(unit) is { } kind)
                text.Append(text.Length == 0 ? "" : ", ").Append((char)('a' + unit)).Append(' ')
                    .Append(JobWords.Of(kind));
        }

        return text.Length == 0 ? "nothing" : text.ToString();
    }
}
