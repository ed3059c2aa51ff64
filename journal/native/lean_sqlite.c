/*
 * What stands for the parts that lean-sqlite leaves out. SQLite calls each Init when a connection
 * is opened; a module that registers nothing is an unknown one to SQL ("no such module"). Only
 * fixed statements of the journal run in PID 1; queries of users run in other programs, with all of
 * SQLite.
 */
struct sqlite3;

int sqlite3Fts3Init(struct sqlite3 *db);
int sqlite3Fts5Init(struct sqlite3 *db);
int sqlite3RtreeInit(struct sqlite3 *db);

int sqlite3Fts3Init(struct sqlite3 *db)
{
	(void)db;
	return 0;
}

int sqlite3Fts5Init(struct sqlite3 *db)
{
	(void)db;
	return 0;
}

int sqlite3RtreeInit(struct sqlite3 *db)
{
	(void)db;
	return 0;
}

/* Not a number, which SQL shows as NULL. The arguments, in registers, are not read. */
#define NO_MATH(name) \
	double initx_no_##name(void); \
	double initx_no_##name(void) { return __builtin_nan(""); }

NO_MATH(acos)
NO_MATH(acosh)
NO_MATH(asin)
NO_MATH(asinh)
NO_MATH(atan)
NO_MATH(atan2)
NO_MATH(atanh)
NO_MATH(cosh)
NO_MATH(exp)
NO_MATH(log)
NO_MATH(log10)
NO_MATH(log2)
NO_MATH(sinh)
NO_MATH(tan)
NO_MATH(tanh)
