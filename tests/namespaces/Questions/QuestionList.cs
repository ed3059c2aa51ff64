namespace InitTx.Namespaces.Tests.Questions;

/// <summary>The questions, in the order of docs/questions.md.</summary>
public static class QuestionList
{
    public static readonly Question[] All =
    [
        new(1, "Who stopped nginx, from which terminal, and what else did that request touch?",
            "initx why nginx",
            @"(?s)root with initx \(pid \d+\) asked for stop db\.service; new disk \[on pts/.*"
                + @"also did:.*stop db\.service: done",
            Note: "The terminal and the login are what the kernel said of the caller at accept."),
        new(2, "Why is X down right now, back to the root cause?",
            "initx why importer",
            @"(?s)importer\.service is failed \(exit-code\).*exited with status 1.*asked for"),
        new(3, "Why did X restart at 03:12: exit or signal, which policy decided, how long was it "
            + "away?",
            "initx why worker",
            @"(?s)was away for .*killed by SIGKILL; restarted as Restart=on-failure says",
            Note: "`--at=03:12` answers for a restart that is not the last one."),
        new(4,
            "What started X: the chain from request or boot target, each edge with file and line?",
            "initx why storage",
            @"(?s)db\.service Requires=storage\.service \(/etc/initx/system/db\.service:\d+\).*"
                + @"nginx\.service Requires=db\.service.*calm\.target Wants=nginx\.service.*"
                + "the machine booted"),
        new(5, "What would stop if I stop Y, before I do it?",
            "initx plan stop cache",
            @"(?s)1\s+stop\s+api\.service.*Requires of cache\.service at .*api\.service:\d+.*"
                + @"2\s+stop\s+cache\.service"),
        new(6, "What will `start Z` do, in what order, how long will it likely take, what can't be "
            + "undone?",
            "initx plan start importer",
            @"(?s)1\s+start\s+reports\.service.*2\s+start\s+importer\.service.*"
                + @"expected to take.*cannot be undone: importer\.service"),
        new(7, "Which units did transaction N, or the last package upgrade, restart?",
            "initx tx {packageTx}",
            @"(?s)for package nginx \(postinst\).*api\.service\s+restart\s+done",
            Note: "A package's script is known by what dpkg tells it, which the client passes on: "
                + "it is the client's word. `initx tx` lists all of them."),
        new(8, "What was running yesterday at 14:05?",
            "initx list --at={reportsUp} --type=service",
            @"(?s)reports\.service\s+active\s+running",
            Moment.After,
            Note: "`--at` takes a time of any boot that is kept, also `yesterday` or `-2h`; with "
                + "`--all` it shows what was down as well."),
        new(9, "What differs between this boot and the one before: failures, order, durations?",
            "initx diff-boots -1 0 --by=2s",
            @"(?s)failures.*importer\.service\s+1 times\s+0 times.*durations.*"
                + @"storage\.service\s+\d{3,4}\.\dms\s+[45]\d{3}\.\dms",
            Moment.After,
            Note: "The order in which starts ended follows where it differs. "
                + "`initx diff-boots A B` takes any two boots, by number or id.",
            Until: "order in which"),
        new(10, "Which units made the boot slow; the critical chain; a chart?",
            "initx blame",
            @"(?s)storage\.service.*critical path.*storage\.service.*db\.service.*nginx\.service",
            Note: "`initx plot >boot.svg` draws it, on a terminal it is a table."),
        new(11, "Which units flap: restarts a day, time between failures, availability over 30 "
            + "days?",
            "initx stats",
            @"(?s)UNIT.*RESTARTS.*BETWEEN FAILURES[^\n]*\nflaky\.service +2 +1 +2 [^\n]*"
                + @"\nworker\.service +\d+ +0 +1 [^\n]*\nimporter\.service +0 +1 +0 ",
            Note: "Those that restarted most come first. Counted by the archive day by day, so "
                + "that months cost no more.",
            Lines: 4),
        new(12, "What is X waiting for now, until when, and who is the culprit?",
            "initx jobs",
            @"(?s)frontend\.service\s+start\s+queued.*in 1min.*start slow\.service \(in start, "
                + @"main process \d+\)"),
        new(13,
            "Why was the last shutdown slow: which process ignored SIGTERM, which mount was busy?",
            "initx blame --shutdown --boot=-1",
            @"stubborn\.service\s+the main process \d+ did not end on its signal for 2\.\d+ s, "
                + "then it was killed",
            Moment.After,
            Note: "Mounts that are busy are named on the console, and so in the kernel's log: at "
                + "that time nothing is left to write on."),
        new(14, "Which requests were refused, why, and by whom were they made?",
            "initx history --refused",
            @"(?s)root with initx \(pid \d+\) asked for start and was refused: nosuch\.service.*"
                + "no such unit file"),
        new(15, "Which transactions rolled back, and was each rollback complete?",
            "initx history --kind=transaction --failed",
            @"\(start .*\) ended: rolledBack",
            Note: "`rolledBack` is complete; `rollbackFailed` says what is left where."),
        new(16, "When was X enabled, masked or edited, by whom, and what changed?",
            "initx history worker --kind=config",
            @"(?s)root with initx \(pid \d+\) changed unit files of worker\.service.*"
                + @"\+ Service\.Nice=5"),
        new(17, "Which effective settings does X run with, from which file and line, and do they "
            + "differ from the files now on disk?",
            "initx diff --full worker",
            @"(?s)Service\.Restart=on-failure  # /etc/initx/system/worker\.service:\d+.*"
                + @"\+ Service\.RestartSec=1s  # ",
            Status: 1),
        new(18, "Which directives of my units aren't honoured on this machine?",
            "initx lint hardened",
            @"hardened\.service:\d+: RestrictFileSystems is ignored",
            Status: 1),
        new(19, "Did PID 1 crash, hang or re-exec; when, which version, what was in flight, what "
            + "was lost?",
            "initx history --kind=crash,hang,reexec --kind=gap",
            @"(?s)the manager crashed and came back.*replaced its own image"),
        new(20, "Is the history of this window complete?",
            "initx history --gaps --since=-1h",
            @"\d+ row\(s\), \d+ to \d+, are missing: the store was damaged",
            Moment.After,
            Note: "Here somebody removed the manager's own journal file. Without such a row it "
                + "says that no row is missing, and from when on rows are kept. "
                + "`initx history verify` checks that those on disk are as they were written."),
        new(21, "Which unit did pid 1234 belong to, in which role, even though it has exited?",
            "initx status {reportsPid}",
            @"(?s)pid \d+ has ended: the main process of reports\.service.*Began.*Ended.*How",
            Moment.After,
            Status: 3),
        new(22, "How often was the start limit hit, and when does the budget refill?",
            "initx stats flaky",
            @"(?s)start limit: hit 1 times, the last time at .*now: up to 2 of 2 starts within .*"
                + "none is left before .*all are back at"),
        new(23, "Which sockets and descriptors are held for X, and which connection activated it?",
            "initx list-sockets",
            @"/run/echo\.sock.*running.*PID 1 and the service.*echo\.service.*traffic at "),
        new(24, "How long was X in each state last week?",
            "initx stats worker --days=7",
            @"(?s)worker\.service.*over the last 7 days.*auto-restart: 1 times, .*"
                + "running: 4 times, ",
            Moment.After),
    ];
}
