/*
 * Who calls on the services of the storm (CrashStormTests.cs): a client inside the system that
 * keeps its connections over all crashes. Commands come on standard input, a line each, and each is
 * answered by one line: "ok", what was heard, or "error: ...".
 *
 *	connect NAME unix PATH | tcp PORT | dgram PATH
 *	say NAME WORD		sends a line
 *	hear NAME		waits for a line (20 s); "gone" when the other end is
 *	close NAME
 *	write PATH WORD		a line into a FIFO
 *	shout PATH WORDS	a datagram to a crash-test socket
 *	count COMMAND		processes whose command line begins so (blanks between its words)
 *	kill SIGNAL COMMAND	sends them a signal; how many
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define MOST 64

static struct { char name[32]; int fd; } held[MOST];

static void __attribute__((format(printf, 1, 2))) reply(const char *format, ...)
{
	__builtin_va_list words;

	__builtin_va_start(words, format);
	vprintf(format, words);
	__builtin_va_end(words);
	putchar('\n');
	fflush(stdout);
}

static void result(int bad)
{
	if (bad)
		reply("error: %s", strerror(errno));
	else
		reply("ok");
}

static int find(const char *name)
{
	for (int i = 0; i < MOST; i++)
		if (held[i].fd && !strcmp(held[i].name, name))
			return i;
	return -1;
}

static int unix_address(struct sockaddr_un *address, const char *path)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	return snprintf(address->sun_path, sizeof address->sun_path, "%s", path);
}

static int open_connection(const char *kind, const char *where)
{
	struct timeval patience = { 20, 0 };
	struct sockaddr_in port = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)atoi(where)) };
	struct sockaddr_un path;
	int is_tcp = !strcmp(kind, "tcp"), is_datagram = !strcmp(kind, "dgram");
	int fd = socket(is_tcp ? AF_INET : AF_UNIX,
		(is_datagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	/* An abstract name of its own, so that it can be answered. */
	if (is_datagram && bind(fd, (struct sockaddr *)&(struct sockaddr_un){ .sun_family = AF_UNIX },
			sizeof(sa_family_t)) < 0)
		return -1;
	unix_address(&path, where);
	if (is_tcp ? connect(fd, (struct sockaddr *)&port, sizeof port)
			: connect(fd, (struct sockaddr *)&path, sizeof path))
		return -1;
	return fd;
}

static void make_connection(const char *name, const char *kind, const char *where)
{
	for (int i = 0; i < MOST; i++) {
		if (held[i].fd)
			continue;
		int fd = open_connection(kind, where);

		if (fd > 0) {
			held[i].fd = fd;
			snprintf(held[i].name, sizeof held[i].name, "%s", name);
		}
		result(fd < 0);
		return;
	}
	reply("error: too many connections");
}

static void hear(int fd)
{
	char line[256];
	size_t length = 0;

	/* A byte at a time: what follows the line is the next one's. A datagram is one line. */
	int type = 0;
	socklen_t size = sizeof type;

	getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size);
	while (length < sizeof line - 1) {
		ssize_t got = recv(fd, line + length, type == SOCK_DGRAM ? sizeof line - 1 : 1, 0);

		if (got == 0) {
			reply("gone");
			return;
		}
		if (got < 0) {
			reply("error: %s", strerror(errno));
			return;
		}
		length += (size_t)got;
		if (line[length - 1] == '\n')
			break;
	}
	line[length ? length - 1 : 0] = 0;
	reply("%s", line);
}

static void send_datagram(const char *path, const char *words)
{
	struct sockaddr_un manager;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	unix_address(&manager, path);
	result(sendto(fd, words, strlen(words), 0, (struct sockaddr *)&manager, sizeof manager) < 0);
	close(fd);
}

static void write_line(const char *path, const char *word)
{
	char line[128];
	int size = snprintf(line, sizeof line, "%s\n", word);
	int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	result(fd < 0 || write(fd, line, (size_t)size) != size);
	if (fd >= 0)
		close(fd);
}

/* Begins with the command, and a word of it ends there. */
static int is_command(const char *pid, const char *command)
{
	char path[64], text[256];
	size_t wanted = strlen(command);

	snprintf(path, sizeof path, "/proc/%.20s/cmdline", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

	if (fd >= 0)
		close(fd);
	if (got <= (ssize_t)wanted)
		return 0;
	for (ssize_t i = 0; i < got; i++)
		if (!text[i])
			text[i] = ' ';
	return !strncmp(text, command, wanted) && text[wanted] == ' ';
}

static void each_process(int signal, const char *command)
{
	DIR *processes = opendir("/proc");
	int count = 0;

	for (struct dirent *entry; processes && (entry = readdir(processes));)
		if (isdigit((unsigned char)entry->d_name[0]) && is_command(entry->d_name, command)
				&& kill(atoi(entry->d_name), signal) == 0)
			count++;
	if (processes)
		closedir(processes);
	reply("%d", count);
}

static void obey(char *line)
{
	char *rest = line, *verb = strsep(&rest, " "), *first = strsep(&rest, " ");
	int at = first ? find(first) : -1;

	if (!first) {
		reply("error: '%s' needs more", verb);
	} else if (!strcmp(verb, "count")) {
		if (rest)
			rest[-1] = ' ';
		each_process(0, first);
	} else if (!strcmp(verb, "kill") && rest) {
		each_process(atoi(first), rest);
	} else if (!strcmp(verb, "shout") && rest) {
		send_datagram(first, rest);
	} else if (!strcmp(verb, "write") && rest) {
		write_line(first, rest);
	} else if (!strcmp(verb, "connect") && rest) {
		char *kind = strsep(&rest, " ");

		make_connection(first, kind, rest ? rest : "");
	} else if (at < 0) {
		reply("error: no connection '%s'", first);
	} else if (!strcmp(verb, "say") && rest) {
		size_t length = strlen(rest);

		rest[length] = '\n';
		result(send(held[at].fd, rest, length + 1, MSG_NOSIGNAL) != (ssize_t)length + 1);
	} else if (!strcmp(verb, "hear")) {
		hear(held[at].fd);
	} else if (!strcmp(verb, "close")) {
		close(held[at].fd);
		held[at].fd = 0;
		reply("ok");
	} else {
		reply("error: what is '%s'?", verb);
	}
}

int main(void)
{
	char line[512];

	while (fgets(line, sizeof line - 1, stdin)) {
		line[strcspn(line, "\n")] = 0;
		obey(line);
	}
	return 0;
}
