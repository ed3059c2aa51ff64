/*
 * launch CASE PROGRAM [ARGUMENT...]: becomes PROGRAM with a hostile inheritance. CASE is one word, or
 * several joined by commas. Static; PID 1 of the namespaces before the program is.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ENTRIES 200000

static char *environment[ENTRIES];
static int entries;
static char **to_pass = environment;
static int without_arguments;

static void add(char *entry)
{
	environment[entries++] = entry;
}

static char *filled(const char *name, size_t length)
{
	char *entry = malloc(length + 1);

	memset(entry, 'x', length);
	memcpy(entry, name, strlen(name));
	entry[length] = 0;
	return entry;
}

/* 128 KiB - 1 is the longest string execve takes, its NUL not counted. */
static void megabyte(void)
{
	for (int i = 0; i < 7; i++) {
		char name[16];

		snprintf(name, sizeof name, "BIG%d=", i);
		add(filled(name, 131071));
	}
}

static void many(void)
{
	for (int i = 0; i < 60000; i++) {
		char *entry = malloc(16);

		snprintf(entry, 16, "V%d=%d", i, i);
		add(entry);
	}
}

static void no_limits(void)
{
	static const int resources[] = {
		RLIMIT_CORE, RLIMIT_NPROC, RLIMIT_MEMLOCK, RLIMIT_FSIZE, RLIMIT_NOFILE,
	};

	for (size_t i = 0; i < sizeof resources / sizeof *resources; i++) {
		struct rlimit limit;

		getrlimit(resources[i], &limit);
		limit.rlim_cur = 0;
		setrlimit(resources[i], &limit);
	}
}

static void all_open(void)
{
	struct rlimit files;
	int null = open("/dev/null", O_RDWR);

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = 1024;
	setrlimit(RLIMIT_NOFILE, &files);
	for (int fd = 3; fd < 1024; fd++)
		dup2(null, fd);
}

static void all_blocked(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
}

static void all_ignored(void)
{
	for (int i = 1; i < 65; i++)
		signal(i, SIG_IGN);
}

/* A system call fails with an errno; with a mask, only while argument 1 has one of its bits. */
static void refuse(long number, unsigned mask, int error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, mask ? 3 : 1),
		mask ? (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
				offsetof(struct seccomp_data, args[1]))
			: (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
		mask ? (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, mask, 0, 1)
			: (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof code / sizeof *code, code };

	/* As root without PR_SET_NO_NEW_PRIVS: services may still change who they are. */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
		perror("launch: seccomp");
		exit(65);
	}
}

/*
 * A container's filter says EPERM to what its libseccomp does not know, an old kernel ENOSYS. Those
 * of 2021 and later say ENOSYS to clone3 alone: glibc (2.34 and later) makes no thread after EPERM.
 */
static void old_container(int error, int clone_error)
{
	static const int calls[] = {
		SYS_pidfd_open, SYS_pidfd_send_signal, SYS_openat2, SYS_close_range,
	};

	refuse(SYS_clone3, 0, clone_error);
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		refuse(calls[i], 0, error);
}

static void run_case(const char *word)
{
	if (!strcmp(word, "null-envp")) {
		to_pass = NULL;
	} else if (!strcmp(word, "no-argv")) {
		without_arguments = 1;
	} else if (!strcmp(word, "dotnet")) {
		add("DOTNET_GCHeapHardLimit=1");
		add("DOTNET_gcServer=1");
		add("COMPlus_GCHeapHardLimit=1");
		add("DOTNET_DbgEnableMiniDump=1");
	} else if (!strcmp(word, "libc")) {
		add("LD_PRELOAD=/nonexistent.so");
		add("LD_BIND_NOW=1");
		add("GLIBC_TUNABLES=glibc.malloc.arena_max=1:glibc.malloc.tcache_count=0");
		add("MALLOC_PERTURB_=165");
		add("MALLOC_ARENA_MAX=0");
	} else if (!strcmp(word, "not-utf8")) {
		add("BAD=\xff\xfe\xc0\x80");
		add("\xff\xfe=1");
		add("CUT=\xe2\x82");
	} else if (!strcmp(word, "longest")) {
		add(filled("LONG=", 131071));
	} else if (!strcmp(word, "megabyte")) {
		megabyte();
	} else if (!strcmp(word, "many")) {
		many();
	} else if (!strcmp(word, "duplicates")) {
		add("PATH=/first");
		add("PATH=/second");
		add("HOME=/a");
		add("HOME=/b");
	} else if (!strcmp(word, "no-equals")) {
		add("JUSTAWORD");
		add("");
		add("=value");
		add("=");
	} else if (!strcmp(word, "no-path")) {
		add("HOME=/");
	} else if (!strcmp(word, "descriptors")) {
		all_open();
	} else if (!strcmp(word, "no-stdio")) {
		close(0), close(1), close(2);
	} else if (!strcmp(word, "blocked")) {
		all_blocked();
	} else if (!strcmp(word, "ignored")) {
		all_ignored();
	} else if (!strcmp(word, "no-sigchld")) {
		signal(SIGCHLD, SIG_IGN);
	} else if (!strcmp(word, "limits")) {
		no_limits();
	} else if (!strcmp(word, "umask")) {
		umask(0777);
	} else if (!strcmp(word, "nice")) {
		setpriority(PRIO_PROCESS, 0, 19);
	} else if (!strcmp(word, "old-container")) {
		old_container(EPERM, ENOSYS);
	} else if (!strcmp(word, "older-container")) {
		old_container(EPERM, EPERM);
	} else if (!strcmp(word, "no-seccomp")) {
		refuse(SYS_seccomp, 0, EPERM);
	} else if (!strcmp(word, "old-kernel")) {
		old_container(ENOSYS, ENOSYS);
	} else if (!strcmp(word, "memfd-noexec")) {	/* vm.memfd_noexec=2 */
		refuse(SYS_memfd_create, 0x10 /* MFD_EXEC */, EACCES);
	} else if (!strcmp(word, "no-fsopen")) {
		refuse(SYS_fsopen, 0, EPERM);
	} else if (strcmp(word, "nothing")) {
		fprintf(stderr, "launch: what is '%s'?\n", word);
		exit(64);
	}
}

int main(int argc, char **argv)
{
	static char *none[] = { NULL };

	if (argc < 3)
		return 64;
	for (char *word = strtok(argv[1], ","); word; word = strtok(NULL, ","))
		run_case(word);
	execve(argv[2], without_arguments ? none : argv + 2, to_pass);
	return 127;
}
