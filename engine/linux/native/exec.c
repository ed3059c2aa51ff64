/*
 * The way out: the next image. Runs in signal handlers of a process that may be broken, so raw
 * system calls and memory prepared at the start, nothing else.
 */
#include <errno.h>
#include <fcntl.h>
#include <time.h>

#include "internal.h"

/* The box's state was overwritten or torn: counters are lost, images are looked for. */
static void recover_state(struct box_state *state)
{
	if (BOX_VALID(state))
		return;
	__builtin_memset(state, 0, sizeof *state);
	if (descriptor_is_image(INITX_FD_IMAGE))
		state->image_kind = INITX_IMAGE_MEMFD;
	if (descriptor_is_image(INITX_FD_PREVIOUS))
		state->previous_kind = INITX_IMAGE_MEMFD;
}

static int exec_fd(int fd)
{
	return (int)raw(SYS_execveat, fd, "", shim.argv, shim.envp, AT_EMPTY_PATH);
}

/* Returns only on failure, with the first errno: the image that was asked for. */
int exec_image(int rung)
{
	/* Blocked and pending signals survive execve: a SIGCHLD of this moment reaches the next
	 * image. A fatal signal must not stay blocked, the kernel kills where it cannot deliver. */
	uint64_t mask = SHIM_MANAGED_SIGNALS;
	int first = rung == INITX_RUNG_PREVIOUS ? INITX_FD_PREVIOUS : INITX_FD_IMAGE;
	int error;

	raw_sigmask(SIG_SETMASK, &mask, NULL);
	if (shim.box)
		limits_restore();
	error = exec_fd(first);
	exec_fd(first == INITX_FD_IMAGE ? INITX_FD_PREVIOUS : INITX_FD_IMAGE);
	raw(SYS_execve, "/proc/self/exe", shim.argv, shim.envp);
	if (shim.image_path)
		raw(SYS_execve, shim.image_path, shim.argv, shim.envp);
	return error;
}

/* After leave() recorded a cause. Returns when no image could be executed. */
void exec_next(void)
{
	struct box_state *state = &shim.box->state;
	struct initx_cause *cause = &shim.box->cause;

	recover_state(state);
	state->next_reason = cause->reason;
	cause->rung = ladder_step(cause->reason, cause->healthy_ns, cause->time_ns);
	cause->rapid = state->rapid;
	BOX_SEAL(cause);
	BOX_SEAL(state);
	initx_watchdog_feed();
	/* Memory may be short only for a moment. */
	for (int i = 0; i < 10; i++) {
		int error = exec_image((int)cause->rung);

		if (error != -ENOMEM && error != -EAGAIN)
			break;
		raw_sleep_ms(20);
	}
}

/* Puts a new image in place of the current one, which becomes the previous. *spare holds what was
 * the previous one, in case the exec is refused. 0 or a negative errno. */
static int change_image(int source, const char *version, uint32_t length, int *spare)
{
	struct box_state *state = &shim.box->state;
	uint32_t kind;
	int fd = image_hold(source, &kind);
	int error;

	if (fd < 0)
		return fd;
	if (length >= INITX_IMAGE_VERSION_MAX)
		length = INITX_IMAGE_VERSION_MAX - 1;
	*spare = (int)raw(SYS_fcntl, INITX_FD_PREVIOUS, F_DUPFD_CLOEXEC, 3);
	error = (int)raw(SYS_dup3, INITX_FD_IMAGE, INITX_FD_PREVIOUS, 0);
	if (error >= 0)
		error = (int)raw(SYS_dup3, fd, INITX_FD_IMAGE, 0);
	raw(SYS_close, fd);
	if (error < 0)
		return error;
	state->previous_kind = state->image_kind;
	state->image_kind = kind;
	state->image_changed = IMAGE_FRESH;
	state->image_ns = raw_clock_ns(CLOCK_BOOTTIME);
	__builtin_memset(state->image_version, 0, sizeof state->image_version);
	__builtin_memcpy(state->image_version, version, length);
	return 0;
}

static void undo_change(int spare)
{
	raw(SYS_dup3, INITX_FD_PREVIOUS, INITX_FD_IMAGE, 0);
	if (spare >= 0)
		raw(SYS_dup3, spare, INITX_FD_PREVIOUS, 0);
	else
		raw(SYS_close, INITX_FD_PREVIOUS);
	descriptors_keep_numbers();
}

int initx_reexec(int image_fd, const char *version, uint32_t version_length)
{
	struct box_state before;
	struct box_limits raised;
	int error, spare = -1;

	if (!shim.box)
		return -ENODEV;
	recover_state(&shim.box->state);
	initx_hold_image();
	before = shim.box->state;
	if (image_fd >= 0 && before.image_kind == INITX_IMAGE_NONE)
		return -ENOENT;		/* nothing to go back to: an upgrade would have no net */
	error = image_fd >= 0 ? change_image(image_fd, version, version_length, &spare) : 0;
	if (error >= 0) {
		shim.box->state.next_reason = INITX_PLANNED;
		shim.box->state.reexecs++;
		BOX_SEAL(&shim.box->state);
		initx_watchdog_feed();
		limits_restore();
		error = exec_fd(shim.box->state.rung == INITX_RUNG_PREVIOUS && image_fd < 0
			? INITX_FD_PREVIOUS : INITX_FD_IMAGE);
		limits_raise(&raised);
		if (image_fd >= 0)
			undo_change(spare);
	}
	/* Refused: this image goes on as if nothing had been asked. */
	shim.box->state = before;
	BOX_SEAL(&shim.box->state);
	if (spare >= 0)
		raw(SYS_close, spare);
	return error;
}

/* Stage 0 once more, with a clean environment or an argv. Returns when that is not possible. */
void exec_again(void)
{
	if (!shim.box || shim.box->state.image_kind == INITX_IMAGE_NONE)
		return;
	BOX_SEAL(&shim.box->state);
	exec_fd(INITX_FD_IMAGE);
}
