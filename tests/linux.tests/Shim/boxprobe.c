/*
 * The shim behind a line protocol: each argument is one command, each prints one line. Used by
 * BlackBoxTests and LadderTests; it goes through stage 0 like initxd and may exec itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "internal.h"

/* Which build of this program an image is; 0 is one that does not reach its first command. */
#ifndef BUILD
#define BUILD 1
#endif

static const char *words[8];

static long number(int i)
{
	return words[i] ? strtol(words[i], NULL, 0) : 0;
}

static void ring(void)
{
	static char record[8192];
	uint64_t cursor = 0, sequence;
	int length;

	if (!strcmp(words[0], "ring-append")) {	/* first sequence, count, length */
		for (long i = 0; i < number(2); i++) {
			memset(record, 'a' + (int)((number(1) + i) % 26), sizeof record);
			printf("%d ", initx_ring_append((uint64_t)(number(1) + i), record, (uint32_t)number(3)));
		}
		return;
	}
	long first = -1, last = -1, count = 0, bad = 0;

	while ((length = initx_ring_read(&cursor, &sequence, record, sizeof record)) >= 0) {
		if (first < 0)
			first = (long)sequence;
		last = (long)sequence;
		count++;
		for (int i = 0; i < length; i++)
			bad += record[i] != 'a' + (int)(sequence % 26);
	}
	printf("first=%ld last=%ld count=%ld bad=%ld end=%d", first, last, count, bad, length);
}

static void slots(void)
{
	struct initx_slot slot;

	if (!strcmp(words[0], "slot-take"))
		printf("%d", initx_slot_take((uint64_t)number(1), 3, words[2], (uint32_t)strlen(words[2])));
	else if (!strcmp(words[0], "slot-free"))
		printf("%d", initx_slot_free((int)number(1)));
	else if (!strcmp(words[0], "slot-pid"))
		shim.box->slots[number(1)].pid = (int)number(2);
	else if (!strcmp(words[0], "slot-spoil"))
		shim.box->slots[number(1)].token ^= 4;
	else
		for (int at = 0; (at = initx_slot_next(at, &slot)) >= 0; at++)
			printf("%d:%lu:%s:%d ", at, (unsigned long)slot.token, slot.unit, slot.pid);
}

/* Every number below `last` is in use afterwards; prints how many of the shim's own
 * numbers the kernel gave away. */
static void fill_descriptors(int last)
{
	int own = 0, fd = -1;

	for (int made = 0; made < 4096 && fd < last; made++) {
		fd = fcntl(0, F_DUPFD_CLOEXEC, 0);
		own += fd >= INITX_FD_BOX && fd <= INITX_FD_PREVIOUS;
		if (fd < 0)
			break;
	}
	printf("%s given=%d", fd < 0 ? "ended" : "full", own);
}

static void descriptors(void)
{
	struct initx_fd_entry entry;
	int pipe[2];

	if (!strcmp(words[0], "fd-make") && pipe2(pipe, O_CLOEXEC) == 0)
		printf("%d", fcntl(pipe[0], F_DUPFD_CLOEXEC, (int)number(1)));
	else if (!strcmp(words[0], "fd-fill"))
		fill_descriptors((int)number(1));
	else if (!strcmp(words[0], "fd-add"))
		printf("%d", initx_fd_register((int)number(1), INITX_FD_STORE, 9, "a.service", 9, words[2],
			(uint32_t)strlen(words[2])));
	else if (!strcmp(words[0], "fd-drop"))
		printf("%d", initx_fd_unregister((int)number(1)));
	else if (!strcmp(words[0], "fd-flags"))
		printf("%d", fcntl((int)number(1), F_GETFD));
	else if (!strcmp(words[0], "fd-replace"))
		printf("%d", dup2(open("/dev/null", O_RDONLY), (int)number(1)));
	else if (!strcmp(words[0], "fd-spoil"))
		shim.box->fds[number(1)].tag++;
	else
		for (int at = 0; (at = initx_fd_next(at, &entry)) >= 0; at++)
			printf("%d:%u:%s:%s ", at, entry.kind, entry.unit, entry.name);
}

static void head(void)
{
	uint64_t sequence = 0;

	if (!strcmp(words[0], "head-set"))
		initx_head_set((uint64_t)number(1));
	else if (!strcmp(words[0], "head-spoil"))	/* as a crash between its two stores leaves it */
		for (int i = 0; i < 2; i++)
			shim.box->live.head[i][0] += shim.box->live.head[i][0] == (uint64_t)number(1);
	int result = initx_head_get(&sequence);

	printf("%d %lu", result, (unsigned long)sequence);
}

static void facts(void)
{
	char text[64] = "";

	if (!strcmp(words[0], "facts-write"))
		printf("%d", initx_facts_write(words[1], (uint32_t)strlen(words[1])));
	else if (!strcmp(words[0], "facts-spoil"))
		shim.box->facts.bytes[1] ^= 1;
	else
		printf("%d %s", initx_facts_read(text, sizeof text - 1), text);
}

/* ladder HEALTHY_MS AFTER_MS [times]: crashes, each AFTER_MS later than the one before. */
static void ladder(void)
{
	static uint64_t now = 1000 * INITX_SECOND;
	long times = words[3] ? number(3) : 1;

	for (long i = 0; i < times; i++) {
		now += (uint64_t)number(2) * 1000000;
		printf("%u ", ladder_step(INITX_CRASH, (uint64_t)number(1) * 1000000, now));
	}
	BOX_SEAL(&shim.box->state);
}

/* refuse NUMBER ERRNO: a seccomp filter, as an old container has one. */
static void refuse(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number(1), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)number(2)),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof code / sizeof *code, code };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	printf("%d", prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

static struct initx_limit limits[1];
static int32_t listen_fds[2];
static char script[200];

static void spawn_option(struct initx_spawn *request, char *word)
{
	char *value = strchr(word, '=');
	unsigned long long resource, soft, hard;

	*value++ = 0;
	if (!strcmp(word, "dir"))
		request->directory = value;
	else if (!strcmp(word, "flags"))
		request->flags = (uint32_t)strtol(value, NULL, 0);
	else if (!strcmp(word, "uid"))
		request->uid = request->gid = (uint32_t)strtol(value, NULL, 0);
	else if (!strcmp(word, "input"))
		request->input = (int32_t)strtol(value, NULL, 0);
	else if (!strcmp(word, "cgroup"))
		request->cgroup = open(value, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	else if (!strcmp(word, "listen"))
		listen_fds[request->listen_count++] = (int32_t)strtol(value, NULL, 0);
	else if (!strcmp(word, "limit")
			&& sscanf(value, "%llu:%llu:%llu", &resource, &soft, &hard) == 3)
		limits[request->limits_count++] = (struct initx_limit){ (uint32_t)resource, 0, soft, hard };
}

/* spawn PATH SCRIPT KEY=VALUE...: `PATH -c SCRIPT`, '+' in the script being a space. */
static void spawn(void)
{
	static char arguments[300], environment[] = "LISTEN_PID=0000000000\0PATH=/usr/bin:/bin";
	struct initx_spawn request = {
		.path = words[1], .arguments = arguments, .arguments_count = 3, .environment = environment,
		.environment_size = sizeof environment, .environment_count = 2, .listen_fds = listen_fds,
		.limits = limits, .cgroup = -1, .input = -1, .output = -1, .error = -1, .slot = -1,
	};
	struct initx_spawned made;
	struct initx_spawn_report report;
	int result, status = 0;

	snprintf(script, sizeof script, "%s", words[2]);
	for (char *c = script; *c; c++)
		*c = *c == '+' ? ' ' : *c;
	request.arguments_size = (uint32_t)snprintf(arguments, sizeof arguments, "sh%c-c%c%s", 0, 0, script) + 1;
	for (int i = 3; words[i]; i++)
		spawn_option(&request, (char *)words[i]);
	fflush(stdout);
	result = initx_spawn(&request, &made);
	if (result < 0) {
		printf("refused=%d", result);
		return;
	}
	waitpid(made.pid, &status, 0);
	result = initx_spawn_status(made.status_fd, &report);
	printf("step=%u errno=%d exit=%d detail=%d status=%d fallback=%u pidfd=%d pending=%d", report.step,
		report.error, report.exit_code, report.detail, WIFEXITED(status) ? WEXITSTATUS(status)
		: 128 + WTERMSIG(status), made.fallback, made.pidfd >= 0, initx_spawn_pending());
}

static void start(void)
{
	struct initx_start info;

	initx_start_info(&info);
	printf("reason=%u starts=%u crashes=%u reexecs=%u image=%u held=%u closed=%u event=%lu:%s text=%s",
		info.reason, info.starts, info.crashes, info.reexecs, info.image_kind, info.fds_held,
		info.fds_closed, (unsigned long)info.cause.event_id, info.cause.event_unit, info.cause.text);
}

static void run(char *command)
{
	memset(words, 0, sizeof words);
	for (int i = 0; i < 7 && (words[i] = strsep(&command, " ")); i++)
		;
	if (!strncmp(words[0], "ring", 4)) {
		if (!strcmp(words[0], "ring-spoil"))
			shim.box->ring[number(1) % INITX_RING_SLOTS].bytes[3]++;
		else if (!strcmp(words[0], "ring-lose-count"))
			shim.box->live.ring_next = (uint64_t)number(1);
		else
			ring();
	} else if (!strncmp(words[0], "slot", 4)) {
		slots();
	} else if (!strncmp(words[0], "fd", 2)) {
		descriptors();
	} else if (!strncmp(words[0], "head", 4)) {
		head();
	} else if (!strncmp(words[0], "facts", 5)) {
		facts();
	} else if (!strcmp(words[0], "spawn")) {
		spawn();
	} else if (!strcmp(words[0], "refuse")) {
		refuse();
	} else if (!strcmp(words[0], "ladder")) {
		ladder();
	} else if (!strcmp(words[0], "previous")) {
		shim.box->state.previous_kind = (uint32_t)number(1);
		shim.box->state.probing = (uint32_t)number(2);
		dup2(INITX_FD_IMAGE, INITX_FD_PREVIOUS);
	} else if (!strcmp(words[0], "state-spoil")) {
		shim.box->state.crashes++;
	} else if (!strcmp(words[0], "changed")) {	/* MS ago, of the ladder's clock at 1000 s */
		shim.box->state.image_changed = IMAGE_PROBATION;
		shim.box->state.image_ns = (uint64_t)(1000000 - number(1)) * 1000000;
	} else if (!strcmp(words[0], "event")) {
		initx_event_enter((uint64_t)number(1), 2, words[2], (uint32_t)strlen(words[2]));
	} else if (!strcmp(words[0], "event-done")) {
		initx_event_leave();
	} else if (!strcmp(words[0], "note")) {
		initx_note(words[1], (uint32_t)strlen(words[1]));
	} else if (!strcmp(words[0], "size")) {
		printf("%lu", sizeof(struct box));
	} else if (!strcmp(words[0], "spoil-header")) {
		shim.box->header.size ^= 1;
	} else if (!strcmp(words[0], "start")) {
		start();
	} else if (!strcmp(words[0], "crash")) {
		fflush(stdout);
		__builtin_trap();
	} else if (!strcmp(words[0], "hold")) {
		printf("%d", initx_hold_image());
	} else if (!strcmp(words[0], "build")) {
		printf("%d", BUILD);
	} else if (!strcmp(words[0], "upgrade")) {	/* PATH */
		int image = open(words[1], O_RDONLY | O_CLOEXEC);

		fflush(stdout);
		printf("%d", initx_reexec(image, "2", 1));
		close(image);
	} else if (!strcmp(words[0], "reexec")) {
		fflush(stdout);
		printf("%d", initx_reexec(-1, "", 0));
	} else {
		printf("unknown %s", words[0]);
	}
	printf("\n");
}

/* Every image has the same argv: how many commands are done is the length of a file. */
int main(int argc, char **argv)
{
	char path[256], command[256];
	int fd;

	if (BUILD == 0)
		__builtin_trap();
	snprintf(path, sizeof path, "%s.done", argv[0]);
	fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	initx_beat(0);
	for (long done; (done = lseek(fd, 0, SEEK_END)) < argc - 1;) {
		snprintf(command, sizeof command, "%s", argv[done + 1]);
		if (write(fd, "", 1) != 1)
			return 1;
		run(command);
		fflush(stdout);
	}
	initx_allow_exit();
	return 0;
}
