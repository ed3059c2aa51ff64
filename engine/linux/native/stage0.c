/*
 * Stage 0: before the runtime starts. Whatever started this program, from here on it is the same
 * process: known signals, limits, descriptors, environment. See environment.c, limits.c,
 * descriptors.c for what each does; here is the order, which matters:
 *
 *	handlers before anything that can crash; limits before the first memfd (a soft limit of 0 on
 *	the file size would be a SIGXFSZ); the box before the sweep that closes what it does not list;
 *	the image before the only exec that stage 0 itself may do.
 */
#include <errno.h>
#include <linux/membarrier.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "internal.h"

struct shim shim;

/*
 * Only what is not the default is set: giving SIGCHLD its default again would discard the one that
 * is pending from before the exec. A handler cannot be inherited, SIG_IGN can; an ignored SIGCHLD
 * would mean children without exit status.
 */
static void signals_reset(void)
{
	static const struct raw_action standard;
	struct raw_action found;

	for (int signal = 1; signal <= 64; signal++)
		if (raw(SYS_rt_sigaction, signal, NULL, &found, sizeof(uint64_t)) == 0 && found.handler)
			raw(SYS_rt_sigaction, signal, &standard, NULL, sizeof(uint64_t));
}

/* Blocked before there is a second thread: one that has SIGCHLD open would swallow it. */
static void signals_block(void)
{
	uint64_t mask = SHIM_MANAGED_SIGNALS;

	raw_sigmask(SIG_SETMASK, &mask, NULL);
}

/* A run that answers and ends. PID 1 is never one: it does not end. */
static int is_tool(int argc, char **argv)
{
	static const char *const words[] = { "--version", "--help", "--test-config", "--check-state" };

	if (shim.is_pid1)
		return 0;
	for (int i = 1; i < argc; i++)
		for (size_t word = 0; word < sizeof words / sizeof *words; word++)
			if (strcmp(argv[i], words[word]) == 0)
				return 1;
	return 0;
}

static void choose_box(const struct box_limits *found)
{
	int attached = box_attach();

	if (attached != 1 && box_create() < 0)
		return;		/* runs without: a crash then ends in the C loop */
	if (attached != 1) {
		shim.box->limits = *found;
		shim.box->state.next_reason = attached < 0 ? INITX_LOST : INITX_FIRST;
		shim.box->state.first_flags = shim.flags & (INITX_ENV_DROPPED | INITX_STDIO_OPENED);
		shim.box->state.env_dropped = shim.env_dropped;
	}
	shim.reason = shim.box->state.next_reason;
	shim.box->live.loop_ns = 0;
	shim.box->live.busy = 0;
	shim.box->event.active = 0;
}

static void count_start(void)
{
	struct box_state *state = &shim.box->state;

	state->starts++;
	if (state->image_changed == IMAGE_FRESH) {
		shim.flags |= INITX_IMAGE_CHANGED;
		state->image_changed = IMAGE_PROBATION;
	}
	if (state->went_back)
		shim.flags |= INITX_IMAGE_CHANGED | INITX_WENT_BACK;
	state->went_back = 0;
	BOX_SEAL(state);
}

static void normalise(void)
{
	umask(022);
	setpriority(PRIO_PROCESS, 0, 0);	/* a user's manager may not raise it: then it stays */
	prctl(PR_SET_NAME, "initxd");		/* an exec by descriptor is named after its number */
}

/*
 * The runtime registers for membarrier(2) when it starts. Of a process with one thread that is a
 * store; of one with two (our watchdog) it is a wait for an RCU grace period: 10 ms of every start.
 */
static void barrier_register(void)
{
	raw(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
}

static void stage0(int argc, char **argv, char **envp)
{
	struct box_limits found;
	int again = argc <= 0 || environment_reaches_libc(envp);

	shim.start_ns = raw_clock_ns(CLOCK_BOOTTIME);
	signals_block();
	signals_reset();
	thread_signal_stack();
	crash_handlers();
	shim.image_path = (const char *)getauxval(AT_EXECFN);
	environment_save(argc, argv, envp);
	normalise();
	clone3_make_absent();
	limits_raise(&found);
	descriptors_standard();
	choose_box(&found);
	descriptors_sweep();
	if (!shim.box)
		return;
	if (shim.box->state.image_kind == INITX_IMAGE_NONE)
		image_open_self();
	/* Only the first start is in a hurry; one after an early crash copies before all else. */
	if (shim.reason != INITX_FIRST && shim.box->state.image_kind == INITX_IMAGE_FILE
			&& initx_hold_image() > 0)
		again |= shim.is_pid1;
	if (again)
		exec_again();
	if (shim.is_pid1 && shim.box->state.image_kind == INITX_IMAGE_FILE)
		image_own_data();
	count_start();
	if (shim.box->state.rung >= INITX_RUNG_LOOP)
		last_resort();
	shim.phase = PHASE_RUNTIME;
	crash_exit_hook();
	barrier_register();
	descriptors_keep_numbers();
	descriptors_reserve();
	watchdog_start();
}

static void stage0_tool(int argc, char **argv, char **envp)
{
	shim.flags |= INITX_IS_TOOL;
	environment_save(argc, argv, envp);
}

#ifndef INITX_SHIM_LIBRARY	/* the layout test loads this code into a foreign process */
__attribute__((constructor(101)))
#endif
void initx_stage0(int argc, char **argv, char **envp);

void initx_stage0(int argc, char **argv, char **envp)
{
	shim.pid = (int)raw(SYS_getpid);
	shim.is_pid1 = shim.pid == 1;
	if (shim.is_pid1)
		shim.flags |= INITX_IS_PID1;
	if (is_tool(argc, argv)) {
		stage0_tool(argc, argv, envp);
		return;
	}
	shim.active = 1;
	stage0(argc, argv, envp);
}

int initx_shim_version(void)
{
	return INITX_SHIM_VERSION;
}

/* The first act of Main. */
int initx_install(void)
{
	int error;

	if (!shim.active)
		return 0;
	error = crash_install();
	if (error < 0)
		return error;
	shim.phase = PHASE_MANAGED;
	if (!shim.box)
		return 0;
	if (shim.flags & INITX_NO_WATCHDOG)
		watchdog_start();
	if (BOX_VALID(&shim.box->switches) && shim.box->switches.crash_at_start) {
		shim.box->switches.crash_at_start--;
		BOX_SEAL(&shim.box->switches);
		__builtin_trap();
	}
	return 0;
}

int initx_start_info(struct initx_start *out)
{
	*out = (struct initx_start){
		.version = INITX_SHIM_VERSION, .flags = shim.flags, .reason = shim.reason,
		.fds_closed = shim.fds_closed, .fds_held = shim.fds_held, .signal_mask = SHIM_MANAGED_SIGNALS, .start_ns = shim.start_ns,
	};
	if (!shim.box)
		return 0;
	const struct box_state *state = &shim.box->state;

	out->flags |= state->first_flags;
	out->env_dropped = state->env_dropped;
	out->rung = state->rung;
	out->starts = state->starts;
	out->crashes = state->crashes;
	out->hangs = state->hangs;
	out->reexecs = state->reexecs;
	out->image_kind = state->image_kind;
	out->previous_kind = state->previous_kind;
	out->first_ns = shim.box->header.first_ns;
	out->climb_ns = state->rung ? 60 * INITX_SECOND : 0;
	if (BOX_VALID(&shim.box->cause))
		out->cause = shim.box->cause;
	return 0;
}

void initx_note(const char *text, uint32_t length)
{
	if (length >= sizeof shim.note)
		length = sizeof shim.note - 1;
	shim.note[0] = 0;	/* a crash in here must not read half of it */
	for (uint32_t i = length; i-- > 0;)
		shim.note[i] = text[i];
	shim.note[length] = 0;
}

/* The exit of a container's PID 1, which ends all in it; no hook runs. The kernel panics when the
 * machine's own exits: the caller knows which it is. */
void initx_end(int status)
{
	raw(SYS_exit_group, status);
}

void initx_allow_exit(void)
{
	shim.exit_allowed = 1;
}
