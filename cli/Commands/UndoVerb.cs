using System.CommandLine;
using System.Globalization;
using InitTx.Cli.Client;
using InitTx.Cli.Hosting;
using InitTx.Protocol;
using InitTx.Protocol.Calls;

namespace InitTx.Cli.Commands;

/// <summary>`initx undo TX`: a transaction that puts back what a committed one changed.</summary>
internal sealed class UndoVerb : Verb
{
    private readonly Argument<string> _transaction = new("TX")
    {
        Description = "The transaction's number, see: initx tx",
    };

    private readonly Option<bool> _force = new("--force")
    {
        Description = "Put back what others changed since as well, and what has to go along",
    };

    private readonly ChangeOptions _options;

    public UndoVerb()
        : base("undo", "Put back what a committed transaction changed, as one transaction")
    {
        Command.Add(_transaction);
        Command.Add(_force);
        _options = new ChangeOptions(Command);
    }

    /// <summary>`initx plan undo TX`.</summary>
    public static int Plan(
        Session session, IReadOnlyList<string> typed, bool force, CallParameters parameters)
    {
        if (typed.Count != 1)
            return session.Misuse("undo takes one transaction's number");
        if (Aim(session, typed[0], force, ref parameters) is { } wrong)
            return wrong;
        return LivePlan.Show(session, "undo", parameters, typed[0]);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult result, Session session)
    {
        var parameters = new CallParameters();
        if (_options.Fill(result, session, ref parameters) is { } wrong)
            return wrong;
        string number = result.GetValue(_transaction)!;
        if (Aim(session, number, result.GetValue(_force), ref parameters) is { } noNumber)
            return noNumber;
        return _options.IsDryRun(result)
            ? LivePlan.Show(session, "undo", parameters, number)
            : Change.Follow(
                session, Calls.Of(ManagerMethod.Undo, parameters, more: !parameters.NoBlock));
    }

    private static int? Aim(
        Session session, string number, bool force, ref CallParameters parameters)
    {
        if (!long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long id)
            || id <= 0)
        {
            return session.Misuse($"'{number}' is no transaction's number");
        }

        parameters = parameters with
        {
            Transaction = id,
            Force = force,
            Present = parameters.Present | ParameterKeys.Transaction
                | (force ? ParameterKeys.Force : ParameterKeys.None),
        };
        return null;
    }
}
