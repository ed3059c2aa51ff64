using InitTx.Core;
using InitTx.Protocol;
using InitTx.Protocol.Calls;

namespace InitTx.Init.Control.Queries;

/// <summary>
/// Sends each query to its room. The engine may be replaced (recovery), so it is asked for.
/// </summary>
internal sealed class QueryAnswerer : IQueryAnswerer
{
    private readonly UnitQueries _units;
    private readonly TimerQueries _timers;
    private readonly ManagerQueries _manager;
    private readonly HistoryQueries _history;

    public QueryAnswerer(Func<Engine> engine, ISystemFacts facts, IRowSource rows)
    {
        var lookup = new UnitLookup(engine);
        _units = new UnitQueries(lookup, facts);
        _timers = new TimerQueries(engine, lookup);
        _manager = new ManagerQueries(engine, facts, rows);
        _history = new HistoryQueries(rows);
    }

    /// <inheritdoc/>
    public void Answer(
        Call call, PeerIdentity peer, bool privileged, OutputQueue output, ReplyWriter writer)
    {
        var query = new QueryContext(call.Parameters, peer, privileged, output, writer);
        switch (call.Method.Method)
        {
            case ManagerMethod.GetInfo:
                _manager.GetInfo(query);
                break;
            case ManagerMethod.GetInterfaceDescription:
                ManagerQueries.GetInterfaceDescription(query);
                break;
            case ManagerMethod.Ping:
                ManagerQueries.Ping(query);
                break;
            case ManagerMethod.GetVersion:
                _manager.GetVersion(query);
                break;
            case ManagerMethod.GetManager:
                _manager.GetManager(query);
                break;
            case ManagerMethod.GetUnits:
                _units.GetUnits(query);
                break;
            case ManagerMethod.ListUnits:
                _units.ListUnits(query);
                break;
            case ManagerMethod.ShowUnits:
                _units.ShowUnits(query);
                break;
            case ManagerMethod.ListDependencies:
                _units.ListDependencies(query);
                break;
            case ManagerMethod.ListTimers:
                _timers.ListTimers(query);
                break;
            case ManagerMethod.LintUnits:
                _units.LintUnits(query);
                break;
            case ManagerMethod.ListJobs:
                _manager.ListJobs(query);
                break;
            case ManagerMethod.GetTransaction:
                _manager.GetTransaction(query);
                break;
            case ManagerMethod.ListTransactions:
                _manager.ListTransactions(query);
                break;
            case ManagerMethod.ReadHistory:
                _history.ReadHistory(query);
                break;
            default:
                // A change: the server gives those to the engine and never to us.
                throw new ArgumentOutOfRangeException(nameof(call), call.Method.Method, null);
        }
    }
}
