/*
 * The image that a crash goes to. A file's descriptor is no image on a dead disk, and a path none
 * without /proc or after an unlink, so the executable is copied into a sealed memfd at the first
 * start. Where executing a memfd is forbidden (vm.memfd_noexec=2) it is a file on a tmpfs that is
 * mounted nowhere; where that is not permitted either, the file itself, and the start says so.
 *
 * PID 1 runs from the held image too: a page of its own text must not come from a disk that can
 * die. The copy is the largest part of the way to the first service, so it is made when the first
 * ones are on their way (decision 0015): until then the file is the image, and afterwards the
 * mappings are moved over to the copy.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
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

/* Puts an image into INITX_FD_IMAGE; takes the descriptor. */
static int image_use(int fd, uint32_t kind)
{
	int error = fd == INITX_FD_IMAGE ? fd_set_cloexec(fd, 0) : dup3(fd, INITX_FD_IMAGE, 0);

	if (error >= 0) {
		shim.box->state.image_kind = kind;
		BOX_SEAL(&shim.box->state);
	}
	if (fd != INITX_FD_IMAGE)
		close(fd);
	return error < 0 ? -errno : 0;
}

/* First start: the file is the image. Without one exec.c is left with the path. */
void image_open_self(void)
{
	int source = open_self();
	struct stat file;

	if (source < 0)
		return;
	if (fstat(source, &file) == 0)
		readahead(source, 0, (size_t)file.st_size);	/* on its way when it is copied */
	image_use(source, INITX_IMAGE_FILE);
}

/* ---- running from the copy ---- */

#define PAGE 4096ul

struct extent {
	uintptr_t start, end;	/* whole pages */
	off_t offset;
	int protection;
};

static const Elf64_Ehdr *own_header(void)
{
	extern const unsigned char __ehdr_start[64];

	return (const Elf64_Ehdr *)__ehdr_start;
}

static uintptr_t address_of(const Elf64_Phdr *of)
{
	/* Position-independent or not: the first segment begins with the header. */
	return (own_header()->e_type == ET_DYN ? (uintptr_t)own_header() : 0) + of->p_vaddr;
}

/* The pages that the file gives to a segment; 0 when it gives none. */
static int extent_of(const Elf64_Phdr *of, struct extent *extent)
{
	extent->start = address_of(of) & ~(PAGE - 1);
	extent->end = (address_of(of) + of->p_filesz + PAGE - 1) & ~(PAGE - 1);
	extent->offset = (off_t)(of->p_offset & ~(PAGE - 1));
	extent->protection = (of->p_flags & PF_R ? PROT_READ : 0)
		| (of->p_flags & PF_W ? PROT_WRITE : 0) | (of->p_flags & PF_X ? PROT_EXEC : 0);
	return of->p_type == PT_LOAD && of->p_filesz > 0;
}

static const Elf64_Phdr *segment(int i)
{
	const Elf64_Phdr *first = (const void *)((const char *)own_header() + own_header()->e_phoff);

	return i < own_header()->e_phnum ? first + i : NULL;
}

/*
 * Pages that are written get memory of their own while there is one thread: nothing of them may be
 * read from the file later, and no mapping of the file may be left. From the copy to the mremap
 * nothing but the stack and registers is written.
 */
static void data_own(const struct extent *data)
{
	size_t size = data->end - data->start;
	long copy = raw(SYS_mmap, 0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (copy < 0)
		return;
	__builtin_memcpy((void *)copy, (const void *)data->start, size);
	if (raw(SYS_mremap, copy, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, data->start) < 0)
		raw(SYS_munmap, copy, size);
}

/* Called in stage 0. Where it fails, the pages stay the file's until they are written. */
void image_own_data(void)
{
	struct extent extent;
	const Elf64_Phdr *at;

	for (int i = 0; (at = segment(i)); i++)
		if (extent_of(at, &extent) && extent.protection & PROT_WRITE)
			data_own(&extent);
	for (int i = 0; (at = segment(i)); i++)
		if (at->p_type == PT_GNU_RELRO) {	/* libc had made it read-only */
			uintptr_t start = address_of(at) & ~(PAGE - 1);

			raw(SYS_mprotect, start, ((address_of(at) + at->p_memsz) & ~(PAGE - 1)) - start,
				PROT_READ);
		}
}

/*
 * Code and constants are the same bytes in the copy, and a MAP_FIXED mapping takes the place of the
 * old one in one step for every thread that runs in it. The name in /proc/1/exe follows where that
 * is permitted, so that the file system of the file can be unmounted.
 */
static int run_from(int image)
{
	struct extent extent;
	const Elf64_Phdr *at;
	int error = 0;

	for (int i = 0; (at = segment(i)); i++) {
		if (!extent_of(at, &extent) || extent.protection & PROT_WRITE)
			continue;
		if (raw(SYS_mmap, extent.start, extent.end - extent.start, extent.protection,
				MAP_PRIVATE | MAP_FIXED, image, extent.offset) < 0)
			error = -ENOMEM;
	}
	raw(SYS_prctl, PR_SET_MM, PR_SET_MM_EXE_FILE, image, 0, 0);
	return error;
}

/* Copies the file that is the image still, and lets PID 1 run from the copy. The kind that the
 * image is of, or a negative errno: then it stays what it was. */
int initx_hold_image(void)
{
	uint32_t kind = INITX_IMAGE_NONE;
	int fd, error = 0;

	if (!shim.box)
		return -ENODEV;
	if (shim.box->state.image_kind != INITX_IMAGE_FILE)
		return (int)shim.box->state.image_kind;
	fd = image_hold(INITX_FD_IMAGE, &kind);
	if (fd < 0)
		return fd;
	if (shim.is_pid1 && shim.phase == PHASE_MANAGED)
		error = run_from(fd);
	if (error >= 0)
		error = image_use(fd, kind);
	return error < 0 ? error : (int)kind;
}
