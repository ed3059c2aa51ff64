/*
 * floor SERVICE DIRECTORY [CGROUP]: what the machine allows, measured without a service manager.
 * SERVICE is the stamp program, DIRECTORY a scratch directory on tmpfs, CGROUP an own v2 group to
 * make children in.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#include "floor.h"

double now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static double usage_ms(int who)
{
	struct rusage usage;
	getrusage(who, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

double cpu_ms(void)
{
	return usage_ms(RUSAGE_SELF) + usage_ms(RUSAGE_CHILDREN);
}

void die(const char *what)
{
	perror(what);
	exit(1);
}

static void field(const char *name, double value)
{
	if (value >= 0)
		printf(",\"%s\":%.4g", name, value);
}

void report(struct figure figure)
{
	printf("{\"floor\":\"%s\",\"count\":%ld", figure.name, figure.count);
	field("wallMs", figure.wall_ms);
	field("cpuMs", figure.cpu_ms);
	field("medianUs", figure.median_us);
	field("p99Us", figure.p99_us);
	puts("}");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: floor SERVICE DIRECTORY [CGROUP]\n");
		return 2;
	}
	const char *service = argv[1], *directory = argv[2], *cgroup = argc > 3 ? argv[3] : NULL;
	floor_spawn(service, directory, NULL, 1);
	floor_spawn(service, directory, NULL, 100);
	floor_spawn(service, directory, NULL, 1000);
	if (cgroup != NULL) {
		floor_spawn(service, directory, cgroup, 1);
		floor_spawn(service, directory, cgroup, 100);
		floor_spawn(service, directory, cgroup, 1000);
	}
	floor_restart(service, directory, 300);
	floor_orphans(10000);
	floor_sqlite(directory, 20000, 1);
	floor_sqlite(directory, 20000, 10);
	floor_sqlite(directory, 20000, 100);
	return 0;
}
