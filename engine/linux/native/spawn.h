/* Between spawn.c and spawn_child.c. */
#ifndef INITX_SPAWN_H
#define INITX_SPAWN_H

#include "internal.h"

#define CHILD_PIDS 3

/* All that the child reads; it lies in the spawn's own block. */
struct child {
	struct initx_spawn request;	/* its pointers lead into the block */
	char **arguments, **environment;
	char *pid_at[CHILD_PIDS];	/* ten digits in the environment, for its pid */
	int status;			/* write end of the status pipe */
	int join_cgroup;		/* CLONE_INTO_CGROUP was refused */
};

void spawn_child(struct child *child) __attribute__((noreturn));

/* crashtest.c: a crash right before or after the clone, when a test asked for it. */
void spawn_test_point(int after);

#endif
