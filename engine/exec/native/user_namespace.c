/*
 * PrivateUsers=: a user namespace can only be entered by a process with one thread, and the managed
 * runtime has more from its start. So initx-exec, once all else that needs root is done, executes
 * itself with --user-namespace=UID:GID as its first option; this constructor runs before the
 * runtime and enters the namespace, in which root, UID and GID are themselves and everybody else
 * is nobody.
 *
 * The maps are written by a child that stayed outside: a process may only map its own id itself.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define OPTION "--user-namespace="
#define STATUS_OPTION "--status-fd="
#define EXIT_USER 217		/* systemd.exec(5), "Process Exit Codes" */
#define STEP_SETUP 13

/* struct initx_spawn_report of the shim */
struct report {
	int32_t error;
	uint32_t step;
	int32_t exit_code;
	int32_t detail;
	char text[240];
};

static void fail(int argc, char **argv, int error) __attribute__((noreturn));

static void fail(int argc, char **argv, int error)
{
	struct report report = { .error = error, .step = STEP_SETUP, .exit_code = EXIT_USER };
	int fd = STDERR_FILENO;

	snprintf(report.text, sizeof report.text, "PrivateUsers: %s (%s)", strerrorname_np(error),
		strerror(error));
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (strncmp(argv[i], STATUS_OPTION, strlen(STATUS_OPTION)) == 0)
			fd = atoi(argv[i] + strlen(STATUS_OPTION));
	if (fd == STDERR_FILENO)
		dprintf(fd, "initx-exec: %s\n", report.text);
	else if (write(fd, &report, sizeof report) < 0)
		_exit(EXIT_USER);	/* the status says it all the same */
	_exit(EXIT_USER);
}

static int write_file(pid_t pid, const char *name, const char *text)
{
	char path[64];
	int fd, error = 0;

	snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		error = errno;
	close(fd);
	return error;
}

static int write_map(pid_t pid, const char *name, unsigned long id)
{
	char text[96];

	if (id == 0)
		snprintf(text, sizeof text, "0 0 1\n");
	else
		snprintf(text, sizeof text, "0 0 1\n%lu %lu 1\n", id, id);
	return write_file(pid, name, text);
}

static int write_maps(pid_t pid, unsigned long uid, unsigned long gid)
{
	int error = write_file(pid, "setgroups", "deny\n");

	if (error == 0 || error == ENOENT)
		error = write_map(pid, "uid_map", uid);
	return error ? error : write_map(pid, "gid_map", gid);
}

__attribute__((constructor)) static void enter(int argc, char **argv)
{
	unsigned long uid, gid;
	int go[2], status = 0;
	pid_t parent = getpid(), child;
	char byte = 0;

	if (argc < 2 || strncmp(argv[1], OPTION, strlen(OPTION)) != 0)
		return;
	if (sscanf(argv[1] + strlen(OPTION), "%lu:%lu", &uid, &gid) != 2)
		fail(argc, argv, EINVAL);
	if (pipe2(go, O_CLOEXEC) < 0)
		fail(argc, argv, errno);
	child = fork();
	if (child < 0)
		fail(argc, argv, errno);
	if (child == 0) {
		close(go[1]);
		_exit(read(go[0], &byte, 1) == 1 ? write_maps(parent, uid, gid) : ECANCELED);
	}
	close(go[0]);
	if (unshare(CLONE_NEWUSER) < 0)
		status = errno;
	else if (write(go[1], &byte, 1) < 0)
		status = errno;
	close(go[1]);
	if (status) {
		waitpid(child, NULL, 0);
		fail(argc, argv, status);
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			fail(argc, argv, errno);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail(argc, argv, WIFEXITED(status) ? WEXITSTATUS(status) : ECANCELED);
}
