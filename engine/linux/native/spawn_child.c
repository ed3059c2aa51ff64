/*
 * Making a process: the child's half, from clone to execve, in memory shared with PID 1.
 *
 * Raw system calls only: libc's setuid would tell PID 1's threads to change theirs, its errno is
 * PID 1's, malloc's locks may be held. Signals: every handler was reset by the kernel or is blocked.
 * What is per process and not per memory may be changed freely; oom_score_adj belongs to the memory
 * and is left to initx-exec.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <termios.h>

#include "spawn.h"

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

/* systemd.exec(5), "Process Exit Codes" */
static int exit_code(uint32_t step, int detail)
{
	switch ((enum initx_spawn_step)step) {
	case INITX_STEP_DIRECTORY: return 200;
	case INITX_STEP_NICE: return 201;
	case INITX_STEP_NONE:
	case INITX_STEP_EXEC: return 203;
	case INITX_STEP_LIMITS: return 205;
	case INITX_STEP_SIGNALS: return 207;
	case INITX_STEP_TTY: return 208;
	case INITX_STEP_DESCRIPTORS:
		return detail == 0 ? 208 : detail == 1 ? 209 : detail == 2 ? 222 : 202;
	case INITX_STEP_GROUPS: return 216;
	case INITX_STEP_USER: return 217;
	case INITX_STEP_CGROUP: return 219;
	case INITX_STEP_SETSID: return 220;
	case INITX_STEP_NO_NEW_PRIVILEGES: return 227;
	case INITX_STEP_SETUP: return 203;	/* never ours */
	}
	return 203;
}

/* With every signal blocked: a SIGPIPE would replace the exit code. */
static void fail(const struct child *child, uint32_t step, long error, int detail)
	__attribute__((noreturn));

static void fail(const struct child *child, uint32_t step, long error, int detail)
{
	struct initx_spawn_report report = {
		.error = (int32_t)-error, .step = step, .exit_code = exit_code(step, detail),
		.detail = detail,
	};
	uint64_t all = ~0ull;

	raw_sigmask(SIG_SETMASK, &all, NULL);
	raw(SYS_write, child->status, &report, sizeof report);
	for (;;)
		raw(SYS_exit_group, report.exit_code);
}

static void require(const struct child *child, uint32_t step, long result, int detail)
{
	if (result < 0)
		fail(child, step, result, detail);
}

static void write_pid(struct child *child)
{
	long pid = raw(SYS_getpid);
	char digits[10];
	int length = 0;

	for (; pid && length < 10; pid /= 10)
		digits[length++] = (char)('0' + pid % 10);
	for (int i = 0; i < CHILD_PIDS; i++) {
		if (!child->pid_at[i])
			continue;
		for (int at = 0; at < length; at++)
			child->pid_at[i][at] = digits[length - 1 - at];
		child->pid_at[i][length] = 0;
	}
}

static void join_cgroup(const struct child *child)
{
	long fd;

	if (!child->join_cgroup)
		return;
	fd = raw(SYS_openat, child->request.cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	require(child, INITX_STEP_CGROUP, fd, 0);
	require(child, INITX_STEP_CGROUP, raw(SYS_write, fd, "0", 1), 0);
	raw(SYS_close, fd);
}

/* CLONE_CLEAR_SIGHAND leaves what is ignored ignored, and clone leaves handlers: all to default. */
static void reset_signals(const struct child *child)
{
	struct raw_action action = { 0 };

	for (int signal = 1; signal <= 64; signal++)
		if (signal != SIGKILL && signal != SIGSTOP)
			require(child, INITX_STEP_SIGNALS,
				raw(SYS_rt_sigaction, signal, &action, NULL, sizeof(uint64_t)), signal);
	if (child->request.flags & INITX_SPAWN_IGNORE_SIGPIPE) {
		action.handler = (void (*)())1;	/* SIG_IGN */
		require(child, INITX_STEP_SIGNALS,
			raw(SYS_rt_sigaction, SIGPIPE, &action, NULL, sizeof(uint64_t)), SIGPIPE);
	}
}

/*
 * Without CAP_SYS_RESOURCE (containers) a hard limit cannot be raised: the service then gets the
 * highest it may have, as systemd does (setrlimit_closest), and is not refused for asking for more.
 */
static long set_limit(int resource, struct rlimit limit)
{
	struct rlimit highest;
	long result = raw(SYS_prlimit64, 0, resource, &limit, NULL);

	if (result != -EPERM || raw(SYS_prlimit64, 0, resource, NULL, &highest) != 0)
		return result;
	if (limit.rlim_cur > highest.rlim_max)
		limit.rlim_cur = highest.rlim_max;
	if (limit.rlim_max > highest.rlim_max)
		limit.rlim_max = highest.rlim_max;
	return raw(SYS_prlimit64, 0, resource, &limit, NULL);
}

static void set_limits(const struct child *child)
{
	const struct initx_spawn *request = &child->request;
	int refused = limits_restore_child();

	if (refused >= 0)
		fail(child, INITX_STEP_LIMITS, -EPERM, refused);
	for (uint32_t i = 0; i < request->limits_count; i++) {
		struct rlimit limit = { request->limits[i].soft, request->limits[i].hard };

		require(child, INITX_STEP_LIMITS,
			set_limit((int)request->limits[i].resource, limit),
			(int)request->limits[i].resource);
	}
}

static void set_priority(const struct child *child)
{
	if (child->request.flags & INITX_SPAWN_SET_NICE)
		require(child, INITX_STEP_NICE,
			raw(SYS_setpriority, PRIO_PROCESS, 0, child->request.nice), child->request.nice);
	if (child->request.flags & INITX_SPAWN_SET_UMASK)
		raw(SYS_umask, child->request.umask);
}

/* A duplicate above every target, so that no dup2 below can overwrite a source. */
static int lift(const struct child *child, int fd, int above, int target)
{
	long result = fd < 0 ? fd : raw(SYS_fcntl, fd, F_DUPFD_CLOEXEC, above);

	if (fd >= 0)
		require(child, INITX_STEP_DESCRIPTORS, result, target);
	return (int)result;
}

static void place(const struct child *child, int from, int target)
{
	if (from < 0)
		return;		/* 0-2: what PID 1 has there */
	require(child, INITX_STEP_DESCRIPTORS, raw(SYS_dup3, from, target, 0), target);
}

/* The tail when close_range(2) is refused: only listed descriptors lack CLOEXEC. */
static void close_listed_on_exec(int first)
{
	struct initx_fd_entry entry;

	for (int fd = INITX_FD_BOX; fd <= INITX_FD_PREVIOUS; fd++)
		if (fd >= first)
			fd_set_cloexec(fd, 1);
	for (int fd = first; (fd = initx_fd_next(fd, &entry)) >= 0; fd++)
		fd_set_cloexec(fd, 1);
}

static void place_descriptors(struct child *child)
{
	struct initx_spawn *request = &child->request;
	int32_t *listen = (int32_t *)request->listen_fds;	/* our own copy */
	int passed = (request->flags & INITX_SPAWN_PASS_STATUS) != 0;
	int above = 3 + (int)request->listen_count + passed;
	int streams[3] = { request->input, request->output, request->error };

	child->status = lift(child, child->status, above, above);
	for (int i = 0; i < 3; i++)
		streams[i] = lift(child, streams[i], above, i);
	for (uint32_t i = 0; i < request->listen_count; i++) {
		if (listen[i] < 0)
			fail(child, INITX_STEP_DESCRIPTORS, -EBADF, 3 + (int)i);
		listen[i] = lift(child, listen[i], above, 3 + (int)i);
	}
	for (int i = 0; i < 3; i++)
		place(child, streams[i], i);
	for (uint32_t i = 0; i < request->listen_count; i++)
		place(child, listen[i], 3 + (int)i);
	if (passed)
		place(child, child->status, above - 1);
	if (raw(SYS_close_range, above, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
		close_listed_on_exec(above);
}

static void take_terminal(const struct child *child)
{
	if (child->request.flags & INITX_SPAWN_TTY)
		require(child, INITX_STEP_TTY, raw(SYS_ioctl, 0, TIOCSCTTY,
			child->request.flags & INITX_SPAWN_TTY_FORCE ? 1 : 0), 0);
}

/* Groups before gid before uid: each step needs the privilege that the last one gives away. */
static void set_ids(const struct child *child)
{
	const struct initx_spawn *request = &child->request;

	if (!(request->flags & INITX_SPAWN_SET_IDS))
		return;
	require(child, INITX_STEP_GROUPS,
		raw(SYS_setgroups, request->groups_count, request->groups), 0);
	require(child, INITX_STEP_GROUPS,
		raw(SYS_setresgid, request->gid, request->gid, request->gid), (int)request->gid);
	require(child, INITX_STEP_USER,
		raw(SYS_setresuid, request->uid, request->uid, request->uid), (int)request->uid);
}

static void enter_directory(const struct child *child)
{
	long result;

	if (!child->request.directory)
		return;
	result = raw(SYS_chdir, child->request.directory);
	if (result < 0 && (child->request.flags & INITX_SPAWN_CHDIR_OPTIONAL))
		result = raw(SYS_chdir, "/");
	require(child, INITX_STEP_DIRECTORY, result, 0);
}

void spawn_child(struct child *child)
{
	uint64_t none = 0;

	join_cgroup(child);
	if (child->request.flags & INITX_SPAWN_SETSID)
		require(child, INITX_STEP_SETSID, raw(SYS_setsid), 0);
	reset_signals(child);
	place_descriptors(child);	/* of PID 1's many files, so before a limit on them */
	take_terminal(child);
	set_limits(child);
	set_priority(child);
	set_ids(child);
	enter_directory(child);
	if (child->request.flags & INITX_SPAWN_NO_NEW_PRIVILEGES)
		require(child, INITX_STEP_NO_NEW_PRIVILEGES,
			raw(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	write_pid(child);
	raw_sigmask(SIG_SETMASK, &none, NULL);
	fail(child, INITX_STEP_EXEC,
		raw(SYS_execve, child->request.path, child->arguments, child->environment), 0);
}
