/* A library that leaves a mark where it is loaded: preloaded into a program that is still root, it
 * would be root's. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <unistd.h>

__attribute__((constructor)) static void mark(void)
{
	int fd = open("/run/preloaded", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd >= 0)
		close(fd);
}
