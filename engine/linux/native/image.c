/*
 * The image that a crash goes to. A file's descriptor is no image on a dead disk, and a path none
 * without /proc or after an unlink, so the executable is copied into a sealed memfd at the first
 * start. Where executing a memfd is forbidden (vm.memfd_noexec=2) it is a file on a tmpfs that is
 * mounted nowhere; where that is not permitted either, the file itself, and the start says so.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

#ifndef FSCONFIG_CMD_CREATE
#define FSCONFIG_SET_STRING 1
#define FSCONFIG_CMD_CREATE 6
#endif
#define FSOPEN_FLAG 1	/* FSOPEN_CLOEXEC and FSMOUNT_CLOEXEC */

#define IMAGE_MAX (64l << 20)	/* a reference build has 6 MB */
#define IMAGE_SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static int copy_image(int from, int to, off_t size)
{
	off_t at = 0;

	while (at < size) {
		ssize_t moved = sendfile(to, from, &at, (size_t)(size - at));

		if (moved < 0 && errno == EINTR)
			continue;
		if (moved <= 0)
			return moved < 0 ? -errno : -EIO;
	}
	return fchmod(to, 0500) < 0 ? -errno : 0;
}

static int into_memfd(int from, off_t size)
{
	int fd = memfd_create("initxd", MFD_ALLOW_SEALING | MFD_CLOEXEC | MFD_EXEC);
	int error;

	if (fd < 0 && errno == EINVAL)	/* before 6.3 every memfd can be executed */
		fd = memfd_create("initxd", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	error = copy_image(from, fd, size);
	if (error == 0 && fcntl(fd, F_ADD_SEALS, IMAGE_SEALS | F_SEAL_EXEC) < 0
			&& fcntl(fd, F_ADD_SEALS, IMAGE_SEALS) < 0)
		error = -errno;
	if (error < 0)
		close(fd);
	return error < 0 ? error : fd;
}

/* A tmpfs of our own without a mount point: it lives as long as the descriptor below it. */
static int open_private_tmpfs(void)
{
	int context = (int)raw(SYS_fsopen, "tmpfs", FSOPEN_FLAG);
	int mount = context;

	if (context >= 0) {
		mount = (int)raw(SYS_fsconfig, context, FSCONFIG_SET_STRING, "mode", "0700", 0);
		if (mount >= 0)
			mount = (int)raw(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0);
		if (mount >= 0)
			mount = (int)raw(SYS_fsmount, context, FSOPEN_FLAG, 0);
		raw(SYS_close, context);
	}
	return mount;
}

/* The descriptor must not be open for writing: execveat would say ETXTBSY. */
static int into_tmpfs(int from, off_t size)
{
	int directory = open_private_tmpfs();
	int fd, error, result = directory;

	if (directory < 0)
		return directory;
	fd = openat(directory, "initxd", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0500);
	error = fd < 0 ? -errno : copy_image(from, fd, size);
	if (fd >= 0)
		close(fd);
	if (error == 0) {
		result = openat(directory, "initxd", O_RDONLY | O_CLOEXEC);
		if (result < 0)
			error = -errno;
	}
	close(directory);
	return error < 0 ? error : result;
}

static int is_executable(int fd, const struct stat *file)
{
	unsigned char head[20];

	return S_ISREG(file->st_mode) && file->st_size > 64 && file->st_size <= IMAGE_MAX
		&& pread(fd, head, sizeof head, 0) == sizeof head
		&& __builtin_memcmp(head, "\177ELF\2\1", 6) == 0 && head[18] == 62 /* EM_X86_64 */;
}

/* Copies an executable. The new descriptor and its kind, or a negative errno. */
int image_hold(int source, uint32_t *kind)
{
	struct stat file;
	int fd;

	if (fstat(source, &file) < 0)
		return -errno;
	if (!is_executable(source, &file))
		return -ENOEXEC;
	*kind = INITX_IMAGE_MEMFD;
	fd = into_memfd(source, file.st_size);
	if (fd == -EACCES || fd == -EPERM) {
		*kind = INITX_IMAGE_TMPFS;
		fd = into_tmpfs(source, file.st_size);
	}
	return fd;
}

/* Our own executable: by /proc, else by the name the kernel was given, if that still is us. */
static int open_self(void)
{
	extern const unsigned char __ehdr_start[64];
	unsigned char head[64];
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	fd = shim.image_path ? open(shim.image_path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd >= 0 && (pread(fd, head, sizeof head, 0) != sizeof head
			|| __builtin_memcmp(head, __ehdr_start, sizeof head) != 0)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* First start: fills INITX_FD_IMAGE. Without an image exec.c is left with the path. */
void image_hold_self(void)
{
	int source = open_self();
	uint32_t kind = INITX_IMAGE_NONE;
	int fd;

	if (source < 0)
		return;
	fd = image_hold(source, &kind);
	if (fd < 0) {
		fd = source;
		kind = INITX_IMAGE_FILE;
	} else {
		close(source);
	}
	if (fd == INITX_FD_IMAGE ? fd_set_cloexec(fd, 0) >= 0 : dup3(fd, INITX_FD_IMAGE, 0) >= 0) {
		shim.box->state.image_kind = kind;
		BOX_SEAL(&shim.box->state);
	}
	if (fd != INITX_FD_IMAGE)
		close(fd);
}
