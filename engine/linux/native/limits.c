/*
 * rlimits. PID 1 needs its own soft limits at the hard ones, whatever started it set: a soft limit
 * of 0 on files, locked memory or processes would stop it, and one on memory can keep the runtime
 * from starting again. What was found is kept in the box: children get it back, and so does every
 * next image before its execve, so that it starts as the first one did.
 */
#include <sys/resource.h>

#include "internal.h"

static const int resources[BOX_LIMITS] = {
	RLIMIT_NOFILE, RLIMIT_CORE, RLIMIT_NPROC, RLIMIT_MEMLOCK, RLIMIT_FSIZE,
	RLIMIT_AS, RLIMIT_DATA, RLIMIT_CPU, RLIMIT_SIGPENDING,
};

/*
 * The soft limit a child starts with: what was found, unless no service can live with 0 of it. Files
 * are 1024 whatever was found, as systemd has it (DefaultLimitNOFILE): select(2) breaks above.
 */
static rlim_t livable(int resource, const struct rlimit *original)
{
	rlim_t usual = resource == RLIMIT_NOFILE ? 1024
		: resource == RLIMIT_MEMLOCK ? 8 << 20
		: resource == RLIMIT_CORE ? 0
		: RLIM_INFINITY;

	if (original->rlim_cur != 0 && resource != RLIMIT_NOFILE)
		return original->rlim_cur;
	return usual < original->rlim_max ? usual : original->rlim_max;
}

static long limit(int resource, const struct rlimit *set, struct rlimit *get)
{
	return raw(SYS_prlimit64, 0, resource, set, get);
}

void limits_raise(struct box_limits *original)
{
	for (int i = 0; i < BOX_LIMITS; i++) {
		struct rlimit *found = &original->original[i];

		if (limit(resources[i], NULL, found) < 0) {
			found->rlim_cur = found->rlim_max = RLIM_INFINITY;
			continue;
		}
		struct rlimit raised = { found->rlim_max, found->rlim_max };

		limit(resources[i], &raised, NULL);
	}
	BOX_SEAL(original);
}

/* In a handler: the box is read, nothing else. */
void limits_restore(void)
{
	const struct box_limits *limits = &shim.box->limits;

	if (!BOX_VALID(limits))
		return;
	for (int i = 0; i < BOX_LIMITS; i++)
		limit(resources[i], &limits->original[i], NULL);
}

/* In a child that shares our memory. The resource that was refused, else -1. */
int limits_restore_child(void)
{
	const struct box_limits *limits = &shim.box->limits;

	if (!BOX_VALID(limits))
		return -1;
	for (int i = 0; i < BOX_LIMITS; i++) {
		struct rlimit wanted = limits->original[i];

		wanted.rlim_cur = livable(resources[i], &wanted);
		if (limit(resources[i], &wanted, NULL) < 0)
			return resources[i];
	}
	return -1;
}
