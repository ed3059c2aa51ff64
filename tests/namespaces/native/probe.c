/*
 * What the crash tests run inside a system: services that show what happened to them, and the
 * client of the crash-test socket. Static, so that it runs on any root.
 *
 *	probe live		waits for ever
 *	probe mortal CODE	exits with CODE on SIGUSR1
 *	probe orphanage		asks for SIGUSR2 when its parent's thread dies, and exits 99 on it
 *	probe status CODE	exits with CODE
 *	probe limits		prints soft and hard of each rlimit, umask, nice, signals, then waits
 *	probe ask WORDS...	sends one datagram to /run/initx/crash-test, prints the answer (2 s)
 *	probe listen		answers one byte to each connection on descriptor 3
 *	probe knock PATH	connects to PATH and prints what it is answered
 *	probe lease PATH	whoever executes PATH waits until this process ends (45 s at most)
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static int exit_code;

static void on_signal(int signal)
{
	(void)signal;
	_exit(exit_code);
}

static int __attribute__((noreturn)) wait_for_ever(void)
{
	for (;;)
		pause();
}

static int mortal(int code)
{
	exit_code = code;
	signal(SIGUSR1, on_signal);
	wait_for_ever();
}

static int orphanage(void)
{
	exit_code = 99;
	signal(SIGUSR2, on_signal);
	prctl(PR_SET_PDEATHSIG, SIGUSR2);
	wait_for_ever();
}

static int show_limits(void)
{
	sigset_t blocked;
	struct sigaction action;
	mode_t mask = umask(022);

	for (int i = 0; i < 16; i++) {
		struct rlimit limit;

		if (getrlimit(i, &limit) == 0)
			printf("limit %d %lld %lld\n", i, (long long)limit.rlim_cur, (long long)limit.rlim_max);
	}
	printf("umask %o\nnice %d\n", (unsigned)mask, getpriority(PRIO_PROCESS, 0));
	sigprocmask(SIG_SETMASK, NULL, &blocked);
	for (int i = 1; i < 65; i++) {
		if (sigismember(&blocked, i) == 1)
			printf("blocked %d\n", i);
		if (sigaction(i, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
			printf("ignored %d\n", i);
	}
	for (int fd = 3; fd < 2000; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("descriptor %d\n", fd);
	for (char **entry = environ; *entry; entry++)
		printf("environment %s\n", *entry);
	fflush(stdout);
	wait_for_ever();
}

static int ask(int argc, char **argv)
{
	struct sockaddr_un manager = { AF_UNIX, "/run/initx/crash-test" }, me = { .sun_family = AF_UNIX };
	struct timeval patience = { 2, 0 };
	char text[1024] = "", answer[1024];
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ssize_t length;

	for (int i = 0; i < argc; i++) {
		strcat(text, i ? " " : "");
		strcat(text, argv[i]);
	}
	snprintf(me.sun_path, sizeof me.sun_path, "/run/initx/ask-%d", getpid());
	if (bind(fd, (struct sockaddr *)&me, sizeof me) < 0)
		return 4;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (sendto(fd, text, strlen(text), 0, (struct sockaddr *)&manager, sizeof manager) < 0) {
		unlink(me.sun_path);
		return 3;
	}
	length = recv(fd, answer, sizeof answer, 0);
	unlink(me.sun_path);
	if (length < 0)
		return 2;
	printf("%.*s\n", (int)length, answer);
	return 0;
}

static int answer_on_socket(void)
{
	for (;;) {
		int client = accept(3, NULL, NULL);

		if (client < 0)
			return 1;
		if (write(client, "!", 1) != 1)
			return 1;
		close(client);
	}
}

static int knock(const char *path)
{
	struct sockaddr_un door = { .sun_family = AF_UNIX };
	struct timeval patience = { 5, 0 };
	char answer[16] = "";
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(door.sun_path, sizeof door.sun_path, "%s", path);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (connect(fd, (struct sockaddr *)&door, sizeof door) < 0)
		return 3;
	if (read(fd, answer, sizeof answer - 1) <= 0)
		return 2;
	puts(answer);
	return 0;
}

/* A write lease (fcntl(2)): the kernel holds up who opens the file, and asks us to let it go. */
static int lease(const char *path)
{
	char held[256];
	int fd = open(path, O_RDONLY);

	signal(SIGIO, SIG_IGN);
	if (fd < 0 || fcntl(fd, F_SETLEASE, F_WRLCK) < 0) {
		perror(path);
		return 1;
	}
	snprintf(held, sizeof held, "%s.held", path);
	close(open(held, O_CREAT | O_WRONLY, 0644));
	wait_for_ever();
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (!strcmp(verb, "live"))
		wait_for_ever();
	if (!strcmp(verb, "mortal"))
		return mortal(atoi(argv[2]));
	if (!strcmp(verb, "status"))
		return atoi(argv[2]);
	if (!strcmp(verb, "orphanage"))
		return orphanage();
	if (!strcmp(verb, "limits"))
		return show_limits();
	if (!strcmp(verb, "ask"))
		return ask(argc - 2, argv + 2);
	if (!strcmp(verb, "knock"))
		return knock(argv[2]);
	if (!strcmp(verb, "lease"))
		return lease(argv[2]);
	if (!strcmp(verb, "listen"))
		return answer_on_socket();
	fprintf(stderr, "probe: what is '%s'?\n", verb);
	return 64;
}
