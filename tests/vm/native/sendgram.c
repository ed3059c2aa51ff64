/* sendgram SOCKET TEXT: one datagram to a unix socket, which no applet of busybox can do. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(int argc, char **argv)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	if (argc != 3 || strlen(argv[1]) >= sizeof to.sun_path) {
		fprintf(stderr, "usage: sendgram SOCKET TEXT\n");
		return 2;
	}
	strcpy(to.sun_path, argv[1]);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	if (fd < 0 || sendto(fd, argv[2], strlen(argv[2]), 0, (struct sockaddr *)&to, sizeof to) < 0) {
		perror(argv[1]);
		return 1;
	}
	return 0;
}
