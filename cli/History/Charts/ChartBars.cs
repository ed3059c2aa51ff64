using InitTx.Journal.History;

namespace InitTx.Cli.History.Charts;

/// <summary>Collects the bars of one transaction from its rows, in the order of the rows.</summary>
/// <param name="transaction">Whose jobs count; states of their units count whoever changed
/// them.</param>
/// <param name="zeroUs">The chart's zero, of the monotonic clock.</param>
/// <param name="endUs">Its end.</param>
internal sealed class ChartBars(long transaction, long zeroUs, long endUs)
{
    private readonly List<Draft> _drafts = [];
    private readonly Dictionary<long, Draft> _byJob = [];
    private readonly Dictionary<long, Draft> _byEnd = [];

    /// <summary>The latest job of each unit: whose bar its states belong to.</summary>
    private readonly Dictionary<string, Draft> _byUnit = new(StringComparer.Ordinal);

    private Draft? _last;

    public void Add(HistoryRow row)
    {
        if (row is { Kind: "transition", Unit: { } unit })
        {
            if (_byUnit.TryGetValue(unit, out Draft? of))
                of.Moved(row.From, row.To, row.MonotonicUs - zeroUs);
        }
        else if (row is { Kind: "job", Unit: not null })
        {
            AddJob(row);
        }
    }

    /// <summary>All bars as they began, and the critical path, first to last.</summary>
    public (List<ChartBar> Bars, List<ChartBar> Path) Finish()
    {
        var path = new List<Draft>();
        for (Draft? at = _last; at is not null && !at.IsCritical; at = at.After)
        {
            at.IsCritical = true;
            path.Add(at);
        }

        path.Reverse();
        var bars = new Dictionary<long, ChartBar>();
        foreach (Draft draft in _drafts)
            bars[draft.Job] = draft.Finish(endUs - zeroUs);

        // By the rows' numbers: what released another comes before it also in the same instant.
        List<ChartBar> ordered = [.. _drafts
            .OrderBy(static d => d.BegunSeq)
            .ThenBy(static d => d.Job)
            .Select(d => bars[d.Job])];
        return (ordered, path.ConvertAll(d => bars[d.Job]));
    }

    private void AddJob(HistoryRow row)
    {
        long at = row.MonotonicUs - zeroUs;
        if (!_byJob.TryGetValue(row.Job, out Draft? draft))
        {
            if (row.Transaction != transaction)
                return;
            draft = new Draft(row.Job, row.Unit!, row.From ?? "", at) { QueuedAfter = _last };
            if (_byUnit.TryGetValue(draft.Unit, out Draft? earlier))
                earlier.Close(at);
            _byUnit[draft.Unit] = draft;
            _byJob.Add(row.Job, draft);
            _drafts.Add(draft);
        }

        if (row.To == "running")
        {
            // A restart runs twice: its start half is released by its own stop half.
            if (draft.BegunUs is null)
                draft.BegunSeq = row.Seq;
            draft.BegunUs ??= at;
            draft.After ??= row.CauseKind == "dependency"
                ? _byEnd.GetValueOrDefault(row.CauseSeq)
                : draft.QueuedAfter;
        }
        else if (row.To == "ended")
        {
            draft.EndedUs = at;
            draft.Result = row.Result ?? "";
            if (draft.BegunUs is null)
                draft.BegunSeq = row.Seq;
            _byEnd[row.Seq] = draft;
            if (draft.BegunUs is not null)
                _last = draft;
        }
    }

    private sealed class Draft(long job, string unit, string kind, long queuedUs)
    {
        private readonly List<PhaseSpan> _phases = [];
        private Phase? _now;
        private long _sinceUs = queuedUs;
        private bool _isClosed;

        public long Job => job;
        public string Unit => unit;
        private long QueuedUs { get; } = queuedUs;
        public long BegunSeq { get; set; } = long.MaxValue;
        public long? BegunUs { get; set; }
        public long? EndedUs { get; set; }
        public string? Result { get; set; }
        public Draft? After { get; set; }

        /// <summary>
        /// What had ended last when it was queued: what a rollback puts back waits for nothing but
        /// the failure.
        /// </summary>
        public Draft? QueuedAfter { get; init; }

        public bool IsCritical { get; set; }

        public void Moved(string? from, string? to, long at)
        {
            if (_isClosed)
                return;
            if (_phases.Count == 0 && _now is null)
                _now = ChartReader.PhaseOf(from);
            Until(at);
            _now = ChartReader.PhaseOf(to);
        }

        /// <summary>Another job of the unit takes over.</summary>
        public void Close(long at)
        {
            Until(at);
            _isClosed = true;
        }

        public ChartBar Finish(long end)
        {
            if (!_isClosed)
                Until(end);
            long ended = EndedUs ?? end;
            long begun = BegunUs ?? ended;
            var phases = new List<PhaseSpan>();
            if (begun > QueuedUs)
                phases.Add(new PhaseSpan(Phase.Waiting, QueuedUs, begun));
            foreach (PhaseSpan span in _phases)
            {
                // What it was in before its job began is not what the job did.
                long from = Math.Max(span.FromUs, begun);
                if (span.ToUs > from)
                    phases.Add(span with { FromUs = from });
            }

            return new ChartBar
            {
                Unit = unit,
                Kind = kind,
                Job = job,
                Result = Result ?? "open",
                QueuedUs = QueuedUs,
                BegunUs = begun,
                EndedUs = ended,
                After = After?.Job ?? 0,
                IsCritical = IsCritical,
                Phases = phases,
            };
        }

        private void Until(long at)
        {
            if (_now is { } phase && at > _sinceUs)
            {
                if (_phases.Count > 0 && _phases[^1] is var last && last.Phase == phase
                    && last.ToUs == _sinceUs)
                    _phases[^1] = last with { ToUs = at };
                else
                    _phases.Add(new PhaseSpan(phase, _sinceUs, at));
            }

            _sinceUs = at;
        }
    }
}
