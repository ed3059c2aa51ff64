/*
 * ptyrun CMD [ARG]...: runs a command whose standard streams are a fresh terminal, and copies what is
 * written there to standard output. Its status is the command's (128 + signal when it was killed).
 *
 * Unlike script(1): the terminal controls no session, so that no key and no hang-up can reach the command
 * as a signal, and vhangup(2) by a getty is survived: the other end is simply read again. Nothing is
 * read from standard input: a machine's console is not the keyboard of whoever started the machine.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(125);
}

/* Dies with its parent, also when that is already gone. */
static void die_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(125);
}

/*
 * A session whose leader only waits. The command is no leader, so that a shell in it which opens the
 * terminal (bash does, at its start) cannot make it the controlling one by accident.
 */
static _Noreturn void run(int terminal, pid_t parent, char **command)
{
	die_with(parent);
	setsid();
	pid_t leader = getpid(), child = fork();
	if (child < 0)
		die("fork");
	if (child > 0) {
		int status;
		close(terminal);
		while (waitpid(child, &status, 0) < 0)
			;
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	}
	die_with(leader);
	for (int fd = 0; fd < 3; fd++) {
		if (dup2(terminal, fd) < 0)
			die("dup2");
	}
	execvp(command[0], command);
	die(command[0]);
}

static void write_all(const char *text, ssize_t length)
{
	while (length > 0) {
		ssize_t count = write(STDOUT_FILENO, text, length);
		if (count < 0 && errno != EINTR)
			return; /* nobody reads: the command must go on all the same */
		if (count > 0) {
			text += count;
			length -= count;
		}
	}
}

/* Copies what there is. Zero: nothing now (also after a hang-up, until somebody opens it again). */
static ssize_t copy(int master)
{
	char text[4096];
	ssize_t count = read(master, text, sizeof text);
	if (count > 0)
		write_all(text, count);
	return count > 0 ? count : 0;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: ptyrun CMD [ARG]...\n");
		return 125;
	}
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		die("pty");
	int terminal = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (terminal < 0)
		die("pty peer");
	struct winsize size = {.ws_row = 25, .ws_col = 80};
	ioctl(terminal, TIOCSWINSZ, &size);

	pid_t parent = getpid(), child = fork();
	if (child < 0)
		die("fork");
	if (child == 0)
		run(terminal, parent, argv + 1);
	/* The terminal stays open here: the last reader inside must not end it for the next one. */
	int ended = (int)syscall(SYS_pidfd_open, child, 0);
	if (ended < 0)
		die("pidfd_open");
	struct pollfd watched[] = {{master, POLLIN, 0}, {ended, POLLIN, 0}};
	while ((watched[1].revents & POLLIN) == 0) {
		if (poll(watched, 2, -1) < 0 && errno != EINTR)
			die("poll");
		/* A hung-up master is always "ready": look at the child now and then instead. */
		if (watched[0].revents != 0 && copy(master) == 0)
			poll(&watched[1], 1, 20);
	}
	while (copy(master) > 0)
		;
	siginfo_t info = {0};
	if (waitid(P_PIDFD, (id_t)ended, &info, WEXITED) < 0)
		die("waitid");
	return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}
