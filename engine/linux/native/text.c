/* Text without libc: for handlers, and for the loop that runs when nothing else does. */
#include <poll.h>

#include "internal.h"

void text_begin(struct text *text, char *buffer, size_t size)
{
	text->at = buffer;
	text->end = buffer + size - 1;
	*buffer = 0;
}

void text_add(struct text *text, const char *words)
{
	while (*words && text->at < text->end)
		*text->at++ = *words++;
	*text->at = 0;
}

void text_number(struct text *text, uint64_t value)
{
	char digits[21];
	char *at = digits + sizeof digits;

	*--at = 0;
	do {
		*--at = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	text_add(text, at);
}

void text_hex(struct text *text, uint64_t value)
{
	char digits[17];
	char *at = digits + sizeof digits;

	*--at = 0;
	do {
		*--at = "0123456789abcdef"[value & 15];
		value >>= 4;
	} while (value);
	text_add(text, "0x");
	text_add(text, at);
}

/* A stopped terminal or a full pipe must not hold up PID 1: what does not fit now is dropped. */
void say(const char *line, size_t length)
{
	struct pollfd console = { .fd = 2, .events = POLLOUT };

	if (raw(SYS_poll, &console, 1, 0) == 1 && (console.revents & POLLOUT))
		raw(SYS_write, 2, line, length);
}
