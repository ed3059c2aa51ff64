/*
 * stamp FILE SLOT [PROGRAM ARG…]: the smallest service. Writes the time at which main() was entered
 * into its slot of a shared file (nanoseconds of CLOCK_MONOTONIC, native order), then executes
 * PROGRAM or, without one, waits to be killed. FILE must lie on tmpfs: on an overlay the first
 * writers would copy it up at the same time, and some of their times would be lost.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

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
	if (argc > 3) {
		execv(argv[3], argv + 3);
		return 127;
	}
	for (;;)
		pause();
}
