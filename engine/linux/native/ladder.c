/*
 * The ladder. A crash is rapid when less than 200 ms of healthy loop went before it. Five rapid ones
 * in a row, or more than 60 in 60 s of any kind, go one rung down; each minute of health goes one
 * up. The first crash within 60 s of an image change goes back to the image before it.
 *
 *	0 same image -> 1 previous image -> 2 without configuration -> 3 the C loop
 *
 * Rung 1 is left out while there is no previous image. After a retry from the C loop one rapid
 * crash is enough on each rung. Runs in signal handlers: plain loads and stores of the box.
 */
#include <errno.h>
#include <time.h>

#include "internal.h"

#define RAPID_NS (INITX_SECOND / 5)
#define RAPID_IN_A_ROW 5
#define MINUTE_NS (60 * INITX_SECOND)

uint32_t ladder_down(uint32_t rung)
{
	if (rung == INITX_RUNG_SAME && shim.box->state.previous_kind == INITX_IMAGE_NONE)
		return INITX_RUNG_BARE;
	return rung < INITX_RUNG_LOOP ? rung + 1 : INITX_RUNG_LOOP;
}

uint32_t ladder_up(uint32_t rung)
{
	if (rung == INITX_RUNG_BARE && shim.box->state.previous_kind == INITX_IMAGE_NONE)
		return INITX_RUNG_SAME;
	return rung > INITX_RUNG_SAME ? rung - 1 : INITX_RUNG_SAME;
}

/* Notes the crash; whether the one 60 crashes before it is less than a minute old. */
static int is_storm(struct box_state *state, uint64_t now)
{
	uint32_t at = state->crash_next % BOX_CRASH_TIMES;
	uint64_t oldest;

	state->crash_ns[at] = now;
	state->crash_next = (at + 1) % BOX_CRASH_TIMES;
	oldest = state->crash_ns[state->crash_next];
	return oldest != 0 && now - oldest < MINUTE_NS;
}

static void forget_crashes(struct box_state *state)
{
	state->rapid = 0;
	__builtin_memset(state->crash_ns, 0, sizeof state->crash_ns);
}

static int go_back(struct box_state *state, uint64_t now)
{
	if (!state->image_changed || now - state->image_ns >= MINUTE_NS
			|| state->previous_kind == INITX_IMAGE_NONE)
		return 0;
	/* The images change places: the one that failed stays at hand for rung 1. */
	int spare = (int)raw(SYS_fcntl, INITX_FD_IMAGE, 1030 /* F_DUPFD_CLOEXEC */, 3);
	uint32_t kind = state->image_kind;

	if (spare < 0 || raw(SYS_dup3, INITX_FD_PREVIOUS, INITX_FD_IMAGE, 0) < 0
			|| raw(SYS_dup3, spare, INITX_FD_PREVIOUS, 0) < 0)
		return 0;
	raw(SYS_close, spare);
	state->image_kind = state->previous_kind;
	state->previous_kind = kind;
	state->image_changed = 0;
	state->went_back = 1;
	return 1;
}

/* Counts what happened and chooses the rung of the next image. The caller seals the state. */
uint32_t ladder_step(uint32_t reason, uint64_t healthy_ns, uint64_t now)
{
	struct box_state *state = &shim.box->state;
	int storm = is_storm(state, now);

	if (reason == INITX_HANG)
		state->hangs++;
	else
		state->crashes++;
	state->went_back = 0;
	for (uint64_t minutes = healthy_ns / MINUTE_NS; minutes && state->rung; minutes--)
		state->rung = ladder_up(state->rung);
	if (healthy_ns >= MINUTE_NS)
		state->probing = state->retries = 0;
	state->rapid = healthy_ns < RAPID_NS ? state->rapid + 1 : 0;

	if (go_back(state, now)) {
		forget_crashes(state);
		return state->rung;
	}
	if (storm || state->rapid >= (state->probing ? 1 : RAPID_IN_A_ROW)) {
		state->rung = ladder_down(state->rung);
		forget_crashes(state);
	}
	return state->rung;
}

int initx_climb(void)
{
	if (!shim.box)
		return -ENODEV;
	static uint64_t climbed;
	struct box_state *state = &shim.box->state;
	uint64_t loop = shim.box->live.loop_ns, now = raw_clock_ns(CLOCK_BOOTTIME);

	if (state->rung == INITX_RUNG_SAME)
		return INITX_RUNG_SAME;
	if (loop == 0 || now - (climbed ? climbed : loop) < MINUTE_NS)
		return -EAGAIN;
	climbed = now;
	state->rung = ladder_up(state->rung);
	state->probing = state->retries = 0;
	forget_crashes(state);
	BOX_SEAL(state);
	return (int)state->rung;
}
