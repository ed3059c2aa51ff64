/*
 * Where clone3(2) answers EPERM: the filter of a container manager older than the call. glibc (2.34
 * and later) makes its threads with it and falls back to clone(2) for ENOSYS only, so that no
 * program with threads starts there, this one included. Two remedies:
 *
 *	within this program, the link replaces glibc's own __clone3 by the wrapper below
 *	(-Wl,--wrap=__clone3), which says ENOSYS;
 *	for all that it starts (the prepare helper, initx, services), where we may add a filter, one
 *	is laid over the old one that says ENOSYS: of two refusals the newer one's errno counts
 *	(seccomp(2)). It takes nothing away, the call was refused before.
 *
 * Never with PR_SET_NO_NEW_PRIVS, which services would inherit: without CAP_SYS_ADMIN only the
 * first remedy is left.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "internal.h"

struct clone_args;

/* Weak: a program that is not static has libc's own, which nothing of ours reaches. */
int __real___clone3(struct clone_args *args, size_t size, int (*function)(void *), void *argument)
	__attribute__((weak));
int __wrap___clone3(struct clone_args *args, size_t size, int (*function)(void *), void *argument);

int __wrap___clone3(struct clone_args *args, size_t size, int (*function)(void *), void *argument)
{
	int result = __real___clone3(args, size, function, argument);

	if (result == -1 && errno == EPERM)
		errno = ENOSYS;		/* a true EPERM is what clone(2) will say as well */
	return result;
}

void clone3_make_absent(void)
{
	/* The same number on every architecture of this kernel. */
	static struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof code / sizeof *code, code };

	/* Where the call is known, arguments of no size are EINVAL. */
	if (raw(SYS_clone3, NULL, 0) == -EPERM)
		raw(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}
