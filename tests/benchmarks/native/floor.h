#pragma once
#include <stdint.h>

/* One measured floor: a line of JSON on standard output. What was not measured is negative. */
struct figure {
	const char *name;
	long count;
	double wall_ms;
	double cpu_ms;
	double median_us;
	double p99_us;
};

void report(struct figure figure);
double now_ms(void);
double cpu_ms(void); /* of this process and its reaped children */
_Noreturn void die(const char *what);

/* Each measures one floor with what the kernel offers and nothing on top. */
void floor_spawn(const char *service, const char *directory, const char *cgroup, long count);
void floor_restart(const char *service, const char *directory, long count);
void floor_orphans(long count);
void floor_sqlite(const char *directory, long rows, long rows_per_commit);
