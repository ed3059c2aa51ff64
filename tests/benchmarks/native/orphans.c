/*
 * orphans COUNT: leaves COUNT processes that have ended to whoever adopts them (PID 1, or a
 * subreaper), all at once: their parent ends without having waited for any.
 */
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	for (long i = atol(argv[1]); i > 0; i--) {
		pid_t child = fork();
		if (child == 0)
			_exit(0);
		if (child < 0)
			return 1;
	}
	return 0;
}
