/*
 * An alternate signal stack for every thread. Without one a stack overflow on a thread the runtime
 * made (its finalizer, at least) has nowhere to run a handler, and the kernel kills the process.
 * The link replaces pthread_create by the wrapper below (-Wl,--wrap=pthread_create).
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "internal.h"

#define STACK_SIZE 32768
#define GUARD_SIZE 4096

int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
	void *argument);

struct start {
	void *(*function)(void *);
	void *argument;
};

/* Kept until the process ends: the threads of this program do too. */
void thread_signal_stack(void)
{
	char *memory = mmap(NULL, GUARD_SIZE + STACK_SIZE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	stack_t stack = { .ss_sp = memory + GUARD_SIZE, .ss_size = STACK_SIZE };

	if (memory == MAP_FAILED)
		return;
	mprotect(memory, GUARD_SIZE, PROT_NONE);
	sigaltstack(&stack, NULL);
}

static void *run(void *argument)
{
	struct start start = *(struct start *)argument;

	free(argument);
	thread_signal_stack();
	return start.function(start.argument);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*function)(void *),
	void *argument)
{
	struct start *start = shim.active ? malloc(sizeof *start) : NULL;
	int error;

	if (!start)	/* a tool run, or no memory: a thread without the stack is still a thread */
		return __real_pthread_create(thread, attr, function, argument);
	start->function = function;
	start->argument = argument;
	error = __real_pthread_create(thread, attr, run, start);
	if (error)
		free(start);
	return error;
}
