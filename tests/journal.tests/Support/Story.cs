using InitTx.Journal.History;

namespace InitTx.Journal.Tests.Support;

/// <summary>
/// A small history: boot, a start of web.service by root, its crash and restart, a database that
/// fails its start, a refused request of another user, a trimmed beginning of an earlier boot.
/// </summary>
internal static class Story
{
    public const string Earlier = StoreFixture.BootA;
    public const string Now = StoreFixture.BootB;
    public const long Start = 1_700_000_000_000_000;

    public static List<HistoryRow> Rows { get; } =
    [
        Row(
            9, "gap", boot: Earlier) with { From = "1", To = "9", Result = "trimmed",
            Text = "9 row(s), 1 to 9, are missing: trimmed" },
        Row(
            10, "transition", "web.service", Earlier) with { From = "dead", To = "start",
            CauseKind = "job", CauseSeq = 8 },
        Row(1, "boot") with { Text = "6.1.0-13, initx 0.1.0", CauseKind = "boot" },
        Row(
            2, "transaction") with { Transaction = 1, From = "start", To = "begun",
            Text = "default.target", CauseKind = "boot", CauseSeq = 1 },
        Row(
            3, "job", "default.target") with { Transaction = 1, Job = 1, From = "start",
            To = "queued", CauseSeq = 2, CauseKind = "request" },
        Row(
            4, "job", "default.target") with { Transaction = 1, Job = 1, From = "start",
            To = "running", CauseSeq = 3, CauseKind = "job" },
        Row(
            5, "transition", "default.target") with { Transaction = 1, Job = 1, From = "dead",
            To = "active", CauseSeq = 4, CauseKind = "job" },
        Row(
            6, "job", "default.target") with { Transaction = 1, Job = 1, From = "start",
            To = "ended", Result = "done", CauseSeq = 5, CauseKind = "job" },
        Row(
            7, "transaction") with { Transaction = 1, From = "start", To = "ended",
            Result = "committed", CauseSeq = 6, CauseKind = "job" },
        Row(
            8, "request") with { Transaction = 2, From = "start", Result = "accepted",
            Text = "web.service", Uid = 0, Pid = 400, Comm = "initx", CauseKind = "request" },
        Row(
            9, "transaction") with { Transaction = 2, From = "start", To = "begun",
            Text = "web.service", CauseSeq = 8, CauseKind = "request" },
        Row(
            10, "job", "web.service") with { Transaction = 2, Job = 2, From = "start",
            To = "queued", CauseSeq = 9, CauseKind = "request" },
        Row(
            11, "job", "web.service") with { Transaction = 2, Job = 2, From = "start",
            To = "running", CauseSeq = 10, CauseKind = "job" },
        Row(
            12, "transition", "web.service") with { Transaction = 2, Job = 2, From = "dead",
            To = "start", CauseSeq = 11, CauseKind = "job" },
        Row(
            13, "process", "web.service") with { From = "main", To = "intended", CauseSeq = 12,
            CauseKind = "job" },
        Row(
            14, "process", "web.service") with { From = "main", To = "started", Pid = 500,
            CauseSeq = 12, CauseKind = "job" },
        Row(
            15, "transition", "web.service") with { Transaction = 2, Job = 2, From = "start",
            To = "running", CauseSeq = 14, CauseKind = "notify" },
        Row(
            16, "job", "web.service") with { Transaction = 2, Job = 2, From = "start",
            To = "ended", Result = "done", CauseSeq = 15, CauseKind = "job" },
        Row(
            17, "transaction") with { Transaction = 2, From = "start", To = "ended",
            Result = "committed", CauseSeq = 16, CauseKind = "job" },
        Row(
            18, "process", "web.service") with { From = "main", To = "exited", Pid = 500,
            ExitKind = "killed", ExitCode = 9, CauseKind = "exit", CauseSeq = 14 },
        Row(
            19, "transition", "web.service") with { From = "running", To = "failed",
            Result = "signal", CauseKind = "exit", CauseSeq = 18 },
        Row(
            20, "transition", "proxy.service") with { From = "running", To = "stop-sigterm",
            CauseKind = "dependency", CauseSeq = 19, Text = "BindsTo=web.service" },
        Row(
            21, "transition", "web.service") with { From = "failed", To = "auto-restart",
            CauseKind = "exit", CauseSeq = 19 },
        Row(
            22, "transition", "web.service") with { From = "auto-restart", To = "start",
            CauseKind = "timer", CauseSeq = 21 },
        Row(
            23, "process", "web.service") with { From = "main", To = "started", Pid = 500,
            CauseSeq = 22, CauseKind = "job" },
        Row(
            24, "transition", "web.service") with { From = "start", To = "running",
            CauseKind = "notify", CauseSeq = 23 },
        Row(
            25, "request") with { From = "stop", Result = "refused",
            Text = "web.service: not permitted", Uid = 1000, Pid = 600, Comm = "initx",
            CauseKind = "request" },
        Row(
            26, "request") with { Transaction = 3, From = "start", Result = "accepted",
            Text = "db.service", Uid = 0, Pid = 700, Comm = "initx", CauseKind = "request" },
        Row(
            27, "transaction") with { Transaction = 3, From = "start", To = "begun",
            Text = "db.service", CauseSeq = 26, CauseKind = "request" },
        Row(
            28, "job", "db.service") with { Transaction = 3, Job = 3, From = "start",
            To = "queued", CauseSeq = 27, CauseKind = "request" },
        Row(
            29, "process", "db.service") with { From = "start-pre", To = "started", Pid = 701,
            CauseSeq = 28, CauseKind = "job" },
        Row(
            30, "process", "db.service") with { From = "start-pre", To = "exited", Pid = 701,
            ExitKind = "exited", ExitCode = 3, CauseKind = "exit", CauseSeq = 29 },
        Row(
            31, "transition", "db.service") with { Transaction = 3, Job = 3, From = "start-pre",
            To = "failed", Result = "exit-code", CauseKind = "exit", CauseSeq = 30 },
        Row(
            32, "job", "db.service") with { Transaction = 3, Job = 3, From = "start", To = "ended",
            Result = "failed", CauseSeq = 31, CauseKind = "job" },
        Row(
            33, "transaction") with { Transaction = 3, From = "start", To = "ended",
            Result = "failed", CauseSeq = 32, CauseKind = "job" },
        Row(
            34, "rejected", "db.service") with { From = "failed", To = "Executed",
            CauseKind = "recovery" },
    ];

    public static HistoryRow Row(long seq, string kind, string? unit = null, string boot = Now) =>
        new()
        {
            Boot = boot,
            Seq = seq,
            TimeUs = Start + (boot == Now ? 3_600_000_000 : 0) + (seq * 500_000),
            MonotonicUs = seq * 500_000,
            Kind = kind,
            Unit = unit,
            Uid = -1,
            Durability = "tmpfs",
        };
}
