/*
 * What PID 1 must never call, in place of libc's own: name services, the resolver, shared
 * libraries, translations. The runtime's support library and SQLite name these functions in code
 * that PID 1 does not run, and each would bring a part of libc that can block on the network or
 * on a disk. Answers are those of a system where nothing is found (getpwnam_r(3), getaddrinfo(3),
 * dlopen(3)).
 */
#include <errno.h>
#include <stddef.h>

#define EAI_SYSTEM (-11)

static int not_here(void)
{
	errno = ENOSYS;
	return -1;
}

int getaddrinfo(void)
{
	errno = ENOSYS;
	return EAI_SYSTEM;
}

int getnameinfo(void)
{
	errno = ENOSYS;
	return EAI_SYSTEM;
}

void freeaddrinfo(void)
{
}

int getpwnam_r(void)
{
	return ENOSYS;
}

int getpwuid_r(void)
{
	return ENOSYS;
}

int getgrgid_r(void)
{
	return ENOSYS;
}

int getgrouplist(void)
{
	return not_here();
}

int initgroups(void)
{
	return not_here();
}

void *dlopen(void)
{
	return NULL;
}

void *dlsym(void)
{
	return NULL;
}

int dlclose(void)
{
	return not_here();
}

char *dlerror(void)
{
	static char text[] = "there are no shared libraries here";

	return text;
}

/* No locale is ever set, and without one a message is its own translation. */
char *dcgettext(const char *domain, const char *message, int category)
{
	(void)domain;
	(void)category;
	return (char *)message;
}

char *__dcgettext(const char *domain, const char *message, int category)
{
	return dcgettext(domain, message, category);
}
