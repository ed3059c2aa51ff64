/*
 * The services that live through the storm of crashes and re-execs (CrashStormTests.cs). Static, so
 * that they run on any root. Each speaks the protocols of sd_listen_fds(3) and sd_notify(3) itself.
 *
 *	resident serve LOG	answers each line on its sockets with "PID COUNT LINE"; what comes
 *				through a FIFO goes to LOG
 *	resident once LOG	accepts one connection, notes its line in LOG, answers, ends
 *	resident keep LOG	stores descriptors in its first run; in every later one it notes names
 *				and contents of those it was handed back; SIGUSR1 takes one away
 *	resident ping		pings the watchdog twice a second, until SIGUSR1
 *	resident say TEXT	on SIGUSR1 notifies of TEXT, a memfd "said" with it, and waits at a
 *				barrier; makes /run/said and then /run/let-go
 *	resident end TEXT	on SIGUSR1 notifies of TEXT, makes /run/said and ends
 *	resident note LOG WORD	one line in LOG
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define FIRST 3
#define MOST 64

static volatile sig_atomic_t told;

static void on_told(int signal)
{
	(void)signal;
	told = 1;
}

static int __attribute__((noreturn)) die(const char *what)
{
	perror(what);
	exit(1);
}

/* One write(2) a line: lines of several processes do not mix. */
static void note(const char *log, const char *format, ...)
{
	char line[512];
	va_list words;
	int fd = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644), length;

	if (fd < 0)
		die(log);
	va_start(words, format);
	length = vsnprintf(line, sizeof line - 1, format, words);
	va_end(words);
	line[length++] = '\n';
	if (write(fd, line, (size_t)length) != length)
		die(log);
	close(fd);
}

static void notify(const char *text, int fd)
{
	struct sockaddr_un manager = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	char control[CMSG_SPACE(sizeof fd)] = "";
	struct iovec words = { (void *)text, strlen(text) };
	struct msghdr message = { .msg_name = &manager, .msg_namelen = sizeof manager,
		.msg_iov = &words, .msg_iovlen = 1 };
	int from;

	if (!path)
		die("NOTIFY_SOCKET");
	snprintf(manager.sun_path, sizeof manager.sun_path, "%s", path);
	if (fd >= 0) {
		message.msg_control = control;
		message.msg_controllen = sizeof control;
		*CMSG_FIRSTHDR(&message) = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof fd) };
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &fd, sizeof fd);
	}
	from = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (from < 0 || sendmsg(from, &message, MSG_NOSIGNAL) < 0)
		die(text);
	close(from);
}

static int handed(void)
{
	const char *count = getenv("LISTEN_FDS");

	return count ? atoi(count) : 0;
}

/* ---- sockets ---- */

static unsigned served;

/* Answers all lines of one read; 0 when the other end is gone. */
static int answer(int fd, const char *log, int is_fifo)
{
	struct sockaddr_un sender;
	socklen_t length = sizeof sender;
	char text[1024], reply[1200];
	ssize_t got = is_fifo ? read(fd, text, sizeof text - 1)
		: recvfrom(fd, text, sizeof text - 1, 0, (struct sockaddr *)&sender, &length);

	if (got <= 0)
		return got < 0 && errno == EAGAIN;
	text[got] = 0;
	for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
		if (!*line)
			continue;
		if (is_fifo) {
			note(log, "%s", line);
			continue;
		}
		int size = snprintf(reply, sizeof reply, "%d %u %s\n", getpid(), ++served, line);

		struct sockaddr *to = length ? (struct sockaddr *)&sender : NULL;

		if (sendto(fd, reply, (size_t)size, MSG_NOSIGNAL, to, length) < 0)
			return 0;
	}
	return 1;
}

static int serve(const char *log)
{
	struct pollfd watched[MOST];
	int listening[MOST], fifo[MOST], count = handed();

	if (count < 1)
		die("LISTEN_FDS");
	for (int i = 0; i < count; i++) {
		struct stat what;
		socklen_t size = sizeof listening[i];

		watched[i] = (struct pollfd){ FIRST + i, POLLIN, 0 };
		listening[i] = 0;
		if (fstat(FIRST + i, &what) < 0)
			die("fstat");
		fifo[i] = S_ISFIFO(what.st_mode);
		if (!fifo[i])
			getsockopt(FIRST + i, SOL_SOCKET, SO_ACCEPTCONN, &listening[i], &size);
	}
	for (;;) {
		if (poll(watched, (nfds_t)count, -1) < 0)
			die("poll");
		for (int i = count - 1; i >= 0; i--) {
			if (!watched[i].revents)
				continue;
			if (listening[i]) {
				int client = accept4(watched[i].fd, NULL, NULL, SOCK_CLOEXEC);

				if (client < 0 || count == MOST)
					die("accept");
				watched[count] = (struct pollfd){ client, POLLIN, 0 };
				listening[count] = fifo[count] = 0;
				count++;
			} else if (!answer(watched[i].fd, log, fifo[i])) {
				close(watched[i].fd);
				count--;
				watched[i] = watched[count];
				listening[i] = listening[count];
				fifo[i] = fifo[count];
			}
		}
	}
}

static int once(const char *log)
{
	char line[256], reply[300];
	int client = accept4(FIRST, NULL, NULL, SOCK_CLOEXEC);
	ssize_t got = client < 0 ? -1 : read(client, line, sizeof line - 1);

	if (got <= 0)
		die("once");
	line[got] = 0;
	line[strcspn(line, "\n")] = 0;
	note(log, "%s", line);
	int size = snprintf(reply, sizeof reply, "%d 1 %s\n", getpid(), line);

	return write(client, reply, (size_t)size) != size;
}

/* ---- stored descriptors ---- */

static void store(const char *name, int fd, const char *more)
{
	char text[128];

	if (fd < 0)
		die(name);
	snprintf(text, sizeof text, "FDSTORE=1\nFDNAME=%s\n%s", name, more);
	notify(text, fd);
}

static int with_content(int fd, const char *name)
{
	if (fd < 0 || write(fd, name, strlen(name)) < 0)
		die(name);
	return fd;
}

/* Two memfds, one of them twice; a pipe; and one without an other end, for FDPOLL=0 to keep. */
static void leave_descriptors(void)
{
	int both[2], broken[2];

	int twice = with_content(memfd_create("kept-a", 0), "content of kept-a");

	store("kept-a", twice, "");
	store("kept-a", twice, "");
	store("kept-b", with_content(memfd_create("kept-b", 0), "content of kept-b"), "");
	if (pipe(both) < 0 || pipe(broken) < 0)
		die("pipe");
	with_content(both[1], "content of pipe-read");
	store("pipe-read", both[0], "");
	store("pipe-write", both[1], "");
	with_content(broken[1], "content of broken");
	close(broken[1]);
	store("broken", broken[0], "FDPOLL=0\n");
}

/* What is in it stays in it: the next run wants to find it as well. */
static void look(const char *log, int fd, const char *name)
{
	char text[128] = "";
	struct stat what;
	int copy[2];

	if (fstat(fd, &what) < 0)
		die(name);
	if (S_ISFIFO(what.st_mode)) {
		if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY) {
			note(log, "%s=a pipe's end", name);
			return;
		}
		if (pipe(copy) < 0 || tee(fd, copy[1], sizeof text - 1, SPLICE_F_NONBLOCK) < 0
				|| read(copy[0], text, sizeof text - 1) < 0)
			snprintf(text, sizeof text, "%s", strerror(errno));
	} else if (pread(fd, text, sizeof text - 1, 0) < 0) {
		snprintf(text, sizeof text, "%s", strerror(errno));
	}
	note(log, "%s=%s", name, text);
}

static int __attribute__((noreturn)) keep(const char *log)
{
	char *names = getenv("LISTEN_FDNAMES");
	int count = handed();

	note(log, "run with %d", count);
	for (int i = 0; i < count && names; i++)
		look(log, FIRST + i, strsep(&names, ":"));
	if (count == 0)
		leave_descriptors();
	signal(SIGUSR1, on_told);
	notify("READY=1", -1);
	for (;;) {
		pause();
		if (told)
			notify("FDSTOREREMOVE=1\nFDNAME=kept-a", -1);
	}
}

/* ---- notifications ---- */

static int __attribute__((noreturn)) ping(void)
{
	struct timespec half = { 0, 500000000 };

	signal(SIGUSR1, on_told);
	notify("READY=1", -1);
	for (;;) {
		nanosleep(&half, NULL);
		if (!told)
			notify("WATCHDOG=1", -1);
	}
}

static void wait_until_told(void)
{
	signal(SIGUSR1, on_told);
	while (!told)
		usleep(10000);
}

static int end(const char *text)
{
	wait_until_told();
	notify("STATUS=about to end", -1);
	notify(text, -1);
	return close(open("/run/said", O_CREAT | O_WRONLY, 0644));
}

static int __attribute__((noreturn)) say(const char *text)
{
	struct pollfd end = { .events = 0 };
	int barrier[2];

	wait_until_told();
	notify(text, with_content(memfd_create("said", 0), "content of said"));
	if (pipe(barrier) < 0)
		die("pipe");
	notify("BARRIER=1", barrier[1]);
	close(barrier[1]);
	close(open("/run/said", O_CREAT | O_WRONLY, 0644));
	end.fd = barrier[0];
	poll(&end, 1, -1);
	close(open("/run/let-go", O_CREAT | O_WRONLY, 0644));
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "", *log = argc > 2 ? argv[2] : "";

	if (!strcmp(verb, "serve"))
		return serve(log);
	if (!strcmp(verb, "once"))
		return once(log);
	if (!strcmp(verb, "keep"))
		keep(log);
	if (!strcmp(verb, "ping"))
		ping();
	if (!strcmp(verb, "say"))
		say(log);
	if (!strcmp(verb, "end"))
		return end(log);
	if (!strcmp(verb, "note")) {
		note(log, "%s", argc > 3 ? argv[3] : "");
		return 0;
	}
	fprintf(stderr, "resident: what is '%s'?\n", verb);
	return 64;
}
