/*
 * The black box: what must outlive the image. A sealed memfd at a fixed descriptor, mapped shared,
 * written by plain stores the moment a fact is known; the next image needs no help of the dying one.
 *
 * A store cut short by a crash leaves a checksum that does not match: that entry is lost, its
 * neighbours are not. The two facts that may never be lost to that (head sequence, spawn pid) are
 * kept in turn in two places, and written by the kernel, respectively.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

#define BOX_SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

/* Not for enemies: for wild writes and torn entries. An empty entry is not valid. */
uint64_t box_check(const void *entry, size_t size)
{
	const unsigned char *at = entry;
	uint64_t sum = 0x9e3779b97f4a7c15ull ^ size, word;

	for (; size >= 8; size -= 8, at += 8) {
		__builtin_memcpy(&word, at, 8);
		sum = (sum ^ word) * 0xff51afd7ed558ccdull;
		sum ^= sum >> 32;
	}
	for (; size; size--, at++)
		sum = (sum ^ *at) * 0x100000001b3ull;
	return sum | 1;
}

int box_highest(const struct box_high *high, int limit)
{
	return high->high < (uint32_t)limit && high->check == ~high->high
		? (int)high->high : limit - 1;
}

void box_raise(struct box_high *high, int to, int limit)
{
	if (to <= box_highest(high, limit))
		return;
	high->high = (uint32_t)to;
	high->check = ~high->high;
}

/* 1: the box of this process is mapped. 0: there is none. -1: one that cannot be used. */
int box_attach(void)
{
	struct stat found;
	int seals = fcntl(INITX_FD_BOX, F_GET_SEALS);

	if (seals < 0 || (seals & BOX_SEALS) != BOX_SEALS)
		return 0;	/* closed, or some descriptor of our parent's */
	if (fstat(INITX_FD_BOX, &found) < 0 || found.st_size != sizeof(struct box))
		return -1;

	struct box *box = mmap(NULL, sizeof *box, PROT_READ | PROT_WRITE, MAP_SHARED, INITX_FD_BOX, 0);

	if (box == MAP_FAILED)
		return -1;
	if (!BOX_VALID(&box->header) || box->header.magic != BOX_MAGIC
			|| box->header.version != BOX_VERSION || box->header.size != sizeof *box) {
		munmap(box, sizeof *box);
		return -1;
	}
	if (box->header.pid != shim.pid) {	/* another initxd's, inherited */
		munmap(box, sizeof *box);
		return 0;
	}
	shim.box = box;
	return 1;
}

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void find_boot_id(uint8_t id[16])
{
	char text[40] = "";
	int nibbles = 0;
	int fd = (int)raw(SYS_openat, AT_FDCWD, "/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		raw(SYS_read, fd, text, sizeof text - 1);
		raw(SYS_close, fd);
	}
	for (const char *at = text; *at && nibbles < 32; at++)
		if (hex(*at) >= 0) {
			id[nibbles / 2] = (uint8_t)(id[nibbles / 2] << 4 | hex(*at));
			nibbles++;
		}
	if (nibbles < 32)	/* no /proc yet: any id that is this boot's alone */
		raw(SYS_getrandom, id, 16, GRND_NONBLOCK);
}

/* A new box at the fixed descriptor. 0 or a negative errno. */
int box_create(void)
{
	int fd = memfd_create("initx-box", MFD_ALLOW_SEALING | MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, sizeof(struct box)) < 0 || fcntl(fd, F_ADD_SEALS, BOX_SEALS) < 0
			|| dup3(fd, INITX_FD_BOX, 0) < 0) {
		int error = -errno;

		close(fd);
		return error;
	}
	if (fd != INITX_FD_BOX)
		close(fd);
	else
		fd_set_cloexec(fd, 0);

	struct box *box = mmap(NULL, sizeof *box, PROT_READ | PROT_WRITE, MAP_SHARED, INITX_FD_BOX, 0);

	if (box == MAP_FAILED)
		return -errno;
	box->header.magic = BOX_MAGIC;
	box->header.size = sizeof *box;
	box->header.version = BOX_VERSION;
	box->header.pid = shim.pid;
	box->header.first_ns = raw_clock_ns(CLOCK_BOOTTIME);
	find_boot_id(box->header.boot_id);
	BOX_SEAL(&box->header);
	BOX_SEAL(&box->state);
	BOX_SEAL(&box->switches);
	box->live.fd_high.check = box->live.slot_high.check = ~0u;
	box->live.ring_next = 1;
	shim.box = box;
	return 0;
}

int initx_boot_id(uint8_t id[16])
{
	if (!shim.box)
		return -ENODEV;
	__builtin_memcpy(id, shim.box->header.boot_id, 16);
	return 0;
}

/* ---- head sequence ---- */

static int head_valid(const uint64_t pair[2])
{
	return pair[1] == box_check(pair, sizeof *pair);
}

void initx_head_set(uint64_t sequence)
{
	if (!shim.box)
		return;
	uint64_t (*head)[2] = shim.box->live.head;

	if (head_valid(head[0]) && head[0][0] > sequence)	/* a new store that counts from below */
		head[0][1] = 0;
	if (head_valid(head[1]) && head[1][0] > sequence)
		head[1][1] = 0;
	/* Overwrite the older one, so that a crash in here leaves the newer. */
	int older = head_valid(head[0]) && (!head_valid(head[1]) || head[0][0] > head[1][0]) ? 1 : 0;

	head[older][0] = sequence;
	head[older][1] = box_check(head[older], sizeof **head);
}

int initx_head_get(uint64_t *sequence)
{
	if (!shim.box)
		return -ENODEV;
	uint64_t (*head)[2] = shim.box->live.head;
	int first = head_valid(head[0]), second = head_valid(head[1]);

	if (!first && !second)
		return -ENOENT;
	*sequence = first && (!second || head[0][0] > head[1][0]) ? head[0][0] : head[1][0];
	return 0;
}

/* ---- the event in flight ---- */

void initx_event_enter(uint64_t id, uint32_t kind, const char *unit, uint32_t length)
{
	if (!shim.box)
		return;
	struct box_event *event = &shim.box->event;

	if (length >= INITX_UNIT_MAX)
		length = INITX_UNIT_MAX - 1;
	event->active = 0;
	event->id = id;
	event->kind = kind;
	__builtin_memcpy(event->unit, unit, length);
	__builtin_memset(event->unit + length, 0, INITX_UNIT_MAX - length);
	event->active = 1;
	BOX_SEAL(event);
}

void initx_event_leave(void)
{
	if (shim.box)
		shim.box->event.active = 0;	/* which also breaks its checksum */
}

/* ---- spawn slots ---- */

int initx_slot_take(uint64_t token, uint32_t role, const char *unit, uint32_t length)
{
	static int next;

	if (!shim.box)
		return -ENODEV;
	if (length >= INITX_UNIT_MAX)
		return -ENAMETOOLONG;
	for (int i = 0; i < INITX_SLOT_LIMIT; i++) {
		int number = (next + i) % INITX_SLOT_LIMIT;
		struct initx_slot *slot = &shim.box->slots[number];

		if (slot->state)
			continue;
		__builtin_memset(slot, 0, sizeof *slot);
		slot->token = token;
		slot->taken_ns = raw_clock_ns(CLOCK_BOOTTIME);
		slot->role = role;
		__builtin_memcpy(slot->unit, unit, length);
		slot->state = 1;
		box_raise(&shim.box->live.slot_high, number, INITX_SLOT_LIMIT);
		BOX_SEAL(slot);
		next = number;	/* the lowest free ones are used again: few pages, few to look at */
		return number;
	}
	return -EAGAIN;
}

int initx_slot_free(int slot)
{
	if (!shim.box)
		return -ENODEV;
	if (slot < 0 || slot >= INITX_SLOT_LIMIT)
		return -EINVAL;
	__builtin_memset(&shim.box->slots[slot], 0, sizeof shim.box->slots[slot]);
	return 0;
}

int initx_slot_next(int from, struct initx_slot *out)
{
	if (!shim.box)
		return -ENODEV;
	int high = box_highest(&shim.box->live.slot_high, INITX_SLOT_LIMIT);

	for (int i = from < 0 ? 0 : from; i <= high; i++) {
		struct initx_slot *slot = &shim.box->slots[i];

		if (!slot->state)
			continue;
		if (!BOX_VALID(slot)) {
			initx_slot_free(i);
			continue;
		}
		*out = *slot;
		return i;
	}
	return -ENOENT;
}

/* ---- engine facts ---- */

int initx_facts_write(const void *facts, uint32_t length)
{
	if (!shim.box)
		return -ENODEV;
	struct box_facts *kept = &shim.box->facts;

	if (length > INITX_FACTS_MAX)
		return -EMSGSIZE;
	kept->check = 0;
	kept->length = length;
	__builtin_memcpy(kept->bytes, facts, length);
	kept->check = box_check(kept->bytes, length) ^ length;
	return 0;
}

int initx_facts_read(void *facts, uint32_t capacity)
{
	if (!shim.box)
		return -ENODEV;
	const struct box_facts *kept = &shim.box->facts;

	if (kept->length > INITX_FACTS_MAX
			|| kept->check != (box_check(kept->bytes, kept->length) ^ kept->length))
		return -ENOENT;
	if (kept->length > capacity)
		return -EMSGSIZE;
	__builtin_memcpy(facts, kept->bytes, kept->length);
	return (int)kept->length;
}

/* ---- exits that the C loop saw ---- */

static int exits_used(void)
{
	uint32_t next = shim.box->live.exit_next;

	return next < INITX_EXIT_LIMIT ? (int)next : INITX_EXIT_LIMIT;
}

int initx_exit_next(int from, struct initx_exit *out)
{
	if (!shim.box)
		return -ENODEV;
	int used = exits_used();

	for (int i = from < 0 ? 0 : from; i < used; i++) {
		if (!shim.box->exits[i].pid || !BOX_VALID(&shim.box->exits[i]))
			continue;
		*out = shim.box->exits[i];
		return i;
	}
	return -ENOENT;
}

int initx_exits_clear(void)
{
	if (!shim.box)
		return -ENODEV;
	int used = exits_used();

	for (int i = 0; i < used; i++)
		__builtin_memset(&shim.box->exits[i], 0, sizeof shim.box->exits[i]);
	shim.box->live.exit_next = 0;
	return 0;
}

int initx_shell_allowed(int allowed)
{
	if (!shim.box)
		return -ENODEV;
	shim.box->switches.shell_allowed = allowed != 0;
	BOX_SEAL(&shim.box->switches);
	return 0;
}
