/* The journal's floor: the same settings as live.db, one prepared insert, nothing else. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "floor.h"

static void run(sqlite3 *db, const char *sql)
{
	char *message = NULL;
	if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK) {
		fprintf(stderr, "%s: %s\n", sql, message);
		exit(1);
	}
}

void floor_sqlite(const char *directory, long rows, long rows_per_commit)
{
	char path[4096], name[64];
	snprintf(path, sizeof path, "%s/floor.db", directory);
	sqlite3 *db;
	if (sqlite3_open(path, &db) != SQLITE_OK)
		die(path);
	run(db, "PRAGMA page_size=4096; PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL;"
		"PRAGMA synchronous=OFF; PRAGMA wal_autocheckpoint=256; PRAGMA cache_size=-512;"
		"PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY;"
		"CREATE TABLE row(seq INTEGER PRIMARY KEY, time INTEGER, kind INTEGER, unit TEXT,"
		" old INTEGER, new INTEGER, cause INTEGER, detail BLOB)");
	sqlite3_stmt *insert, *begin, *commit;
	if (sqlite3_prepare_v2(db, "INSERT INTO row VALUES(?,?,?,?,?,?,?,?)", -1, &insert, NULL) ||
	    sqlite3_prepare_v2(db, "BEGIN", -1, &begin, NULL) ||
	    sqlite3_prepare_v2(db, "COMMIT", -1, &commit, NULL))
		die("prepare");
	double cpu = cpu_ms(), start = now_ms();
	for (long i = 0; i < rows; i++) {
		if (i % rows_per_commit == 0) {
			sqlite3_step(begin);
			sqlite3_reset(begin);
		}
		sqlite3_bind_int64(insert, 1, i + 1);
		sqlite3_bind_int64(insert, 2, 1700000000000000 + i);
		sqlite3_bind_int64(insert, 3, i & 7);
		sqlite3_bind_text(insert, 4, "example-service.service", -1, SQLITE_STATIC);
		sqlite3_bind_int64(insert, 5, i & 15);
		sqlite3_bind_int64(insert, 6, (i + 1) & 15);
		sqlite3_bind_int64(insert, 7, i);
		sqlite3_bind_zeroblob(insert, 8, 48);
		if (sqlite3_step(insert) != SQLITE_DONE)
			die("insert");
		sqlite3_reset(insert);
		if ((i + 1) % rows_per_commit == 0) {
			sqlite3_step(commit);
			sqlite3_reset(commit);
		}
	}
	double wall = now_ms() - start;
	cpu = cpu_ms() - cpu;
	sqlite3_finalize(insert);
	sqlite3_finalize(begin);
	sqlite3_finalize(commit);
	sqlite3_close(db);
	unlink(path);
	snprintf(name, sizeof name, "journal rows, %ld a commit", rows_per_commit);
	report((struct figure){name, rows, wall, cpu, -1, -1});
}
