using System.CommandLine;
using InitTx.Cli.Hosting;
using InitTx.Protocol;
using InitTx.Protocol.Calls;

namespace InitTx.Cli.Commands;

/// <summary>The options of verbs that become transactions (CONTRACT).</summary>
internal sealed class ChangeOptions
{
    private readonly Option<bool> _dryRun =
        new("--dry-run") { Description = "Show the plan and change nothing" };

    private readonly Option<string> _planHash =
        new("--plan-hash") { Description = "Run exactly this plan or refuse", HelpName = "HASH" };

    private readonly Option<bool> _noRollback =
        new("--no-rollback") { Description = "Keep what works when something fails" };

    private readonly Option<bool> _noCheck =
        new("--no-check") { Description = "Do not ask ExecCheck= of the units" };

    private readonly Option<bool> _noBlock =
        new("--no-block") { Description = "Return when the request is accepted" };

    private readonly Option<string> _timeout =
        new("--timeout") { Description = "Cancel after this time (30, 90s, 5min)", HelpName = "T" };

    private readonly Option<string> _settle =
        new("--settle") { Description = "Hold the commit until units stayed up", HelpName = "T" };

    private readonly Option<string> _reason =
        new("--reason") { Description = "Put this text on record", HelpName = "TEXT" };

    private readonly Option<string> _jobMode = new("--job-mode")
    {
        Description = "fail, replace or queue when a job is in the way (default fail)",
        HelpName = "MODE",
    };

    /// <param name="onlyPlans">Only the options that are part of a plan and its hash.</param>
    public ChangeOptions(Command command, bool onlyPlans = false)
    {
        Option[] all = onlyPlans
            ? [_noRollback, _noCheck, _timeout, _settle, _jobMode]
            : [_dryRun, _planHash, _noRollback, _noCheck, _noBlock, _timeout, _settle, _reason,
                _jobMode];
        foreach (Option option in all)
            command.Add(option);
    }

    /// <summary>True when only the plan is wanted.</summary>
    public bool IsDryRun(ParseResult result) => result.GetValue(_dryRun);

    /// <summary>
    /// Fills in what was given; an exit status when something is wrong or not built yet.
    /// </summary>
    public int? Fill(ParseResult result, Session session, ref CallParameters into)
    {
        if (result.GetValue(_settle) is { } settle)
        {
            if (!Durations.TryParse(settle, out long settleUs) || settleUs == 0)
                return session.Misuse($"--settle: '{settle}' is no time: write 5, 10s or 2min");
            into = into with
            {
                SettleUs = settleUs,
                Present = into.Present | ParameterKeys.Settle,
            };
        }

        if (result.GetValue(_jobMode) is { } mode)
        {
            if (mode is not ("fail" or "replace" or "queue"))
                return session.Misuse("--job-mode is fail, replace or queue");
            into = into with { Mode = mode, Present = into.Present | ParameterKeys.Mode };
        }

        if (result.GetValue(_timeout) is { } text)
        {
            if (!Durations.TryParse(text, out long us) || us == 0)
                return session.Misuse($"--timeout: '{text}' is no time: write 30, 90s or 5min");
            into = into with { TimeoutUs = us, Present = into.Present | ParameterKeys.Timeout };
        }

        if (result.GetValue(_planHash) is { } hash)
            into = into with { PlanHash = hash, Present = into.Present | ParameterKeys.PlanHash };
        if (CallingPackage.Reason(session, result.GetValue(_reason)) is { } reason)
            into = into with { Reason = reason, Present = into.Present | ParameterKeys.Reason };
        if (result.GetValue(_noRollback))
        {
            into = into with
            {
                NoRollback = true,
                Present = into.Present | ParameterKeys.NoRollback,
            };
        }

        if (result.GetValue(_noCheck))
            into = into with { NoCheck = true, Present = into.Present | ParameterKeys.NoCheck };
        if (result.GetValue(_noBlock))
            into = into with { NoBlock = true, Present = into.Present | ParameterKeys.NoBlock };
        return null;
    }
}
