/*
 * Two watchdogs.
 *
 * The hang watchdog is a thread that blocks on a timerfd. The main loop arms it before a batch and
 * disarms it after, so an idle manager wakes nobody. When it fires, three more looks 200 ms apart
 * must find the same heartbeat: after a pause of the whole machine the loop gets to beat first.
 * A thread, because a signal handler does not run while the main thread is in D state.
 *
 * The hardware watchdog is fed from the main loop, so that it bites when the loop does not run. It
 * stays armed across every exec; the C loop feeds it too.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/watchdog.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

#define BATCH_S 5
#define LOADING_S 60
#define LOOKS 3
#define LOOK_MS 200

int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

static int timer = -1;
static volatile int armed, loading;
static int hardware = -1;

static void arm(int seconds)
{
	struct itimerspec when = { .it_value = { .tv_sec = seconds } };

	armed = seconds != 0;
	if (timer >= 0)
		raw(SYS_timerfd_settime, timer, 0, &when, NULL);
}

static int is_stuck(void)
{
	const volatile struct box_live *live = &shim.box->live;
	uint64_t heartbeat = live->heartbeat;

	for (int look = 0; look < LOOKS; look++) {
		if (!armed || live->heartbeat != heartbeat)
			return 0;
		raw_sleep_ms(LOOK_MS);
	}
	return armed && live->heartbeat == heartbeat;
}

static void *watch(void *unused)
{
	uint64_t mask = ~SHIM_FATAL_SIGNALS, expirations;

	raw_sigmask(SIG_SETMASK, &mask, NULL);
	prctl(PR_SET_NAME, "initx-watchdog");
	thread_signal_stack();
	for (;;)
		if (raw(SYS_read, timer, &expirations, sizeof expirations) > 0 && is_stuck())
			leave(INITX_HANG, NULL, NULL);
	return unused;
}

/* From stage 0, so that a runtime that never comes up is noticed as well. */
void watchdog_start(void)
{
	pthread_attr_t attr;
	pthread_t thread;

	timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (timer >= 0) {
		pthread_attr_init(&attr);
		pthread_attr_setstacksize(&attr, 65536);
		pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
		if (__real_pthread_create(&thread, &attr, watch, NULL) == 0) {
			shim.flags &= ~(uint32_t)INITX_NO_WATCHDOG;
			arm(LOADING_S);
			return;
		}
		close(timer);
		timer = -1;
	}
	shim.flags |= INITX_NO_WATCHDOG;	/* initx_install tries once more */
}

void initx_beat(int busy)
{
	if (!shim.box)
		return;
	struct box_live *live = &shim.box->live;

	__atomic_store_n(&live->heartbeat, live->heartbeat + 1, __ATOMIC_RELEASE);
	if (live->loop_ns == 0 && !busy)
		live->loop_ns = raw_clock_ns(CLOCK_BOOTTIME);
	live->busy = busy != 0;
	arm(!busy ? 0 : loading ? LOADING_S : BATCH_S);
}

void initx_loading(int on)
{
	loading = on != 0;
	if (armed)
		arm(loading ? LOADING_S : BATCH_S);
}

/* ---- hardware ---- */

static int handed_over(void)
{
	struct initx_fd_entry entry;

	for (int fd = 0; hardware < 0 && (fd = initx_fd_next(fd, &entry)) >= 0; fd++)
		if (entry.kind == INITX_FD_HARDWARE)
			hardware = fd;
	return hardware;
}

/* *timeout_s: what is asked for, 0 for what the device has; then what it has. */
int initx_watchdog_open(const char *path, uint32_t *timeout_s)
{
	static const char name[] = "watchdog";
	int seconds = (int)*timeout_s;
	int error;

	if (!shim.box)
		return -ENODEV;
	if (handed_over() < 0) {
		hardware = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
		if (hardware < 0)
			return -errno;
		error = initx_fd_register(hardware, INITX_FD_HARDWARE, 0, "", 0, name, sizeof name - 1);
		if (error < 0)
			return error;	/* open and armed: it is kept, but the next image cannot feed it */
	}
	/* A device that cannot be set is armed all the same: it has to be fed in its own time. */
	if (seconds <= 0 || ioctl(hardware, WDIOC_SETTIMEOUT, &seconds) < 0)
		if (ioctl(hardware, WDIOC_GETTIMEOUT, &seconds) < 0)
			seconds = 2;
	*timeout_s = (uint32_t)seconds;
	initx_watchdog_feed();
	return hardware;
}

/* Also in handlers and in the C loop. */
int initx_watchdog_feed(void)
{
	if (hardware < 0)
		return -ENODEV;
	return (int)raw(SYS_ioctl, hardware, WDIOC_KEEPALIVE, 0);
}

int initx_watchdog_close(void)
{
	int disable = WDIOS_DISABLECARD;

	if (handed_over() < 0)
		return -ENODEV;
	ioctl(hardware, WDIOC_SETOPTIONS, &disable);
	if (write(hardware, "V", 1) < 0)
		return -errno;
	initx_fd_unregister(hardware);
	close(hardware);
	hardware = -1;
	return 0;
}
