/*
 * Making a process: the parent's half. spawn_child.c is the child's.
 *
 * The child shares our memory until its execve (CLONE_VM) and we do not wait for it (no
 * CLONE_VFORK: PID 1 would wait for the child's disk reads). So everything it reads, and its stack,
 * lies in a block of its own that nobody frees or moves before the kernel says that the child has
 * left our memory, by execve or exit: it clears block->child then (CLONE_CHILD_CLEARTID).
 *
 *	block:	guard page | stack | struct child | arguments, environment, path ...
 *
 * How the child fared comes through the status pipe: end of file after the execve, a report before
 * it when a step failed.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"
#include "spawn.h"

#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND 0x100000000ULL
#endif
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif

#define BLOCKS 256		/* spawns between clone and exec */
#define BLOCKS_KEPT 8		/* free ones that stay mapped */
#define WAIT_MS 20
#define GUARD 4096
#define STACK 16384
#define USUAL_SIZE 65536
#define LARGEST (4u << 20)
#define STRINGS_MAX 65536

struct block {
	char *base;
	size_t size;
	int child;	/* nonzero while a child may use the block */
};

static struct block blocks[BLOCKS];

static int is_free(const struct block *block)
{
	return __atomic_load_n(&block->child, __ATOMIC_ACQUIRE) == 0;
}

int initx_spawn_pending(void)
{
	int pending = 0;

	for (int i = 0; i < BLOCKS; i++)
		pending += !is_free(&blocks[i]);
	return pending;
}

static void unmap(struct block *block)
{
	if (block->base)
		munmap(block->base, block->size);
	block->base = NULL;
}

static int map(struct block *block, size_t size)
{
	unmap(block);
	block->size = size > USUAL_SIZE ? size : USUAL_SIZE;
	block->base = mmap(NULL, block->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (block->base == MAP_FAILED) {
		block->base = NULL;
		return -ENOMEM;
	}
	return mprotect(block->base, GUARD, PROT_NONE) < 0 ? -errno : 0;
}

/* Of the free ones the lowest that is large enough, else the lowest; what a burst left is given
 * back on the way. */
static struct block *choose(size_t size)
{
	struct block *lowest = NULL;
	int mapped = 0;

	for (struct block *block = blocks; block < blocks + BLOCKS; block++) {
		if (!is_free(block))
			continue;
		if (block->base && block->size >= size)
			return block;
		if (!lowest)
			lowest = block;
		if (block->base && (block->size > USUAL_SIZE || ++mapped > BLOCKS_KEPT))
			unmap(block);
	}
	return lowest;
}

/* Children between clone and exec are usually microseconds from it: all blocks in use is worth a
 * short wait. 0 or a negative errno. */
static int block_take(size_t size, struct block **taken)
{
	*taken = choose(size);
	for (int i = 0; i < WAIT_MS && !*taken; i++) {
		raw_sleep_ms(1);
		*taken = choose(size);
	}
	if (!*taken)
		return -EAGAIN;
	return (*taken)->base && (*taken)->size >= size ? 0 : map(*taken, size);
}

/* ---- filling the block ---- */

struct room {
	char *at, *end;
};

static void *put(struct room *room, const void *bytes, size_t size)
{
	char *place = room->at;

	if (!bytes)
		return NULL;
	__builtin_memcpy(place, bytes, size);
	room->at += (size + 7) & ~(size_t)7;
	return place;
}

static size_t string_size(const char *string)
{
	return string ? __builtin_strlen(string) + 1 : 0;
}

/* A block of `count` strings must end in a NUL and hold exactly that many. */
static int is_well_formed(const char *block, uint32_t size, uint32_t count)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < size; i++)
		found += block[i] == 0;
	return found == count && (size == 0 || block[size - 1] == 0);
}

static char **put_vector(struct room *room, const char *strings, uint32_t size, uint32_t count)
{
	char *copy = size ? put(room, strings, size) : NULL;
	char **vector = (char **)room->at;

	for (uint32_t i = 0; i < count; i++) {
		vector[i] = copy;
		copy += __builtin_strlen(copy) + 1;
	}
	vector[count] = NULL;
	room->at += (count + 1) * sizeof *vector;
	return vector;
}

/* Entries whose value is the child's own pid: ten zeros, as SpawnRequest says; on their way through
 * initx-exec they carry its mark. */
static void find_pid_entries(struct child *child)
{
	static const char *const marks[] = {
		"LISTEN_PID=0000000000", "WATCHDOG_PID=0000000000", "SYSTEMD_EXEC_PID=0000000000",
	};

	for (char **entry = child->environment; *entry; entry++)
		for (int i = 0; i < CHILD_PIDS; i++)
			if (!child->pid_at[i]
					&& __builtin_strcmp(*entry + (**entry == '@'), marks[i]) == 0)
				child->pid_at[i] = *entry + __builtin_strlen(*entry) - 10;
}

static size_t needed(const struct initx_spawn *request)
{
	return GUARD + STACK + sizeof(struct child) + 128
		+ string_size(request->path) + string_size(request->directory)
		+ request->arguments_size + request->environment_size
		+ (request->arguments_count + request->environment_count + 2) * sizeof(char *)
		+ request->listen_count * sizeof(int32_t)
		+ request->limits_count * sizeof(struct initx_limit)
		+ request->groups_count * sizeof(uint32_t);
}

static int check_request(const struct initx_spawn *request)
{
	if (!request->path || request->path[0] != '/' || request->arguments_count == 0
			|| request->limits_count > 16 || request->listen_count > 1024
			|| request->groups_count > 65536 || request->slot >= INITX_SLOT_LIMIT
			|| !is_well_formed(request->arguments, request->arguments_size,
				request->arguments_count)
			|| !is_well_formed(request->environment, request->environment_size,
				request->environment_count))
		return -EINVAL;
	if (request->arguments_size > LARGEST || request->environment_size > LARGEST
			|| request->arguments_count > STRINGS_MAX
			|| request->environment_count > STRINGS_MAX)
		return -E2BIG;
	return 0;
}

static struct child *fill(char *base, size_t size, const struct initx_spawn *request)
{
	struct room room = { base + GUARD + STACK, base + size };
	struct child *child = (struct child *)room.at;

	room.at += sizeof *child;
	__builtin_memset(child, 0, sizeof *child);
	child->request = *request;
	child->request.path = put(&room, request->path, string_size(request->path));
	child->request.directory = put(&room, request->directory, string_size(request->directory));
	child->request.listen_fds = put(&room, request->listen_fds,
		request->listen_count * sizeof(int32_t));
	child->request.limits = put(&room, request->limits,
		request->limits_count * sizeof(struct initx_limit));
	child->request.groups = put(&room, request->groups, request->groups_count * sizeof(uint32_t));
	child->arguments = put_vector(&room, request->arguments, request->arguments_size,
		request->arguments_count);
	child->environment = put_vector(&room, request->environment, request->environment_size,
		request->environment_count);
	find_pid_entries(child);
	return child;
}

/* ---- clone ---- */

/* The child comes back from the system call on its own, empty stack, so it must not return. */
static long clone_raw(long number, long a, long b, long c, long d, long e, struct child *child)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register struct child *r12 __asm__("r12") = child;
	long result;

	__asm__ volatile(
		"syscall\n\t"
		"test %%rax, %%rax\n\t"
		"jnz 1f\n\t"
		"xor %%ebp, %%ebp\n\t"
		"mov %%r12, %%rdi\n\t"
		"call *%[run]\n\t"
		"ud2\n"
		"1:"
		: "=a"(result)
		: "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r12),
			[run] "r"(spawn_child)
		: "rcx", "r11", "r9", "memory");
	return result;
}

static int *pid_target(const struct child *child, int *spare)
{
	return child->request.slot >= 0 && shim.box ? &shim.box->slots[child->request.slot].pid : spare;
}

static long clone_modern(struct child *child, struct block *block, int *pid, int *pidfd,
	int with_cgroup)
{
	struct clone_args args = {
		.flags = CLONE_VM | CLONE_PIDFD | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID
			| CLONE_CLEAR_SIGHAND,
		.pidfd = (uintptr_t)pidfd,
		.parent_tid = (uintptr_t)pid,
		.child_tid = (uintptr_t)&block->child,
		.exit_signal = SIGCHLD,
		.stack = (uintptr_t)(block->base + GUARD),
		.stack_size = STACK,
	};

	if (with_cgroup) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)child->request.cgroup;
	}
	return clone_raw(SYS_clone3, (long)&args, sizeof args, 0, 0, 0, child);
}

/* Where clone3 is refused. No handler of ours may run in the child, so it starts with all blocked;
 * PIDFD and PARENT_SETTID share an argument in clone, and the pid is the one that must not be lost. */
static long clone_old(struct child *child, struct block *block, int *pid, int *pidfd)
{
	uint64_t all = ~SHIM_FATAL_SIGNALS, mask;
	long result;

	raw_sigmask(SIG_SETMASK, &all, &mask);
	result = clone_raw(SYS_clone, CLONE_VM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD,
		(long)(block->base + GUARD + STACK), (long)pid, (long)&block->child, 0, child);
	raw_sigmask(SIG_SETMASK, &mask, NULL);
	if (result > 0)
		*pidfd = (int)raw(SYS_pidfd_open, result, 0);	/* not reaped yet: it cannot be another */
	return result;
}

static int is_cgroup_refused(long error)
{
	return error == -EBUSY || error == -EOPNOTSUPP || error == -ENODEV || error == -EACCES
		|| error == -EBADF;
}

static long make_process(struct child *child, struct block *block, struct initx_spawned *out)
{
	int spare = 0, pidfd = -1;
	int *pid = pid_target(child, &spare);
	int join = (child->request.flags & INITX_SPAWN_JOIN_CGROUP) != 0;
	int with_cgroup = child->request.cgroup >= 0 && !join;
	long result;

	child->join_cgroup = child->request.cgroup >= 0 && join;
	block->child = 1;
	result = clone_modern(child, block, pid, &pidfd, with_cgroup);
	if (with_cgroup && is_cgroup_refused(result)) {
		out->fallback |= INITX_FALLBACK_CGROUP;
		child->join_cgroup = 1;
		result = clone_modern(child, block, pid, &pidfd, 0);
	}
	if (result == -ENOSYS || result == -EPERM || result == -EINVAL || result == -E2BIG) {
		out->fallback |= INITX_FALLBACK_CLONE;
		child->join_cgroup = child->request.cgroup >= 0;
		result = clone_old(child, block, pid, &pidfd);
	}
	if (result < 0)
		block->child = 0;
	out->pid = (int)result;
	out->pidfd = pidfd;
	return result;
}

int initx_spawn(const struct initx_spawn *request, struct initx_spawned *out)
{
	int error = check_request(request), pipe[2];
	struct block *block;
	struct child *child;
	long result;

	*out = (struct initx_spawned){ .pidfd = -1, .status_fd = -1 };
	if (error < 0)
		return error;
	error = block_take((needed(request) + 4095) & ~(size_t)4095, &block);
	if (error < 0)
		return error;
	if (pipe2(pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	child = fill(block->base, block->size, request);
	child->status = pipe[1];
	spawn_test_point(0);
	result = make_process(child, block, out);
	spawn_test_point(1);
	close(pipe[1]);
	if (result < 0) {
		close(pipe[0]);
		return (int)result;
	}
	out->status_fd = pipe[0];
	return 0;
}

/* 0: executed. 1: failed. -EAGAIN: neither yet. The descriptor is closed unless it is -EAGAIN. */
int initx_spawn_status(int status_fd, struct initx_spawn_report *out)
{
	long got;

	*out = (struct initx_spawn_report){ 0 };
	got = raw(SYS_read, status_fd, out, sizeof *out);
	out->text[sizeof out->text - 1] = 0;
	if (got < 0)
		return (int)got;
	close(status_fd);
	return got > 0;
}
