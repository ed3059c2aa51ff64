/*
 * A test aid of the production binary, for root only: crashes that only native code can make, inside
 * the real program with its real handlers. Reached through `initxd --crash-tests` (CrashTests.cs).
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "spawn.h"

enum {
	CRASH_NULL = 1, CRASH_WILD, CRASH_ABORT, CRASH_DIVIDE, CRASH_UD2, CRASH_BUS, CRASH_RAISE,
	CRASH_FREE, CRASH_STACK, CRASH_EXIT, CRASH_BLOCK, CRASH_LOCK, CRASH_BEFORE_CLONE,
	CRASH_AFTER_CLONE, CRASH_STATE, CRASH_VFORK,
};

static struct sockaddr_un asker;	/* who sent the last datagram */
static socklen_t asker_length;
static int test_point;	/* CRASH_BEFORE_CLONE or CRASH_AFTER_CLONE: the next spawn */

void spawn_test_point(int after)
{
	if (test_point && test_point == (after ? CRASH_AFTER_CLONE : CRASH_BEFORE_CLONE))
		__builtin_trap();
}

/* Ends by running out of stack; the depth is only there because a compiler knows better. */
static int overflow(volatile char *from, uint64_t depth)
{
	volatile char frame[1024];

	frame[0] = from[0];
	return depth ? overflow(frame, depth - 1) + frame[0] : 0;
}

static void bus_error(void)
{
	int fd = memfd_create("bus", MFD_CLOEXEC);
	volatile char *page;

	if (fd < 0 || ftruncate(fd, 4096) < 0)
		return;
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page != MAP_FAILED && ftruncate(fd, 0) == 0)
		page[0] = 1;
}

static void block(void)
{
	int pipe[2];
	char byte;

	if (pipe2(pipe, O_CLOEXEC) == 0)
		while (read(pipe[0], &byte, 1) <= 0)
			;
}

static void lock_twice(void)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&mutex);
	pthread_mutex_lock(&mutex);
}

/* Uninterruptible, but by SIGKILL: what waiting for a child's disk reads looks like. */
static void wait_in_vfork(void)
{
	if (vfork() == 0) {
		struct timespec time = { 20, 0 };

		nanosleep(&time, NULL);
		_exit(0);
	}
}

/* Returns when the crash is a later one, or was survived. */
int initx_test_crash(int kind)
{
	static volatile int zero;
	volatile char first = 0;

	switch (kind) {
	case CRASH_NULL:
		*(volatile int *)(uintptr_t)(16 + zero) = 1;
		break;
	case CRASH_WILD:
		*(volatile int *)(uintptr_t)(0xdeadbeef000 + zero) = 1;
		break;
	case CRASH_ABORT:
		abort();
	case CRASH_DIVIDE:
		zero = 1000 / zero;
		break;
	case CRASH_UD2:
		__builtin_trap();
	case CRASH_BUS:
		bus_error();
		break;
	case CRASH_RAISE:
		raise(SIGSEGV);
		break;
	case CRASH_FREE:
		free((char *)malloc(64) + 8 + zero);
		break;
	case CRASH_STACK:
		return overflow(&first, ~0ull);
	case CRASH_EXIT:
		exit(7);
	case CRASH_BLOCK:
		block();
		break;
	case CRASH_LOCK:
		lock_twice();
		break;
	case CRASH_BEFORE_CLONE:
	case CRASH_AFTER_CLONE:
		test_point = kind;
		return 0;
	case CRASH_STATE:	/* the counters overwritten, then a crash: they must be dropped */
		memset(&shim.box->state, 0x5a, sizeof shim.box->state);
		__builtin_trap();
	case CRASH_VFORK:
		wait_in_vfork();
		break;
	default:
		return -EINVAL;
	}
	return -ENOTRECOVERABLE;
}

int initx_test_crash_at_start(uint32_t starts)
{
	if (!shim.box)
		return -ENODEV;
	shim.box->switches.crash_at_start = starts;
	BOX_SEAL(&shim.box->switches);
	return 0;
}

/* The socket that names the crashes: 0600 in the runtime directory, so root's alone. */
int initx_test_open(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	mode_t mask;
	int fd, error;

	if (strlen(path) >= sizeof name.sun_path)
		return -ENAMETOOLONG;
	strcpy(name.sun_path, path);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	unlink(path);
	mask = umask(0177);
	error = bind(fd, (struct sockaddr *)&name, sizeof name) < 0 ? -errno : 0;
	umask(mask);
	if (error < 0)
		close(fd);
	return error < 0 ? error : fd;
}

int initx_test_receive(int fd, char *text, uint32_t capacity)
{
	ssize_t length;

	asker_length = sizeof asker;
	length = recvfrom(fd, text, capacity, MSG_DONTWAIT, (struct sockaddr *)&asker, &asker_length);
	return length < 0 ? -errno : (int)length;
}

int initx_test_answer(int fd, const char *text, uint32_t length)
{
	if (asker_length <= offsetof(struct sockaddr_un, sun_path))
		return -EDESTADDRREQ;	/* it has no name: it does not want one */
	return sendto(fd, text, length, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&asker,
		asker_length) < 0 ? -errno : 0;
}
