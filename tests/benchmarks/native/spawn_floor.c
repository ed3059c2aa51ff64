/* Starting, restarting, stopping and reaping by bare system calls: clone3, execve, cgroups. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "floor.h"

extern char **environ;

static uint64_t *stamps(const char *directory, char *path, size_t size, long count)
{
	snprintf(path, size, "%s/stamps", directory);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, count * 8) < 0)
		die(path);
	uint64_t *map = mmap(NULL, count * 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		die("mmap");
	close(fd);
	return map;
}

/* Not VM: a bare loop has nothing to copy, and the child may use its own stack. */
static pid_t start(const char *service, const char *file, long slot, int cgroup)
{
	char number[24];
	snprintf(number, sizeof number, "%ld", slot);
	char *const words[] = {(char *)service, (char *)file, number, NULL};
	int pidfd = -1;
	struct clone_args args = {
	    .flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND | (cgroup >= 0 ? CLONE_INTO_CGROUP : 0),
	    .pidfd = (uint64_t)(uintptr_t)&pidfd,
	    .exit_signal = SIGCHLD,
	    .cgroup = cgroup >= 0 ? (uint64_t)cgroup : 0,
	};
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
	if (pid == 0) {
		execve(service, words, environ);
		_exit(127);
	}
	if (pid < 0)
		die("clone3");
	close(pidfd);
	return pid;
}

static void await_stamp(const volatile uint64_t *stamp)
{
	while (__atomic_load_n(stamp, __ATOMIC_ACQUIRE) == 0)
		sched_yield();
}

static int make_group(const char *cgroup, long slot, char *path, size_t size)
{
	if (cgroup == NULL)
		return -1;
	snprintf(path, size, "%s/s%ld", cgroup, slot);
	if (mkdir(path, 0755) < 0)
		die(path);
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		die(path);
	return fd;
}

void floor_spawn(const char *service, const char *directory, const char *cgroup, long count)
{
	char file[4096], group[4096], name[64];
	uint64_t *stamp = stamps(directory, file, sizeof file, count);
	pid_t *pids = calloc(count, sizeof *pids);
	double cpu = cpu_ms(), begin = now_ms(), last = 0;
	for (long i = 0; i < count; i++) {
		int fd = make_group(cgroup, i, group, sizeof group);
		pids[i] = start(service, file, i, fd);
		if (fd >= 0)
			close(fd);
	}
	for (long i = 0; i < count; i++) {
		await_stamp(&stamp[i]);
		if (stamp[i] / 1e6 > last)
			last = stamp[i] / 1e6;
	}
	double wall = last - begin, stop = now_ms();
	for (long i = 0; i < count; i++)
		kill(pids[i], SIGTERM);
	for (long i = 0; i < count; i++)
		waitpid(pids[i], NULL, 0);
	double stopped = now_ms() - stop;
	cpu = cpu_ms() - cpu;
	for (long i = 0; cgroup != NULL && i < count; i++) {
		snprintf(group, sizeof group, "%s/s%ld", cgroup, i);
		rmdir(group);
	}
	snprintf(name, sizeof name, "start %ld%s", count, cgroup ? ", a cgroup each" : "");
	report((struct figure){name, count, wall, cpu, -1, -1});
	snprintf(name, sizeof name, "stop %ld%s", count, cgroup ? ", a cgroup each" : "");
	report((struct figure){name, count, stopped, -1, -1, -1});
	munmap(stamp, count * 8);
	free(pids);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

void floor_restart(const char *service, const char *directory, long count)
{
	char file[4096];
	uint64_t *stamp = stamps(directory, file, sizeof file, count + 1);
	double *took = calloc(count, sizeof *took);
	pid_t pid = start(service, file, 0, -1);
	await_stamp(&stamp[0]);
	for (long i = 0; i < count; i++) {
		double begin = now_ms();
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		pid = start(service, file, i + 1, -1);
		await_stamp(&stamp[i + 1]);
		took[i] = (stamp[i + 1] / 1e6 - begin) * 1e3;
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	qsort(took, count, sizeof *took, by_value);
	report((struct figure){"restart", count, -1, -1, took[count / 2], took[count * 99 / 100]});
	munmap(stamp, (count + 1) * 8);
	free(took);
}

void floor_orphans(long count)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	pid_t parent = fork();
	if (parent == 0) {
		for (long i = 0; i < count; i++) {
			pid_t child = fork();
			if (child == 0)
				_exit(0);
			if (child < 0)
				_exit(1);
		}
		_exit(0);
	}
	int status = 0;
	if (parent < 0 || waitpid(parent, &status, 0) < 0 || status != 0)
		die("orphans");
	/* Only the reaping is measured: the children's own time is theirs. */
	struct timespec before, after;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	double begin = now_ms();
	long reaped = 0;
	while (waitpid(-1, NULL, 0) > 0)
		reaped++;
	double wall = now_ms() - begin;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	double cpu = (after.tv_sec - before.tv_sec) * 1e3 + (after.tv_nsec - before.tv_nsec) / 1e6;
	if (reaped != count)
		die("orphans: not all came");
	report((struct figure){"reap orphans", count, wall, cpu, -1, -1});
}
