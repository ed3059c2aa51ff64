/*
 * stamp FILE SLOT [PROGRAM ARG…]: the smallest service. Writes the time at which main() was entered
 * into its slot of a shared file (nanoseconds of CLOCK_MONOTONIC, native order), then executes
 * PROGRAM or, without one, waits to be killed. FILE must lie on tmpfs: on an overlay the first
 * writers would copy it up at the same time, and some of their times would be lost.
 * Where $NOTIFY_SOCKET is set, READY=1 follows the time at once (sd_notify(3)).
 */
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int say_ready(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t length = strlen(path);
	if (length == 0 || length >= sizeof to.sun_path)
		return -1;
	memcpy(to.sun_path, path, length);
	if (path[0] == '@')
		to.sun_path[0] = 0;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	ssize_t sent = sendto(fd, "READY=1", 7, 0, (struct sockaddr *)&to, size);
	close(fd);
	return sent == 7 ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (argc < 3)
		return 2;
	uint64_t stamp = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	/* Whoever comes first makes the file; a slot that nobody wrote reads as 0. */
	int fd = open(argv[1], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || pwrite(fd, &stamp, sizeof stamp, atol(argv[2]) * 8) != sizeof stamp)
		return 3;
	close(fd);
	const char *notify = getenv("NOTIFY_SOCKET");
	if (notify && say_ready(notify) < 0)
		return 4;
	if (argc > 3) {
		execv(argv[3], argv + 3);
		return 127;
	}
	for (;;)
		pause();
}
