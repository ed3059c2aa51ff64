namespace InitTx.Protocol;

/// <summary>
/// The interfaces in Varlink's definition language, as GetInterfaceDescription gives them.
/// </summary>
public static class InterfaceDescription
{
    /// <summary>Null when there is no such interface.</summary>
    public static string? Of(string name) => name switch
    {
        ManagerInterface.Name => Manager,
        ManagerInterface.ServiceName => Service,
        _ => null,
    };

    private const string Service = """
        # The Varlink service interface
        interface org.varlink.service

        method GetInfo() -> (
          vendor: string,
          product: string,
          version: string,
          url: string,
          interfaces: []string
        )

        method GetInterfaceDescription(interface: string) -> (description: string)

        error InterfaceNotFound (interface: string)
        error MethodNotFound (method: string)
        error MethodNotImplemented (method: string)
        error InvalidParameter (parameter: string)
        error PermissionDenied ()
        error ExpectedMore ()

        """;

    private const string Planned =
        "mode: ?string, noBlock: ?bool, noRollback: ?bool, planHash: ?string, "
        + "timeout: ?float, settle: ?float, reason: ?string, cancelOnDisconnect: ?bool, "
        + "noCheck: ?bool";

    private const string Goal = "units: []string, " + Planned;

    private const string Change =
        "event: string, transaction: int, jobs: ?int, job: ?int, unit: ?string, kind: ?string, "
        + "state: ?string, result: ?string, unitState: ?string, detail: ?string, "
        + "seconds: ?float, outcome: ?string, code: ?int, messages: ?[]string";

    private const string Manager = $"""
        # InitTx: units, transactions and history of the service manager.
        # Times are RFC 3339 with microseconds, durations are seconds.
        # Names that are not filled are absent or null.
        interface io.inittx.Manager

        type Reason (unit: string, dependency: string, source: string)
        type PlannedJob (unit: string, kind: string, reasons: []Reason)
        type Origin (unit: string, origin: string)
        type PlannedUnit (
          loadState: string,
          path: ?string,
          dropIns: []string,
          fields: [string]string,
          dependencies: [string][]Origin
        )

        type Exit (kind: string, code: int)
        type Connections (
          accepted: int,
          refused: int,
          served: int
        )

        type StartLimit (
          burst: int,
          interval: float,
          starts: int,
          oldest: ?string,
          newest: ?string
        )
        type Job (
          job: int,
          unit: string,
          kind: string,
          state: string,
          transaction: int,
          waitsFor: ?string,
          begun: ?string,
          culprit: ?string,
          until: ?string
        )

        type Unit (
          unit: string,
          description: string,
          loadState: string,
          state: string,
          subState: string,
          target: string,
          result: string,
          mainPid: int,
          controlPid: int,
          since: ?string,
          sinceSeq: int,
          restarts: int,
          transaction: int,
          cgroup: ?string,
          memory: ?int,
          memoryPeak: ?int,
          tasks: ?int,
          cpuNs: ?int,
          ioReadBytes: ?int,
          ioWriteBytes: ?int,
          notApplied: ?string,
          freezer: (running, freezing, frozen),
          path: ?string,
          dropIns: []string,
          aliases: []string,
          documentation: []string,
          triggeredBy: []string,
          loadError: ?string,
          diskError: ?string,
          statusText: ?string,
          condition: ?string,
          failure: ?string,
          mainExit: ?Exit,
          startLimit: ?StartLimit,
          connections: ?Connections,
          job: ?Job,
          unhonoured: int
        )

        type ListEntry (
          unit: string,
          loadState: string,
          state: string,
          subState: string,
          description: string,
          mainPid: int
        )

        type Timer (
          unit: string,
          state: string,
          subState: string,
          activates: ?string,
          next: ?string,
          left: ?float,
          last: ?string,
          passed: ?float
        )

        type UnitCounts (
          total: int,
          active: int,
          inactive: int,
          failed: int,
          activating: int,
          deactivating: int,
          reloading: int
        )

        type Journal (level: string, rows: int, gaps: int, archive: string)
        type Setting (section: string, key: string, value: ?string, source: string)
        type Dependency (kind: string, unit: string, origin: string, source: string)
        type Edges (unit: string, loadState: string, state: string, dependencies: []Dependency)
        type Shown (
          status: Unit,
          settings: []Setting,
          dependencies: []Dependency,
          canStart: bool,
          canStop: bool,
          canReload: bool,
          canIsolate: bool
        )

        type Finding (
          severity: string,
          source: string,
          column: int,
          directive: string,
          message: string,
          sourceLine: string
        )

        type Unhonoured (
          section: string,
          key: string,
          treatment: string,
          reason: string,
          security: bool,
          source: string
        )

        type Linted (
          unit: string,
          loadState: string,
          loadError: ?string,
          path: ?string,
          findings: []Finding,
          unhonoured: []Unhonoured
        )

        type Cause (kind: string, seq: int, text: ?string)
        type Row (
          seq: int,
          boot: string,
          time: string,
          monotonicUs: int,
          kind: string,
          unit: ?string,
          from: ?string,
          to: ?string,
          result: ?string,
          cause: Cause,
          transaction: int,
          job: int,
          pid: int,
          exit: ?Exit,
          uid: ?int,
          comm: ?string,
          durability: string
        )

        type Requester (
          uid: int,
          gid: int,
          pid: int,
          comm: string,
          exe: string,
          tty: string,
          loginUid: int,
          cgroup: string,
          unit: ?string,
          verified: bool
        )

        type TransactionJob (
          unit: string,
          kind: string,
          result: string,
          begun: ?string,
          ended: ?string
        )

        type Transaction (
          id: int,
          verb: string,
          goals: []string,
          requester: ?Requester,
          reason: ?string,
          undoes: ?int,
          settle: float,
          settling: bool,
          outcome: ?string,
          code: int,
          begun: ?string,
          ended: ?string,
          jobs: []TransactionJob,
          rollback: []TransactionJob,
          irreversible: []string,
          messages: []string
        )

        method Ping() -> ()
        method GetVersion() -> (product: string, version: string, protocol: int)

        method GetManager() -> (
          version: string,
          pid: int,
          boot: string,
          state: string,
          units: UnitCounts,
          jobs: int,
          failed: []string,
          journal: Journal,
          crashes: int,
          reexecs: int,
          rung: string,
          uptime: float,
          missing: []string
        )

        # Unknown names come back with loadState not-found.
        method GetUnits(units: []string) -> (units: []Unit)

        # Sorted by name; ask again with after=next until next is null.
        method ListUnits(
          units: ?[]string,
          states: ?[]string,
          types: ?[]string,
          all: ?bool,
          after: ?string,
          limit: ?int
        ) -> (units: []ListEntry, next: ?string)

        method ShowUnits(units: []string) -> (units: []Shown)
        method ListDependencies(units: ?[]string, after: ?string, limit: ?int)
          -> (units: []Edges, next: ?string)

        # Sorted by name, as ListUnits; left and passed are seconds from now.
        method ListTimers(units: ?[]string, all: ?bool, after: ?string, limit: ?int)
          -> (timers: []Timer, next: ?string)
        method LintUnits(units: ?[]string, after: ?string, limit: ?int)
          -> (units: []Linted, next: ?string)
        method ListJobs(afterSeq: ?int, limit: ?int) -> (jobs: []Job, next: ?int)
        method GetTransaction(transaction: int) -> (transaction: Transaction)
        method ListTransactions(afterSeq: ?int, limit: ?int)
          -> (transactions: []Transaction, next: ?int)

        # At most 256 rows: after a seq oldest first, or before one newest first. Ask on with cursor
        # while more is true. Rows of boot up to kept are in the archive, too. Other users' requests
        # come without pid, uid, comm and text.
        method ReadHistory(
          units: ?[]string, transaction: ?int, afterSeq: ?int, beforeSeq: ?int, limit: ?int
        ) -> (
          rows: []Row, head: int, cursor: int, more: bool, problem: ?string,
          boot: string, archive: string, kept: int
        )

        # Needs "more": the plan comes in parts, which add up.
        method Plan(
          verb: string, units: ?[]string, mode: ?string, timeout: ?float, noRollback: ?bool,
          settle: ?float, stops: ?[]string, transaction: ?int, force: ?bool, action: ?string,
          noCheck: ?bool
        ) -> (
          goals: ?[]string,
          jobs: ?[]PlannedJob,
          edges: ?[][]string,
          units: ?[string]PlannedUnit,
          irreversible: ?[]string,
          dropped: ?[]string,
          refused: ?[]string,
          code: ?int,
          hash: ?string,
          basis: ?string
        )

        method Start({Goal}) -> ({Change})
        method Stop({Goal}) -> ({Change})
        method Restart({Goal}) -> ({Change})
        method TryRestart({Goal}) -> ({Change})
        method Reload({Goal}) -> ({Change})
        method ReloadOrRestart({Goal}) -> ({Change})
        method Isolate({Goal}) -> ({Change})

        # In one transaction: units are brought up, stops are brought down.
        method Apply({Planned}, units: ?[]string, stops: ?[]string) -> ({Change})

        # Puts back what a committed transaction changed. Refused where another transaction changed
        # a unit since, or where others would have to change too, unless force is set.
        method Undo({Planned}, transaction: int, force: ?bool) -> ({Change})

        # A change answers, with "more", accepted, progress and finished; without, only the last.
        # ResetFailed without units: all that failed.
        method ResetFailed(units: ?[]string, reason: ?string) -> ({Change})
        method Kill(units: []string, signal: ?int, whom: ?string, reason: ?string) -> ({Change})

        # Suspends services that are up; GetUnits tells when the kernel has done it.
        method Freeze(units: []string, reason: ?string) -> ({Change})
        method Thaw(units: []string, reason: ?string) -> ({Change})
        method DaemonReload(
          noBlock: ?bool, timeout: ?float, reason: ?string, cancelOnDisconnect: ?bool
        ) -> ({Change})

        # The client has changed unit files (verb: enable, disable, mask, unmask, preset,
        # preset-all, edit, apply): put on record what, one sentence a change, and read the files
        # again.
        method RecordUnitFiles(
          verb: string, units: ?[]string, changes: []string, noBlock: ?bool, timeout: ?float,
          reason: ?string, cancelOnDisconnect: ?bool
        ) -> ({Change})
        method Reexec(reason: ?string) -> ({Change})
        method Poweroff(
          noBlock: ?bool, timeout: ?float, reason: ?string, cancelOnDisconnect: ?bool
        ) -> ({Change})
        method Reboot(
          noBlock: ?bool, timeout: ?float, reason: ?string, cancelOnDisconnect: ?bool
        ) -> ({Change})
        method Halt(
          noBlock: ?bool, timeout: ?float, reason: ?string, cancelOnDisconnect: ?bool
        ) -> ({Change})
        # What it has done is put back, or kept with noRollback.
        method CancelTransaction(transaction: int, reason: ?string, noRollback: ?bool)
           -> ({Change})
        method WaitTransaction(transaction: int) -> ({Change})

        # A verb that the units define themselves: Verb= of [X-InitTx].
        method Do({Goal}, action: string) -> ({Change})

        # Nothing was changed; code is the exit status of initx.
        error Refused (code: int, messages: []string)

        # The connection is closed after it.
        error BadMessage (message: string)
        error TooManyConnections (message: string)

        """;
}
