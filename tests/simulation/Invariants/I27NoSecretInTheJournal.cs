using System.Text;
using InitTx.Core;
using InitTx.Core.Ports;
using InitTx.Simulation.Boot;

namespace InitTx.Simulation.Invariants;

/// <summary>
/// Every service has a secret in its environment. No row and no stored state has it, nor does a
/// client hear of it.
/// </summary>
internal sealed class I27NoSecretInTheJournal() : SimulationInvariant(
    "I27", "Nothing of a service's environment comes into the journal or a reply.")
{
    private static readonly byte[] Secret = Encoding.UTF8.GetBytes(ServiceGenerator.Secret);

    public override void Committed(EngineStep step)
    {
        foreach (JournalRecord row in step.Records)
        {
            if (IsTold(row.Text) || IsTold(row.Unit) || IsTold(row.Result) || IsTold(row.To))
                Fail($"row {row.Seq} tells a secret");
        }

        if (!View.IsSampled)
            return;
        foreach ((string unit, byte[] state) in View.Journal.Units())
        {
            if (state.AsSpan().IndexOf(Secret) >= 0)
                Fail($"the stored state of {unit} has its secret");
        }

        if (View.Journal.EngineState().IndexOf(Secret) >= 0)
            Fail("the stored state of the engine has a secret");
        foreach ((long number, byte[] record) in View.Journal.Ended())
        {
            if (record.AsSpan().IndexOf(Secret) >= 0)
                Fail($"the stored end of transaction {number} has a secret");
        }
    }

    public override void BeforeEffect(Effect effect)
    {
        bool tells = effect switch
        {
            Effect.Reply { Body: EngineReply.Finished f } => f.Messages.Any(IsTold),
            Effect.Reply { Body: EngineReply.Refused r } => r.Messages.Any(IsTold),
            Effect.ConsoleLine line => IsTold(line.Text),
            _ => false,
        };
        if (tells)
            Fail($"{effect.GetType().Name} tells a secret");
    }

    private static bool IsTold(string? text) =>
        text is not null && text.Contains(ServiceGenerator.Secret, StringComparison.Ordinal);
}
