/*
 * The foot of the ladder: no managed code. PID 1 goes on reaping, obeys the signals that power off,
 * reboot and halt, offers a login on the console, feeds the hardware watchdog, and tries the ladder
 * again with growing pauses. It never returns and needs no memory, file or thread.
 *
 * Reached from stage 0 (a clean process), or in a signal handler when no image could be executed.
 * Exits it sees go into the box: the next image reads them instead of waiting for ever.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>

#include "internal.h"

#define RTMIN 34	/* as libc counts: systemd(1) speaks of SIGRTMIN+n */
#define TERM_S 5
#define SYNC_S 10
#define FEED_S 2

static int login;	/* pid of what runs on the console */
static uint64_t login_after;

#define SAY(text) say(text "\n", sizeof text)

static uint64_t now_ns(void)
{
	return raw_clock_ns(CLOCK_MONOTONIC);
}

static void keep_exit(int pid, int status)
{
	if (!shim.box)
		return;
	struct box_live *live = &shim.box->live;
	struct initx_exit *exit = &shim.box->exits[live->exit_next % INITX_EXIT_LIMIT];

	exit->check = 0;
	exit->time_ns = raw_clock_ns(CLOCK_BOOTTIME);
	exit->pid = pid;
	exit->status = status;
	BOX_SEAL(exit);
	live->exit_next++;
}

/* 0: no children are left. */
static int reap(void)
{
	int status;
	long pid;

	while ((pid = raw(SYS_wait4, -1, &status, WNOHANG, NULL)) > 0) {
		if (pid == login)
			login = 0;
		else
			keep_exit((int)pid, status);
	}
	return pid != -ECHILD;
}

/* A plain fork: this process is small or beyond saving, and nothing is shared with the child. */
static int fork_raw(void)
{
	return (int)raw(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

/* sync(2) has no deadline; the dead disk that brought us here must not keep us. */
static void sync_with_deadline(void)
{
	int pid = fork_raw();

	if (pid == 0) {
		raw(SYS_sync);
		raw(SYS_exit_group, 0);
	}
	for (int i = 0; pid > 0 && i < SYNC_S * 20; i++) {
		if (raw(SYS_wait4, pid, NULL, WNOHANG, NULL) != 0)
			return;
		initx_watchdog_feed();
		raw_sleep_ms(50);
	}
}

static void end_machine(int command)
{
	if (!shim.is_pid1)
		raw(SYS_exit_group, 0);
	SAY("initxd: stopping all processes");
	raw(SYS_kill, -1, SIGTERM);
	raw(SYS_kill, -1, SIGCONT);
	for (int i = 0; i < TERM_S * 20 && reap(); i++) {
		initx_watchdog_feed();
		raw_sleep_ms(50);
	}
	raw(SYS_kill, -1, SIGKILL);
	sync_with_deadline();
	raw(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, command, NULL);
	SAY("initxd: reboot(2) is refused");
}

static void obey(long signal)
{
	switch (signal) {
	case SIGINT:
	case RTMIN + 5:
	case RTMIN + 15:
		end_machine((int)LINUX_REBOOT_CMD_RESTART);
		break;
	case RTMIN + 3:
	case RTMIN + 13:
		end_machine((int)LINUX_REBOOT_CMD_HALT);
		break;
	case SIGTERM:
	case SIGPWR:
	case RTMIN + 4:
	case RTMIN + 14:
		end_machine((int)LINUX_REBOOT_CMD_POWER_OFF);
		break;
	}
}

static int console(void)
{
	struct termios settings;

	for (int fd = 0; fd <= 2; fd++)
		if (raw(SYS_ioctl, fd, TCGETS, &settings) >= 0)
			return fd;
	return -1;
}

/* The login that an earlier round left, if it still is a child of ours. */
static void find_login(void)
{
	siginfo_t info;

	login = shim.box ? shim.box->state.login : 0;
	if (login && raw(SYS_waitid, P_PID, login, &info, WEXITED | WNOHANG | WNOWAIT, NULL) < 0)
		login = 0;
}

/* initx.shell=1 on the kernel command line, as managed code noted it or as it can be read here. */
static int is_shell_allowed(void)
{
	static const char word[] = "initx.shell=1";
	char line[4097];
	long length = -1, at;
	int fd = (int)raw(SYS_openat, AT_FDCWD, "/proc/cmdline", O_RDONLY | O_CLOEXEC);

	if (shim.box && BOX_VALID(&shim.box->switches) && shim.box->switches.shell_allowed)
		return 1;
	if (fd < 0 || !shim.is_pid1)
		return 0;
	length = raw(SYS_read, fd, line, sizeof line - 1);
	raw(SYS_close, fd);
	for (at = 0; at + (long)sizeof word - 1 <= length; at++) {
		char after = at + (long)sizeof word - 1 < length ? line[at + (long)sizeof word - 1] : '\n';

		if (__builtin_memcmp(line + at, word, sizeof word - 1) == 0
				&& (at == 0 || line[at - 1] == ' ') && (after == ' ' || after == '\n'))
			return 1;
	}
	return 0;
}

static void run_login(int terminal)
{
	static char *const sulogin[] = { "sulogin", NULL };
	static char *const shell[] = { "-sh", NULL };
	static char *const environment[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=linux",
		"HOME=/root", "SHELL=/bin/sh", NULL,
	};
	uint64_t none = 0;

	raw(SYS_setsid);
	raw(SYS_ioctl, terminal, TIOCSCTTY, 1);
	for (int fd = 0; fd <= 2; fd++)
		raw(SYS_dup2, terminal, fd);
	raw(SYS_close_range, 3, ~0u, 0);
	raw_sigmask(SIG_SETMASK, &none, NULL);
	if (is_shell_allowed())
		raw(SYS_execve, "/bin/sh", shell, environment);
	raw(SYS_execve, "/sbin/sulogin", sulogin, environment);
	raw(SYS_execve, "/usr/sbin/sulogin", sulogin, environment);
	SAY("initxd: there is no sulogin; initx.shell=1 on the kernel command line gives a shell");
	raw_sleep_ms(60000);	/* not again at once */
	raw(SYS_exit_group, 1);
}

static void offer_login(void)
{
	int terminal = console();

	if (login || terminal < 0 || !shim.is_pid1 || now_ns() < login_after)
		return;
	login = fork_raw();
	if (login == 0)
		run_login(terminal);
	if (login < 0)
		login = 0;
	if (shim.box)	/* an earlier round's login goes on while the ladder is tried */
		shim.box->state.login = login;
	login_after = now_ns() + 5 * INITX_SECOND;
}

/* The next round of the ladder: each rung again, but one rapid crash is enough to leave it. */
static void try_again(void)
{
	if (shim.box) {
		struct box_state *state = &shim.box->state;

		state->next_reason = INITX_RETRY;
		state->rung = INITX_RUNG_SAME;
		state->rapid = 0;
		state->probing = 1;
		state->retries++;
		BOX_SEAL(state);
	}
	SAY("initxd: trying again");
	exec_image(INITX_RUNG_SAME);
}

static uint64_t pause_ns(unsigned tries)
{
	uint64_t seconds = tries < 6 ? 1ull << tries : 60;

	return (seconds < 60 ? seconds : 60) * INITX_SECOND;
}

static long wait_for_signal(uint64_t until)
{
	uint64_t all = SHIM_MANAGED_SIGNALS;
	uint64_t now = now_ns();
	uint64_t left = until > now ? until - now : 0;
	struct { int64_t s, ns; } time;

	if (left > FEED_S * INITX_SECOND)
		left = FEED_S * INITX_SECOND;
	time.s = (int64_t)(left / INITX_SECOND);
	time.ns = (int64_t)(left % INITX_SECOND);
	return raw(SYS_rt_sigtimedwait, &all, NULL, &time, sizeof(uint64_t));
}

void last_resort(void)
{
	uint64_t mask = SHIM_MANAGED_SIGNALS;
	unsigned tries = shim.box ? shim.box->state.retries : 0;
	uint64_t retry_at = now_ns() + pause_ns(tries);

	raw_sigmask(SIG_SETMASK, &mask, NULL);
	find_login();
	SAY("initxd: the manager does not stay up; services are left alone, signals are obeyed");
	for (;;) {
		reap();
		initx_watchdog_feed();
		offer_login();
		obey(wait_for_signal(retry_at));
		if (now_ns() >= retry_at) {
			try_again();	/* returns only when no image could be executed */
			retry_at = now_ns() + pause_ns(++tries);
		}
	}
}
