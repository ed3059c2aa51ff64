/*
 * stamp FILE SLOT: the smallest service. Writes the time at which main() was entered into its slot
 * of a shared file (nanoseconds of CLOCK_MONOTONIC, native order), then waits to be killed.
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
	if (argc != 3)
		return 2;
	uint64_t stamp = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	int fd = open(argv[1], O_WRONLY | O_CLOEXEC);
	if (fd < 0 || pwrite(fd, &stamp, sizeof stamp, atol(argv[2]) * 8) != sizeof stamp)
		return 3;
	close(fd);
	for (;;)
		pause();
}
