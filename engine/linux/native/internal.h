/* What the files of the shim share with each other, and with nobody else. */
#ifndef INITX_INTERNAL_H
#define INITX_INTERNAL_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include "initx_shim.h"
#include "raw.h"

#define INITX_SECOND 1000000000ull

/* Numbers that the reference system's headers do not have yet. */
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020
#endif

/* ---- the black box: one MAP_SHARED memfd, written in place ---- */

#define BOX_MAGIC 0x31584f4278746e49ull	/* "IntxBOX1" */
#define BOX_VERSION 1
#define BOX_LIMITS 9
#define BOX_CRASH_TIMES 61

/* Written once, when the box is made. */
struct box_header {
	uint64_t magic;
	uint64_t size;		/* of the whole box */
	uint32_t version;	/* of the layout: another version is another box */
	int32_t pid;		/* whose box this is */
	uint64_t first_ns;
	uint8_t boot_id[16];
	uint64_t check;
};

#define IMAGE_PROBATION 1
#define IMAGE_FRESH 2	/* and not started yet */

/* The ladder and the counters: written by whoever leaves (exec.c) and by stage 0. */
struct box_state {
	uint32_t starts, crashes, hangs, reexecs;
	uint32_t next_reason;	/* why the next image starts */
	uint32_t rung;
	uint32_t rapid;		/* rapid crashes in a row */
	uint32_t probing;	/* 1: retried from the C loop, one rapid crash goes down at once */
	uint32_t retries;	/* of the C loop, for its back-off */
	int32_t login;		/* pid of what the C loop runs on the console */
	uint32_t image_kind, previous_kind;
	uint32_t image_changed;	/* IMAGE_FRESH or _PROBATION, since image_ns */
	uint32_t went_back;
	uint32_t crash_next;	/* index into crash_ns */
	uint32_t first_flags;	/* enum initx_start_flags that only the first start can see */
	uint32_t env_dropped;
	uint64_t image_ns;
	uint64_t crash_ns[BOX_CRASH_TIMES];	/* the last ones; 0: none */
	char image_version[INITX_IMAGE_VERSION_MAX];
	uint64_t check;
};

/* rlimits as the first start found them. */
struct box_limits {
	struct rlimit original[BOX_LIMITS];
	uint64_t check;
};

/* What an operator or a test switched on. */
struct box_switches {
	uint32_t shell_allowed;
	uint32_t crash_at_start;
	uint64_t check;
};

struct box_event {
	uint64_t id;
	uint32_t kind;
	uint32_t active;
	char unit[INITX_UNIT_MAX];
	uint64_t check;
};

/* Entries above `high` were never used: reading them would only make the kernel find pages for
 * them. Believed when `check` is its complement. */
struct box_high {
	uint32_t high, check;
};

/* Changes too often for a checksum; nothing in it is trusted beyond a comparison. */
struct box_live {
	uint64_t heartbeat;
	uint64_t loop_ns;	/* first beat of this image; 0: the loop has not begun */
	uint32_t busy;
	uint32_t exit_next;	/* exits recorded; the next one's index is this modulo their number */
	struct box_high fd_high, slot_high;
	uint64_t head[2][2];	/* alternately: sequence, its check; the larger valid one counts */
	uint64_t ring_next;	/* number of the next ring slot, counted from 1 */
};

struct box_facts {
	uint32_t length;
	uint32_t reserved;
	uint8_t bytes[INITX_FACTS_MAX];
	uint64_t check;
};

struct box_ring_slot {
	uint64_t number;	/* this slot's, counted from 1: tells a stale slot from a new one */
	uint64_t sequence;	/* of the record */
	uint16_t length;	/* of this part */
	uint8_t part, parts;
	uint32_t reserved;
	uint64_t check;
	uint8_t bytes[INITX_RING_SLOT - 32];
};

struct box {
	struct box_header header;
	_Alignas(4096) struct box_state state;
	struct box_limits limits;
	struct box_switches switches;
	struct box_event event;
	struct initx_cause cause;
	_Alignas(64) struct box_live live;
	_Alignas(4096) struct box_facts facts;
	_Alignas(4096) struct initx_exit exits[INITX_EXIT_LIMIT];
	_Alignas(4096) struct initx_slot slots[INITX_SLOT_LIMIT];
	_Alignas(4096) struct box_ring_slot ring[INITX_RING_SLOTS];
	_Alignas(4096) struct initx_fd_entry fds[INITX_FD_LIMIT];
	_Alignas(4096) uint8_t end[];
};

uint64_t box_check(const void *entry, size_t size);
int box_highest(const struct box_high *high, int limit);
void box_raise(struct box_high *high, int to, int limit);

/* Seals an entry whose last field is `check`; the test of the same. Anything that follows `check`
 * (a slot's pid) is outside it. */
#define BOX_SEAL(entry) \
	((entry)->check = box_check((entry), offsetof(__typeof__(*(entry)), check)))
#define BOX_VALID(entry) \
	((entry)->check == box_check((entry), offsetof(__typeof__(*(entry)), check)))

/* ---- the process ---- */

enum shim_phase {
	PHASE_STAGE0 = 0,	/* no box yet: a crash ends in the C loop */
	PHASE_RUNTIME = 1,	/* the runtime is starting */
	PHASE_MANAGED = 2,	/* initx_install was called */
};

struct shim {
	int active;		/* initxd, not a tool run and not a test host */
	int pid;		/* as at the start; a handler elsewhere is none of ours */
	int is_pid1;
	int exit_allowed;
	uint32_t flags;		/* enum initx_start_flags */
	uint32_t reason;	/* why this image runs */
	uint32_t env_dropped, fds_closed, fds_held;
	uint64_t start_ns;
	volatile int phase;	/* enum shim_phase */
	struct box *box;
	char **argv, **envp;	/* in read-only memory: what the next image gets */
	const char *image_path;	/* AT_EXECFN, the way out when no image can be held */
	char note[INITX_TEXT_MAX];
};

extern struct shim shim;

/* stage0.c: bit N-1 is signal N */
#define SHIM_FATAL_SIGNALS \
	(RAW_SIGNAL(SIGSEGV) | RAW_SIGNAL(SIGBUS) | RAW_SIGNAL(SIGILL) | RAW_SIGNAL(SIGFPE) \
	| RAW_SIGNAL(SIGABRT) | RAW_SIGNAL(SIGTRAP) | RAW_SIGNAL(SIGSYS) | RAW_SIGNAL(SIGXCPU) \
	| RAW_SIGNAL(SIGXFSZ))
/* 32 and 33 are libc's, 34 the runtime's; KILL and STOP cannot be blocked. */
#define SHIM_OPEN_SIGNALS \
	(SHIM_FATAL_SIGNALS | RAW_SIGNAL(SIGKILL) | RAW_SIGNAL(SIGSTOP) | RAW_SIGNAL(32) \
	| RAW_SIGNAL(33) | RAW_SIGNAL(34) | RAW_SIGNAL(INITX_SIGNAL_EXEC))
#define SHIM_MANAGED_SIGNALS (~SHIM_OPEN_SIGNALS)

/* environment.c */
void environment_save(int argc, char **argv, char **envp);
int environment_reaches_libc(char **envp);

/* limits.c */
void limits_raise(struct box_limits *original);
void limits_restore(void);
int limits_restore_child(void);

/* descriptors.c */
void descriptors_standard(void);
void descriptors_sweep(void);
void descriptors_reserve(void);
void descriptors_keep_numbers(void);
int descriptor_is_image(int fd);
int fd_set_cloexec(int fd, int on);

/* blackbox.c */
int box_attach(void);
int box_create(void);

/* image.c */
int image_hold(int source, uint32_t *kind);
void image_open_self(void);
void image_own_data(void);

/* crash.c */
void crash_handlers(void);
void crash_exit_hook(void);
int crash_install(void);
void leave(uint32_t reason, const siginfo_t *info, const void *context) __attribute__((noreturn));

/* threads.c */
void thread_signal_stack(void);

/* clone3.c */
void clone3_make_absent(void);

/* exec.c */
void exec_next(void);
int exec_image(int rung);
void exec_again(void);

/* ladder.c */
uint32_t ladder_step(uint32_t reason, uint64_t healthy_ns, uint64_t now);
uint32_t ladder_up(uint32_t rung);
uint32_t ladder_down(uint32_t rung);

/* lastresort.c */
void last_resort(void) __attribute__((noreturn));

/* watchdog.c */
void watchdog_start(void);

/* text.c: bounded text without libc */
struct text {
	char *at, *end;
};
void text_begin(struct text *text, char *buffer, size_t size);
void text_add(struct text *text, const char *words);
void text_number(struct text *text, uint64_t value);
void text_hex(struct text *text, uint64_t value);
void say(const char *line, size_t length);

#endif
