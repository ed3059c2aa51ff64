/*
 * Every way in which this program can end against its will, and where each leads: leave().
 *
 * Two stages. Stage 1, from the constructor: handlers for the fatal signals, so that a crash while
 * the runtime starts is caught; the runtime then puts its own handlers for SIGSEGV and SIGFPE in
 * front and chains to these. Stage 2, the first act of Main: `outer` goes in front of the runtime's
 * two, because the runtime would turn a SIGSEGV sent by a process into a NullReferenceException at
 * a random instruction, and because its handler should not run on a stack that is used up. A
 * NullReferenceException or DivideByZeroException of managed code remains an exception.
 *
 * The exec happens on the main thread: from another one the kernel would signal every child that
 * asked for PR_SET_PDEATHSIG. So a crash elsewhere, and the watchdog, first ask the main thread by
 * INITX_SIGNAL_EXEC, and exec themselves only if it does not come within 200 ms.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <ucontext.h>

#include "internal.h"

#define NULL_AREA 65536		/* the runtime makes a NullReferenceException of faults below */
#define STACK_REACH (1 << 20)	/* a frame of this size may step over the guard page */
#define HANDLER_FLAGS (SA_SIGINFO | SA_ONSTACK | SA_NODEFER)

static const int fatal_signals[] = {
	SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS, SIGXCPU, SIGXFSZ,
};

static struct sigaction runtime_segv, runtime_fpe;
static int claimed_by;	/* tid of the thread whose crash this is */
static int recorded;	/* its cause is in the box */
static int leaving;	/* tid of the thread that execs */

static const char *signal_name(int signal)
{
	switch (signal) {
	case SIGSEGV: return "SIGSEGV";
	case SIGBUS: return "SIGBUS";
	case SIGILL: return "SIGILL";
	case SIGFPE: return "SIGFPE";
	case SIGABRT: return "SIGABRT";
	case SIGTRAP: return "SIGTRAP";
	case SIGSYS: return "SIGSYS";
	case SIGXCPU: return "SIGXCPU";
	case SIGXFSZ: return "SIGXFSZ";
	}
	return "signal";
}

static uint64_t stack_pointer(const void *context)
{
	return (uint64_t)((const ucontext_t *)context)->uc_mcontext.gregs[REG_RSP];
}

static int is_stack_overflow(const siginfo_t *info, const void *context)
{
	uint64_t at = (uint64_t)info->si_addr, stack = stack_pointer(context);

	return at >= NULL_AREA && at < stack + 4096 && at + STACK_REACH > stack;
}

/* The address as the symbol file has it, when it lies in this image. */
static uint64_t instruction(const void *context, int *in_image)
{
	extern const char __ehdr_start[], etext[];
	uint64_t at = (uint64_t)((const ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];

	*in_image = at >= (uint64_t)__ehdr_start && at < (uint64_t)etext;
	return *in_image ? at - (uint64_t)__ehdr_start : at;
}

static void describe(struct initx_cause *cause, const siginfo_t *info, const void *context)
{
	struct text text;
	int in_image = 0;

	text_begin(&text, cause->text, sizeof cause->text);
	if (cause->reason == INITX_CRASH) {
		text_add(&text, signal_name(cause->signal));
		if (info && info->si_code <= 0) {
			if (info->si_pid != shim.pid) {
				text_add(&text, " sent by process ");
				text_number(&text, (uint64_t)info->si_pid);
			}
		} else if (info && context && cause->signal == SIGSEGV
				&& is_stack_overflow(info, context)) {
			text_add(&text, ", stack overflow");
		} else if (info) {
			text_add(&text, ", address ");
			text_hex(&text, cause->address);
		}
		if (context) {
			cause->instruction = instruction(context, &in_image);
			text_add(&text, in_image ? ", at initxd+" : ", at ");
			text_hex(&text, cause->instruction);
		}
		if (cause->thread != shim.pid)
			text_add(&text, ", not on the main thread");
	} else {
		text_add(&text, cause->reason == INITX_HANG ? "the main loop made no progress"
			: cause->reason == INITX_START ? "the runtime did not start"
			: "Main returned or exit was called");
	}
	if (shim.note[0]) {
		text_add(&text, ": ");
		text_add(&text, shim.note);
	}
}

static void record(uint32_t reason, int thread, const siginfo_t *info, const void *context)
{
	struct initx_cause *cause = &shim.box->cause;
	const struct box_event *event = &shim.box->event;
	uint64_t loop = shim.box->live.loop_ns;

	__builtin_memset(cause, 0, sizeof *cause);
	cause->time_ns = raw_clock_ns(CLOCK_BOOTTIME);
	cause->healthy_ns = loop && cause->time_ns > loop ? cause->time_ns - loop : 0;
	cause->reason = reason;
	cause->thread = thread;
	if (info) {
		cause->signal = info->si_signo;
		cause->code = info->si_code;
		if (info->si_code <= 0)
			cause->sender = info->si_pid != shim.pid ? info->si_pid : 0;
		else
			cause->address = (uint64_t)info->si_addr;
	}
	if (event->active && BOX_VALID(event)) {
		cause->event_id = event->id;
		cause->event_kind = event->kind;
		__builtin_memcpy(cause->event_unit, event->unit, sizeof cause->event_unit);
	}
	describe(cause, info, context);
}

/* Entered by whichever thread may exec. A second one waits; were the first stuck, it goes on. */
static void go(int thread)
{
	static int depth;	/* crashes within this crash */
	int nobody = 0;

	if (__atomic_add_fetch(&depth, 1, __ATOMIC_SEQ_CST) > 3)
		last_resort();
	if (!__atomic_compare_exchange_n(&leaving, &nobody, thread, 0, __ATOMIC_SEQ_CST,
			__ATOMIC_SEQ_CST) && nobody != thread)
		raw_sleep_ms(2000);
	exec_next();
	last_resort();
}

static void ask_main_thread(int thread)
{
	raw(SYS_tgkill, shim.pid, shim.pid, INITX_SIGNAL_EXEC);
	for (int i = 0; i < 100 && !__atomic_load_n(&leaving, __ATOMIC_SEQ_CST); i++)
		raw_sleep_ms(2);
	if (!__atomic_load_n(&leaving, __ATOMIC_SEQ_CST)) {
		shim.box->cause.off_main = 1;
		go(thread);
	}
	for (;;)	/* the main thread's exec ends this one */
		raw_sleep_ms(1000);
}

void leave(uint32_t reason, const siginfo_t *info, const void *context)
{
	int thread = (int)raw(SYS_gettid);
	int nobody = 0;

	if (!shim.box)	/* stage 0 itself: nothing to record in, and the next try would be no other */
		last_resort();
	if (__atomic_compare_exchange_n(&claimed_by, &nobody, thread, 0, __ATOMIC_SEQ_CST,
			__ATOMIC_SEQ_CST)) {
		record(reason, thread, info, context);
		__atomic_store_n(&recorded, 1, __ATOMIC_SEQ_CST);
	} else if (nobody != thread && thread != shim.pid) {
		for (;;)	/* somebody else's crash is being dealt with */
			raw_sleep_ms(1000);
	}
	/* Here: the one that crashed first, once more if recording crashed too; or the main thread. */
	if (thread != shim.pid)
		ask_main_thread(thread);
	for (int i = 0; i < 10 && nobody != thread && !__atomic_load_n(&recorded, __ATOMIC_SEQ_CST); i++)
		raw_sleep_ms(1);
	go(thread);
	__builtin_unreachable();
}

/* In a child between clone and exec, or a fork of a library: not our death to prevent. */
static void die_here(int signal)
{
	struct raw_action standard = { 0 };
	uint64_t open = RAW_SIGNAL(signal);

	raw(SYS_rt_sigaction, signal, &standard, NULL, sizeof(uint64_t));
	raw_sigmask(SIG_UNBLOCK, &open, NULL);
	raw(SYS_tgkill, raw(SYS_getpid), raw(SYS_gettid), signal);
	raw(SYS_exit_group, 128 + signal);
}

static void fatal(int signal, siginfo_t *info, void *context)
{
	if (raw(SYS_getpid) != shim.pid)
		die_here(signal);
	leave(INITX_CRASH, info, context);
}

static void outer(int signal, siginfo_t *info, void *context)
{
	const struct sigaction *runtime = signal == SIGSEGV ? &runtime_segv : &runtime_fpe;

	if (raw(SYS_getpid) != shim.pid)
		die_here(signal);
	if (info->si_code <= 0 || (signal == SIGSEGV && is_stack_overflow(info, context)))
		leave(INITX_CRASH, info, context);
	runtime->sa_sigaction(signal, info, context);
}

static void on_exec_signal(int signal, siginfo_t *info, void *context)
{
	int in_image;

	(void)signal;
	(void)info;
	if (raw(SYS_gettid) != shim.pid || !__atomic_load_n(&recorded, __ATOMIC_SEQ_CST))
		return;		/* sent by somebody else: this signal means nothing to us */
	if (shim.box->cause.reason == INITX_HANG)	/* where the loop was stuck */
		shim.box->cause.instruction = instruction(context, &in_image);
	go(shim.pid);
}

static int handle(int signal, void (*handler)(int, siginfo_t *, void *), int flags,
	struct sigaction *old)
{
	struct sigaction action = { .sa_flags = flags };

	action.sa_sigaction = handler;
	sigemptyset(&action.sa_mask);
	return sigaction(signal, &action, old) < 0 ? -errno : 0;
}

void crash_handlers(void)
{
	for (size_t i = 0; i < sizeof fatal_signals / sizeof *fatal_signals; i++)
		handle(fatal_signals[i], fatal, HANDLER_FLAGS, NULL);
	handle(INITX_SIGNAL_EXEC, on_exec_signal, HANDLER_FLAGS | SA_RESTART, NULL);
}

int crash_install(void)
{
	int error = handle(SIGSEGV, outer, HANDLER_FLAGS | SA_RESTART, &runtime_segv);

	if (error == 0)
		error = handle(SIGFPE, outer, HANDLER_FLAGS | SA_RESTART, &runtime_fpe);
	if (error == 0 && (!(runtime_segv.sa_flags & SA_SIGINFO) || !(runtime_fpe.sa_flags & SA_SIGINFO)))
		error = -EPROTO;	/* not the runtime this was written for */
	return error;
}

static void on_exit_hook(void)
{
	if ((shim.exit_allowed && !shim.is_pid1) || raw(SYS_getpid) != shim.pid)
		return;
	leave(shim.phase == PHASE_MANAGED ? INITX_EXIT : INITX_START, NULL, NULL);
}

void crash_exit_hook(void)
{
	atexit(on_exit_hook);
}
