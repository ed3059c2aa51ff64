using InitTx.Journal.Reading;
using InitTx.Journal.Sqlite;
using SQLitePCL;

namespace InitTx.Journal.Live;

/// <summary>
/// Opens the live store or makes it. A file that is damaged, foreign, of another boot or of a newer
/// major version is put aside and a fresh one is made; lack of memory, space or a lock leaves
/// everything as it is, to be tried again. Nothing throws, everything is said.
/// </summary>
internal static class LiveStoreOpener
{
    /// <summary>
    /// Larger stores are checked in part: a full check of 24 MiB takes longer than recovery.
    /// </summary>
    private const long FullCheckPages = 1024;

    private static readonly string[] StateTables =
        ["unit_state", "engine_state", "ended_state", "meta", "boot"];

    public static OpenedStore Open(LiveJournalOptions options, List<string> problems)
    {
        string? wrong = FileWatch.CheckDirectory(
            options.Files, options.Directory, options.OwnerUid);
        if (wrong is not null)
        {
            problems.Add(wrong);
            return OpenedStore.None;
        }

        OpenedStore? opened = TryOpen(options, out StoreFault fault, out wrong);
        if (opened is not null)
            return opened;
        problems.Add(wrong ?? "the live journal cannot be opened");
        if (fault is not (StoreFault.Corrupt or StoreFault.Io))
            return OpenedStore.None;
        wrong = Quarantine.Move(options.StorePath, out string? moved);
        if (wrong is not null)
        {
            problems.Add(wrong);
            return OpenedStore.None;
        }

        problems.Add($"the live journal was put aside as {moved}; a fresh one is made");
        opened = TryOpen(options, out _, out wrong);
        if (opened is null)
            problems.Add(wrong ?? "a fresh live journal cannot be opened");
        else
            opened.Quarantined = true;
        return opened ?? OpenedStore.None;
    }

    private static OpenedStore? TryOpen(
        LiveJournalOptions options, out StoreFault fault, out string? wrong)
    {
        wrong = PrepareFile(options, out bool found, out fault);
        if (wrong is not null)
            return null;
        int code = Database.Open(options.StorePath, create: true, out Database? db);
        if (db is null)
        {
            fault = StoreFaults.Of(code);
            wrong = Message(options, "open", code, null);
            return null;
        }

        var opening = new Opening(options, db);
        OpenedStore? opened = opening.Run(found);
        fault = opening.Fault;
        wrong = opening.Wrong;
        if (opened is null)
            db.Dispose();
        return opened;
    }

    // SQLite would make the file readable for all; O_EXCL also follows no symbolic link.
    private static string? PrepareFile(
        LiveJournalOptions options, out bool found, out StoreFault fault)
    {
        fault = StoreFault.Corrupt;
        found = options.Files.Look(options.StorePath, out _) == 0;
        bool log = options.Files.Look(options.StorePath + "-wal", out _) == 0;
        if (!found && log)
            return $"{options.StorePath}-wal: a log without its database";
        if (found)
        {
            string? wrong = FileWatch.Check(
                options.Files, options.StorePath, options.OwnerUid, out _);
            return wrong ?? (log
                ? FileWatch.Check(
                    options.Files, options.StorePath + "-wal", options.OwnerUid, out _)
                : null);
        }

        try
        {
            new FileStream(options.StorePath, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }).Dispose();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fault = StoreFault.Full;
            return $"{options.StorePath}: cannot be made: {e.Message}";
        }
    }

    private static string Message(
        LiveJournalOptions options, string step, int code, string? detail) =>
        $"{options.StorePath}: {step}: {detail ?? Database.TextOf(code)} (SQLite {code})";

    /// <summary>One attempt, with the first thing that went wrong.</summary>
    private sealed class Opening(LiveJournalOptions options, Database db)
    {
        private readonly List<BootStart> _boots = [];
        private readonly List<StoredUnit> _units = [];
        private readonly List<KeyValuePair<long, byte[]>> _ended = [];
        private byte[] _engine = [];
        private StoreOrigin _origin = StoreOrigin.SameBoot;

        public StoreFault Fault { get; private set; } = StoreFault.None;
        public string? Wrong { get; private set; }

        public OpenedStore? Run(bool found)
        {
            bool ok = Pragmas() && Schema() && (!found || Verify()) && Boot() && LoadStates()
                && Did("write", db.Execute(
                    "INSERT INTO meta VALUES('opens', '1') "
                    + "ON CONFLICT(k) DO UPDATE SET v = CAST(v AS INTEGER) + 1"));
            LiveStore? store = null;
            if (!ok || !Did("prepare", LiveStore.Create(db, out store)))
                return null;
            var watch = new FileWatch(options.Files, options.StorePath);
            Wrong = watch.Begin(options.OwnerUid);
            if (Wrong is not null)
            {
                Fault = StoreFault.Corrupt;
                store!.Dispose();
                return null;
            }

            return new OpenedStore
            {
                Store = store,
                Watch = watch,
                Origin = _origin,
                Boots = _boots,
                Units = _units,
                Engine = _engine,
                Ended = _ended,
            };
        }

        private bool Pragmas() =>
            Did("settings", LivePragmas.Apply(db, options, out string? problem))
            && (problem is null || Refuse(problem, StoreFault.Io));

        // An empty file is new, or one whose creation was interrupted.
        private bool Schema()
        {
            if (!Did("schema", db.ReadLong("SELECT count(*) FROM sqlite_schema", out long tables)))
                return false;
            if (tables > 0)
                return true;
            _origin = StoreOrigin.Fresh;
            return Did("schema", db.Execute("BEGIN IMMEDIATE"))
                && Did("schema", db.Execute(LiveSchema.Create))
                && Did("schema", db.Execute(
                    $"PRAGMA application_id={LiveSchema.ApplicationId}; "
                    + $"PRAGMA user_version={LiveSchema.Version}"))
                && InsertBoot(1)
                && Did("schema", db.Execute("COMMIT"));
        }

        private bool Verify()
        {
            if (_origin == StoreOrigin.Fresh)
                return true;
            if (!Did("header", db.ReadLong("PRAGMA application_id", out long application))
                || !Did("header", db.ReadLong("PRAGMA user_version", out long version))
                || !Did("header", db.ReadLong("PRAGMA page_count", out long pages)))
                return false;
            if (application != LiveSchema.ApplicationId)
                return Refuse("is not a journal", StoreFault.Corrupt);
            if (version / 1000 != LiveSchema.Version / 1000 || version < LiveSchema.MinVersion)
                return Refuse(
                    $"has version {version}, not {LiveSchema.Version}", StoreFault.Corrupt);
            if (!Did("meta", db.ReadLong(
                "SELECT CAST(v AS INTEGER) FROM meta WHERE k = 'min_writer'", out long writer)))
                return false;
            if (writer > LiveSchema.Version)
                return Refuse($"may only be written by version {writer}", StoreFault.Corrupt);
            if (version < LiveSchema.Version && !(Did("schema", db.Execute(LiveSchema.AddEnded))
                && Did("schema", db.Execute($"PRAGMA user_version={LiveSchema.Version}"))))
                return false;
            return pages <= FullCheckPages ? Check("quick_check(1)") : CheckStates();
        }

        private bool CheckStates()
        {
            foreach (string table in StateTables)
            {
                if (!Check($"quick_check('{table}')"))
                    return false;
            }

            return true;
        }

        private bool Check(string pragma) =>
            Did("check", db.ReadText($"PRAGMA {pragma}", out string? answer))
            && (answer == "ok" || Refuse(answer ?? "no answer to the check", StoreFault.Corrupt));

        private bool Boot()
        {
            if (!ReadBoots())
                return false;
            if (_boots.Count == 0)
                return Refuse("names no boot", StoreFault.Corrupt);
            if (_boots[^1].BootId == options.BootId)
                return true;
            if (options.Durability != RowDurability.Disk)
                return Refuse("is of another boot", StoreFault.Corrupt);
            _origin = StoreOrigin.EarlierBoot;
            if (!Did("head", db.ReadLong("SELECT max(seq) FROM record", out long head))
                || !Did("boot", db.Execute("BEGIN IMMEDIATE"))
                || !Did("boot", db.Execute(
                    "DELETE FROM unit_state; DELETE FROM engine_state; DELETE FROM ended_state"))
                || !InsertBoot(Math.Max(head, _boots[^1].FirstSeq) + 1)
                || !Did("boot", db.Execute("COMMIT")))
                return false;
            return ReadBoots();
        }

        private bool InsertBoot(long firstSeq)
        {
            if (!Did("boot", db.Prepare(
                "INSERT INTO boot(first_seq, uuid) VALUES(?1, ?2) "
                + "ON CONFLICT(uuid) DO UPDATE SET first_seq = excluded.first_seq",
                out Statement? statement)))
                return false;
            using (statement)
            {
                statement!.Bind(1, firstSeq);
                statement.BindText(2, options.BootId);
                return Did("boot", statement.Run());
            }
        }

        private bool ReadBoots()
        {
            _boots.Clear();
            return Each(
                "SELECT first_seq, uuid FROM boot ORDER BY first_seq",
                s => _boots.Add(new BootStart(s.Long(0), s.Text(1) ?? "")));
        }

        private bool LoadStates() =>
            Each(
                "SELECT name, blob FROM unit_state ORDER BY name",
                s => _units.Add(new StoredUnit(s.Text(0) ?? "", s.Blob(1).ToArray())))
            && Each("SELECT blob FROM engine_state", s => _engine = s.Blob(0).ToArray())
            && Each(
                "SELECT number, blob FROM ended_state ORDER BY number",
                s => _ended.Add(new(s.Long(0), s.Blob(1).ToArray())));

        private bool Each(string sql, Action<Statement> row)
        {
            if (!Did("read", db.Prepare(sql, out Statement? statement)))
                return false;
            using (statement)
            {
                int code = statement!.Step();
                for (; code == raw.SQLITE_ROW; code = statement.Step())
                    row(statement);
                return Did("read", code == raw.SQLITE_DONE ? raw.SQLITE_OK : code);
            }
        }

        private bool Did(string step, int code)
        {
            if (code == raw.SQLITE_OK)
                return true;
            Fault = StoreFaults.Of(code);
            Wrong = Message(options, step, code, db.LastError);
            return false;
        }

        private bool Refuse(string why, StoreFault fault)
        {
            Fault = fault;
            Wrong = $"{options.StorePath}: {why}";
            return false;
        }
    }
}
