/* Entry points whose files are not written yet: each refuses with ENOSYS. */
#include <errno.h>
#include <pthread.h>

#include "initx_shim.h"

int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
	void *argument);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
	void *argument)
{
	return __real_pthread_create(thread, attr, start, argument);
}

int initx_shim_version(void)
{
	return INITX_SHIM_VERSION;
}

int initx_install(void)
{
	return -ENOSYS;
}

int initx_start_info(struct initx_start *out)
{
	(void)out;
	return -ENOSYS;
}

void initx_beat(int busy)
{
	(void)busy;
}

void initx_loading(int on)
{
	(void)on;
}

void initx_note(const char *text, uint32_t length)
{
	(void)text;
	(void)length;
}

int initx_reexec(int image_fd, const char *version, uint32_t version_length)
{
	(void)image_fd;
	(void)version;
	(void)version_length;
	return -ENOSYS;
}

int initx_climb(void)
{
	return -ENOSYS;
}

void initx_allow_exit(void)
{
}

int initx_shell_allowed(int allowed)
{
	(void)allowed;
	return -ENOSYS;
}

int initx_watchdog_open(const char *path, uint32_t timeout_s)
{
	(void)path;
	(void)timeout_s;
	return -ENOSYS;
}

int initx_watchdog_feed(void)
{
	return -ENOSYS;
}

int initx_watchdog_close(void)
{
	return -ENOSYS;
}

int initx_spawn(const struct initx_spawn *request, struct initx_spawned *out)
{
	(void)request;
	(void)out;
	return -ENOSYS;
}

int initx_spawn_status(uint32_t block, int status_fd, struct initx_spawn_report *out)
{
	(void)block;
	(void)status_fd;
	(void)out;
	return -ENOSYS;
}

int initx_spawn_pending(void)
{
	return -ENOSYS;
}

int initx_fd_register(int fd, uint32_t kind, uint64_t tag, const char *unit, uint32_t unit_length, const char *name, uint32_t name_length)
{
	(void)fd;
	(void)kind;
	(void)tag;
	(void)unit;
	(void)unit_length;
	(void)name;
	(void)name_length;
	return -ENOSYS;
}

int initx_fd_unregister(int fd)
{
	(void)fd;
	return -ENOSYS;
}

int initx_fd_next(int from, struct initx_fd_entry *out)
{
	(void)from;
	(void)out;
	return -ENOSYS;
}

int initx_slot_take(uint64_t token, uint32_t role, const char *unit, uint32_t length)
{
	(void)token;
	(void)role;
	(void)unit;
	(void)length;
	return -ENOSYS;
}

int initx_slot_free(int slot)
{
	(void)slot;
	return -ENOSYS;
}

int initx_slot_next(int from, struct initx_slot *out)
{
	(void)from;
	(void)out;
	return -ENOSYS;
}

void initx_head_set(uint64_t sequence)
{
	(void)sequence;
}

int initx_head_get(uint64_t *sequence)
{
	(void)sequence;
	return -ENOSYS;
}

void initx_event_enter(uint64_t id, uint32_t kind, const char *unit, uint32_t length)
{
	(void)id;
	(void)kind;
	(void)unit;
	(void)length;
}

void initx_event_leave(void)
{
}

int initx_ring_append(uint64_t sequence, const void *record, uint32_t length)
{
	(void)sequence;
	(void)record;
	(void)length;
	return -ENOSYS;
}

int initx_ring_read(uint64_t *cursor, uint64_t *sequence, void *record, uint32_t capacity)
{
	(void)cursor;
	(void)sequence;
	(void)record;
	(void)capacity;
	return -ENOSYS;
}

int initx_facts_write(const void *facts, uint32_t length)
{
	(void)facts;
	(void)length;
	return -ENOSYS;
}

int initx_facts_read(void *facts, uint32_t capacity)
{
	(void)facts;
	(void)capacity;
	return -ENOSYS;
}

int initx_exit_next(int from, struct initx_exit *out)
{
	(void)from;
	(void)out;
	return -ENOSYS;
}

int initx_exits_clear(void)
{
	return -ENOSYS;
}

int initx_boot_id(uint8_t id[16])
{
	(void)id;
	return -ENOSYS;
}

int initx_test_crash(int kind)
{
	(void)kind;
	return -ENOSYS;
}

int initx_test_crash_at_start(uint32_t starts)
{
	(void)starts;
	return -ENOSYS;
}

