/*
 * initx_shim: what managed code cannot do safely, and nothing else.
 *
 *   stage0.c      before the runtime starts: argv, environment, signals, limits, descriptors
 *   crash.c       fatal signals, stray exits            -> exec.c
 *   exec.c        the way out: execveat of a held image -> stage0.c of the new image
 *   ladder.c      which image, with or without configuration, or no image at all
 *   lastresort.c  the plain C loop at the foot of the ladder
 *   watchdog.c    hang watchdog (a thread on a timerfd) and the hardware watchdog
 *   spawn.c       clone3 and what the child does before its execve
 *   blackbox.c    the shared memory that outlives every image
 *
 * Invariants
 *  1. As PID 1 this program never exits: every way out of it ends in an exec or in the C loop.
 *  2. The black box is written always, by plain stores, each entry under its own checksum; an
 *     entry that does not check out is dropped, never trusted.
 *  3. Only descriptors of the registry, the box and the images lack FD_CLOEXEC.
 *  4. After stage 0 the process has three threads for life: main, the runtime's finalizer, the
 *     watchdog. A thread stuck in D state would block every execve.
 *
 * Called only from the main thread through Interop.Shim.cs, unless a function says otherwise.
 * Results: >= 0, or a negative errno. Structures are mirrored there; the test
 * ShimLayoutTests compares both sides field by field.
 */
#ifndef INITX_SHIM_H
#define INITX_SHIM_H

#include <stdint.h>

#ifndef __x86_64__
#error "the shim is written for x86-64"
#endif

#define INITX_SHIM_VERSION 1

/* Descriptors at fixed numbers, held across every exec. Below 64, so that they cost no larger
 * descriptor table; above what an ordinary start opens first. */
#define INITX_FD_BOX 60
#define INITX_FD_IMAGE 61
#define INITX_FD_PREVIOUS 62

/* SIGRTMAX: asks the main thread to exec. The runtime owns 34, libc 32 and 33, systemd(1)
 * documents SIGRTMIN+0..+29 (34..63). */
#define INITX_SIGNAL_EXEC 64

#define INITX_UNIT_MAX 256	/* a unit name with its NUL, as in systemd */
#define INITX_NAME_MAX 256	/* FileDescriptorName= with its NUL */
#define INITX_TEXT_MAX 192
#define INITX_FD_LIMIT 16384	/* descriptors that can be handed over: entry N is descriptor N */
#define INITX_SLOT_LIMIT 1024	/* spawns between intent and committed pid */
#define INITX_EXIT_LIMIT 1024	/* exits seen by the C loop */
#define INITX_RING_SLOTS 4096
#define INITX_RING_SLOT 512
#define INITX_RING_PARTS 8	/* slots one record may span */
#define INITX_FACTS_MAX 8160
#define INITX_IMAGE_VERSION_MAX 64

/* Why this image was started. */
enum initx_reason {
	INITX_FIRST = 0,	/* no black box: the machine's first start of initxd */
	INITX_PLANNED = 1,	/* initx_reexec */
	INITX_CRASH = 2,	/* fatal signal */
	INITX_HANG = 3,		/* the watchdog */
	INITX_EXIT = 4,		/* main returned or exit() was called */
	INITX_START = 5,	/* the runtime did not start */
	INITX_RETRY = 6,	/* the C loop tried again */
	INITX_LOST = 7,		/* a box was there but its header was bad: everything in it is gone */
};

enum initx_rung {
	INITX_RUNG_SAME = 0,
	INITX_RUNG_PREVIOUS = 1,
	INITX_RUNG_BARE = 2,	/* without configuration */
	INITX_RUNG_LOOP = 3,	/* lastresort.c; managed code never sees it */
};

enum initx_image_kind {
	INITX_IMAGE_NONE = 0,
	INITX_IMAGE_MEMFD = 1,	/* sealed: independent of every disk */
	INITX_IMAGE_TMPFS = 2,	/* own tmpfs, where memfd exec is forbidden */
	INITX_IMAGE_FILE = 3,	/* the file itself: a dead disk makes it useless */
};

enum initx_start_flags {
	INITX_IS_PID1 = 1 << 0,
	INITX_IS_TOOL = 1 << 1,		/* --version and the like, not PID 1: no trampoline */
	INITX_NO_WATCHDOG = 1 << 2,	/* the watchdog thread could not be made */
	INITX_IMAGE_CHANGED = 1 << 3,	/* other image than before this start */
	INITX_WENT_BACK = 1 << 4,	/* the new image crashed in probation: this is the old one */
	INITX_ENV_DROPPED = 1 << 5,	/* environment entries were refused */
	INITX_STDIO_OPENED = 1 << 6,	/* descriptors 0-2 were missing */
};

/* A crash, hang or exit, as the trampoline saw it. */
struct initx_cause {
	uint64_t time_ns;	/* CLOCK_BOOTTIME */
	uint64_t address;	/* si_addr of a fault */
	uint64_t instruction;	/* rip */
	uint64_t healthy_ns;	/* loop time before it; 0: the loop had not begun */
	uint32_t reason;	/* enum initx_reason */
	int32_t signal;
	int32_t code;		/* si_code; <= 0: sent by a process */
	int32_t sender;		/* its pid, else 0 */
	int32_t thread;		/* tid it happened on */
	uint32_t off_main;	/* 1: the exec had to be done by another thread than main */
	uint32_t rung;		/* rung chosen after it */
	uint32_t rapid;		/* rapid crashes in a row, with this one */
	uint64_t event_id;	/* event in flight, 0: none */
	uint32_t event_kind;
	uint32_t reserved;
	char event_unit[INITX_UNIT_MAX];
	char text[INITX_TEXT_MAX];
	uint64_t check;
};

/* initx_start_info */
struct initx_start {
	uint32_t version;	/* INITX_SHIM_VERSION */
	uint32_t flags;		/* enum initx_start_flags */
	uint32_t reason;
	uint32_t rung;
	uint32_t starts;	/* execs of any kind since the first start, with it */
	uint32_t crashes;	/* fatal signals, stray exits, failed runtime starts */
	uint32_t hangs;
	uint32_t reexecs;	/* planned */
	uint32_t image_kind;	/* enum initx_image_kind, of the current image */
	uint32_t previous_kind;
	uint32_t env_dropped;
	uint32_t fds_closed;	/* registered descriptors refused: not what the entry says */
	uint32_t fds_held;	/* registered descriptors taken over */
	uint32_t reserved;
	uint64_t signal_mask;	/* blocked in every thread, for signalfd; bit N-1 is signal N */
	uint64_t first_ns;	/* CLOCK_BOOTTIME of the first start */
	uint64_t start_ns;	/* of this start, before the runtime */
	uint64_t climb_ns;	/* healthy loop time from which initx_climb succeeds; 0: on rung 0 */
	struct initx_cause cause;	/* of the last crash, hang or exit; reason INITX_FIRST: none */
};

/* Descriptor kinds. The number is part of the hand-over format: never reused. */
enum initx_fd_kind {
	INITX_FD_NONE = 0,
	INITX_FD_LISTEN = 1,	/* a socket unit's listening socket */
	INITX_FD_NOTIFY = 2,
	INITX_FD_CONTROL = 3,	/* control socket, listening */
	INITX_FD_CLIENT = 4,	/* control connection */
	INITX_FD_LOG = 5,	/* log pipe, our end */
	INITX_FD_STORE = 6,	/* a service's fd store */
	INITX_FD_HARDWARE = 7,	/* /dev/watchdog */
	INITX_FD_OTHER = 8,
	INITX_FD_SPAWN = 9,	/* status pipe of a child between clone and exec */
	INITX_FD_AUTOMOUNT = 10,	/* an automount's pipe, or its control with a request */
	INITX_FD_CONNECTION = 11,	/* what a socket unit with Accept=yes took */
	INITX_FD_NAMESPACE = 12,	/* one end of what holds a unit's namespace */
};

struct initx_fd_entry {
	int32_t fd;
	uint32_t kind;
	uint64_t device;	/* fstat of the descriptor when it was registered */
	uint64_t inode;
	uint64_t tag;		/* the caller's own */
	char unit[INITX_UNIT_MAX];
	char name[INITX_NAME_MAX];
	uint64_t check;
};

/* A spawn between intent and committed pid. The pid is stored by the kernel as part of clone3,
 * so it is outside the checksum. */
struct initx_slot {
	uint64_t token;		/* the caller's: job or journal sequence */
	uint64_t taken_ns;	/* CLOCK_BOOTTIME */
	uint32_t state;		/* 1 in use */
	uint32_t role;		/* the caller's: main, control, pre, post ... */
	char unit[INITX_UNIT_MAX];
	uint64_t check;
	int32_t pid;		/* 0: did not run */
	uint32_t reserved;
};

/* A child that the C loop reaped, or a stranger. */
struct initx_exit {
	uint64_t time_ns;
	int32_t pid;
	int32_t status;		/* as waitpid(2) */
	uint64_t check;
};

struct initx_limit {
	uint32_t resource;	/* RLIMIT_* */
	uint32_t reserved;
	uint64_t soft;
	uint64_t hard;
};

enum initx_spawn_flags {
	INITX_SPAWN_SETSID = 1 << 0,
	INITX_SPAWN_TTY = 1 << 1,		/* stdin becomes the controlling terminal */
	INITX_SPAWN_TTY_FORCE = 1 << 2,		/* and is taken from another session */
	INITX_SPAWN_NO_NEW_PRIVILEGES = 1 << 3,
	INITX_SPAWN_IGNORE_SIGPIPE = 1 << 4,
	INITX_SPAWN_SET_IDS = 1 << 5,		/* groups, gid, uid below apply */
	INITX_SPAWN_SET_NICE = 1 << 6,
	INITX_SPAWN_SET_UMASK = 1 << 7,
	INITX_SPAWN_CHDIR_OPTIONAL = 1 << 8,	/* WorkingDirectory=-...: / if it fails */
	INITX_SPAWN_PASS_STATUS = 1 << 10,	/* the status pipe becomes 3 + listen_count and stays */
	INITX_SPAWN_JOIN_CGROUP = 1 << 9,	/* by cgroup.procs, not by birth: see SpawnFlags */
};

/* Everything is copied before the call returns. Strings are NUL-terminated; the blocks hold
 * `count` NUL-terminated strings one after another. */
struct initx_spawn {
	const char *path;
	const char *arguments;
	const char *environment;
	const char *directory;		/* NULL: unchanged */
	const int32_t *listen_fds;	/* become 3, 4, ... */
	const struct initx_limit *limits;
	const uint32_t *groups;
	uint32_t arguments_size, arguments_count;
	uint32_t environment_size, environment_count;
	uint32_t listen_count;
	uint32_t limits_count;
	uint32_t groups_count;
	uint32_t flags;			/* enum initx_spawn_flags */
	int32_t cgroup;			/* directory descriptor on cgroup2, or -1 */
	int32_t input, output, error;	/* become 0, 1, 2; -1: /dev/null as PID 1 has it */
	uint32_t uid, gid;
	int32_t nice;
	uint32_t umask;
	int32_t slot;			/* black-box slot that receives the pid, or -1 */
	uint32_t reserved;
};

struct initx_spawned {
	int32_t pid;
	int32_t pidfd;		/* CLOEXEC */
	int32_t status_fd;	/* CLOEXEC, non-blocking: readable when executed or failed */
	uint32_t fallback;	/* enum initx_spawn_fallback bits used */
};

enum initx_spawn_fallback {
	INITX_FALLBACK_CLONE = 1 << 0,		/* clone3 refused: clone, pidfd_open */
	INITX_FALLBACK_CGROUP = 1 << 1,		/* INTO_CGROUP refused: the child wrote cgroup.procs */
};

/* Steps of the child, in order; the number is reported when one fails. */
enum initx_spawn_step {
	INITX_STEP_NONE = 0,
	INITX_STEP_CGROUP = 1,
	INITX_STEP_SETSID = 2,
	INITX_STEP_SIGNALS = 3,
	INITX_STEP_LIMITS = 4,
	INITX_STEP_NICE = 5,
	INITX_STEP_DESCRIPTORS = 6,
	INITX_STEP_TTY = 7,
	INITX_STEP_GROUPS = 8,
	INITX_STEP_USER = 9,
	INITX_STEP_DIRECTORY = 10,
	INITX_STEP_NO_NEW_PRIVILEGES = 11,
	INITX_STEP_EXEC = 12,
	INITX_STEP_SETUP = 13,		/* initx-exec's, which says in words what failed */
};

#define INITX_REPORT_TEXT 240

struct initx_spawn_report {
	int32_t error;		/* errno; 0: executed */
	uint32_t step;		/* enum initx_spawn_step */
	int32_t exit_code;	/* the child's exit status, as systemd.exec(5) lists them */
	int32_t detail;		/* resource of a limit, target of a descriptor */
	char text[INITX_REPORT_TEXT];	/* INITX_STEP_SETUP: directive and errno, NUL-terminated */
};

/* start-up and the loop */
int initx_shim_version(void);
int initx_install(void);
int initx_start_info(struct initx_start *out);
void initx_beat(int busy);
void initx_loading(int on);
void initx_note(const char *text, uint32_t length);
int initx_reexec(int image_fd, const char *version, uint32_t version_length);
int initx_hold_image(void);
int initx_climb(void);
void initx_allow_exit(void);
void initx_end(int status);
int initx_shell_allowed(int allowed);

/* hardware watchdog */
int initx_watchdog_open(const char *path, uint32_t *timeout_s);
int initx_watchdog_feed(void);
int initx_watchdog_close(void);

/* spawn */
int initx_spawn(const struct initx_spawn *request, struct initx_spawned *out);
int initx_spawn_status(int status_fd, struct initx_spawn_report *out);
int initx_spawn_pending(void);

/* black box */
int initx_fd_register(int fd, uint32_t kind, uint64_t tag, const char *unit, uint32_t unit_length,
	const char *name, uint32_t name_length);
int initx_fd_unregister(int fd);
int initx_fd_next(int from, struct initx_fd_entry *out);
int initx_slot_take(uint64_t token, uint32_t role, const char *unit, uint32_t length);
int initx_slot_free(int slot);
int initx_slot_next(int from, struct initx_slot *out);
void initx_head_set(uint64_t sequence);
int initx_head_get(uint64_t *sequence);
void initx_event_enter(uint64_t id, uint32_t kind, const char *unit, uint32_t length);
void initx_event_leave(void);
int initx_ring_append(uint64_t sequence, const void *record, uint32_t length);
int initx_ring_read(uint64_t *cursor, uint64_t *sequence, void *record, uint32_t capacity);
int initx_facts_write(const void *facts, uint32_t length);
int initx_facts_read(void *facts, uint32_t capacity);
int initx_exit_next(int from, struct initx_exit *out);
int initx_exits_clear(void);
int initx_boot_id(uint8_t id[16]);

/* crash tests: what the production binary does when root asks for it (--crash-tests) */
int initx_test_crash(int kind);
int initx_test_crash_at_start(uint32_t starts);
int initx_test_open(const char *path);
int initx_test_receive(int fd, char *text, uint32_t capacity);
int initx_test_answer(int fd, const char *text, uint32_t length);

#endif
