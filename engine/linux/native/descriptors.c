/*
 * Which descriptors live. At the first start nothing above 2 is ours; later exactly the box, the
 * images and what the registry lists, and of those only the ones that still are the same object.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

#define DESCRIPTORS 4096u

int fd_set_cloexec(int fd, int on)
{
	return (int)raw(SYS_fcntl, fd, F_SETFD, on ? FD_CLOEXEC : 0);
}

/* Something must be behind 0-2, or the next open() becomes standard output. */
static int open_standard(void)
{
	int fd = shim.is_pid1
		? (int)raw(SYS_openat, AT_FDCWD, "/dev/console", O_RDWR | O_NOCTTY | O_NONBLOCK) : -1;

	if (fd >= 0) {
		raw(SYS_fcntl, fd, F_SETFL, O_RDWR);	/* it was only the open that must not wait */
		return fd;
	}
	fd = (int)raw(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR | O_NOCTTY);
	if (fd >= 0)
		return fd;
	/* No /dev at all: an empty file that cannot grow, so writes fail and reads end. */
	fd = memfd_create("null", MFD_ALLOW_SEALING);
	if (fd >= 0)
		fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SEAL);
	return fd;
}

void descriptors_standard(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (raw(SYS_fcntl, fd, F_GETFD) != -EBADF)
			continue;
		open_standard();	/* the lowest free number is fd */
		shim.flags |= INITX_STDIO_OPENED;
	}
}

/*
 * A table of descriptors that grows while two threads share it waits for an RCU grace period: 10
 * ms of the main thread at 256, 512, 1024 ... open files. So it gets its size while there is one
 * thread: room for 2,000 units, 32 KiB of the kernel's memory.
 */
void descriptors_reserve(void)
{
	struct rlimit files;
	unsigned last = DESCRIPTORS - 1;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < DESCRIPTORS)
		last = (unsigned)files.rlim_cur - 1;
	if (last > INITX_FD_PREVIOUS && raw(SYS_fcntl, last, F_GETFD) == -EBADF
			&& raw(SYS_dup3, 0, last, O_CLOEXEC) >= 0)
		raw(SYS_close, last);
}

/* What no image is at must be taken, or the kernel gives the number away: what it then was would be
 * closed under its owner by the next re-exec, and could not be registered. */
void descriptors_keep_numbers(void)
{
	for (int fd = INITX_FD_IMAGE; fd <= INITX_FD_PREVIOUS; fd++) {
		int taken = raw(SYS_fcntl, fd, F_GETFD) == -EBADF ? eventfd(0, EFD_CLOEXEC) : -1;

		if (taken < 0 || taken == fd)
			continue;
		raw(SYS_dup3, taken, fd, O_CLOEXEC);
		raw(SYS_close, taken);
	}
}

/* And not what keeps the number. In signal handlers too. */
int descriptor_is_image(int fd)
{
	struct stat found;

	return raw(SYS_fstat, fd, &found) == 0 && S_ISREG(found.st_mode);
}

static void close_between(unsigned first, unsigned last)
{
	if (first > last || raw(SYS_close_range, first, last, 0) >= 0)
		return;
	/* A seccomp filter older than close_range(2). */
	struct rlimit files = { 65536, 65536 };

	getrlimit(RLIMIT_NOFILE, &files);
	for (unsigned fd = first; fd <= last && fd < files.rlim_max && fd < 1u << 20; fd++)
		raw(SYS_close, fd);
}

static int is_same(const struct initx_fd_entry *entry, int fd)
{
	struct stat found;

	return entry->fd == fd && fstat(fd, &found) == 0
		&& found.st_dev == entry->device && found.st_ino == entry->inode;
}

static int highest_entry(void)
{
	return box_highest(&shim.box->live.fd_high, INITX_FD_LIMIT);
}

static int is_held(int fd)
{
	if (fd == INITX_FD_BOX)
		return 1;
	if (fd == INITX_FD_IMAGE)
		return shim.box->state.image_kind != INITX_IMAGE_NONE;
	if (fd == INITX_FD_PREVIOUS)
		return shim.box->state.previous_kind != INITX_IMAGE_NONE;
	struct initx_fd_entry *entry = &shim.box->fds[fd];

	if (fd > highest_entry() || entry->kind == INITX_FD_NONE)
		return 0;
	if (BOX_VALID(entry) && is_same(entry, fd)) {
		shim.fds_held++;
		return 1;
	}
	entry->kind = INITX_FD_NONE;
	entry->check = 0;
	shim.fds_closed++;
	return 0;
}

/* Closes everything above 2 that is not held. */
void descriptors_sweep(void)
{
	unsigned open_from = 3;
	int high = shim.box ? highest_entry() : 0;

	if (shim.box && high < INITX_FD_PREVIOUS)
		high = INITX_FD_PREVIOUS;
	for (int fd = 3; fd <= high; fd++) {
		if (!is_held(fd))
			continue;
		close_between(open_from, (unsigned)fd - 1);
		open_from = (unsigned)fd + 1;
	}
	close_between(open_from, ~0u);
}

int initx_fd_register(int fd, uint32_t kind, uint64_t tag, const char *unit, uint32_t unit_length,
	const char *name, uint32_t name_length)
{
	struct stat found;

	if (!shim.box)
		return -ENODEV;
	if (kind == INITX_FD_NONE || fd < 3 || fd == INITX_FD_BOX || fd == INITX_FD_IMAGE
			|| fd == INITX_FD_PREVIOUS)
		return -EINVAL;
	if (fd >= INITX_FD_LIMIT)
		return -ENOSPC;
	if (unit_length >= INITX_UNIT_MAX || name_length >= INITX_NAME_MAX)
		return -ENAMETOOLONG;
	if (fstat(fd, &found) < 0)
		return -errno;

	struct initx_fd_entry *entry = &shim.box->fds[fd];

	__builtin_memset(entry, 0, sizeof *entry);
	entry->fd = fd;
	entry->kind = kind;
	entry->device = found.st_dev;
	entry->inode = found.st_ino;
	entry->tag = tag;
	__builtin_memcpy(entry->unit, unit, unit_length);
	__builtin_memcpy(entry->name, name, name_length);
	box_raise(&shim.box->live.fd_high, fd, INITX_FD_LIMIT);
	BOX_SEAL(entry);
	return fd_set_cloexec(fd, 0);
}

int initx_fd_unregister(int fd)
{
	if (!shim.box)
		return -ENODEV;
	if (fd < 0 || fd >= INITX_FD_LIMIT || shim.box->fds[fd].kind == INITX_FD_NONE)
		return -ENOENT;
	shim.box->fds[fd].check = 0;
	shim.box->fds[fd].kind = INITX_FD_NONE;
	return fd_set_cloexec(fd, 1);
}

int initx_fd_next(int from, struct initx_fd_entry *out)
{
	if (!shim.box)
		return -ENODEV;
	for (int fd = from < 3 ? 3 : from; fd <= highest_entry(); fd++) {
		const struct initx_fd_entry *entry = &shim.box->fds[fd];

		if (entry->kind == INITX_FD_NONE || !BOX_VALID(entry) || entry->fd != fd)
			continue;
		*out = *entry;
		return fd;
	}
	return -ENOENT;
}
