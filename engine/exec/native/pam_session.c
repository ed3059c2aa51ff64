/*
 * PAMName=: the session is opened in the process that becomes the service, since modules change the
 * process itself (limits, keyring, audit id, mounts); it is closed by a watcher, a fork of this
 * process, because only a process with the same handle can (pam_close_session(3)). The fork runs
 * nothing but this file and the modules: the managed runtime has threads that it does not have.
 *
 * The watcher stays root. Modules need that to undo what they did (unmount, delete, tell logind),
 * and the service can neither signal nor trace it. It waits for a pidfd of the service, which needs
 * neither a right to be signalled by it (PR_SET_PDEATHSIG) nor a pid that could be another's by
 * then, and blocks every signal: the SIGTERM that a stop sends to the whole control group comes
 * before the service has ended. SIGKILL, and so cgroup.kill, ends it as anything else.
 *
 * libpam is loaded when a unit asks for it; its types and numbers are those of its ABI.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIBRARY "libpam.so.0"
#define WATCHER "(initx-pam)"

#define PAM_SUCCESS 0
#define PAM_CONV_ERR 19
#define PAM_TTY 3
#define PAM_ESTABLISH_CRED 2
#define PAM_DELETE_CRED 4
#define PAM_SILENT 0x8000

enum step { STEP_LIBRARY = 1, STEP_START, STEP_ACCOUNT, STEP_SESSION, STEP_WATCHER };

/* InitTx.Linux.Interop: Libc.SessionRequest */
struct request {
	const char *service;
	const char *user;
	const char *tty;	/* NULL: that of standard input, if it has one */
	char **environment;	/* in: the service's; out: with what the modules made of it */
	int32_t code;		/* of PAM, or an errno for STEP_WATCHER */
	char text[236];
};

struct conversation {
	int (*call)(int count, const void **messages, void **responses, void *data);
	void *data;
};

static struct {
	int (*start)(const char *service, const char *user, const struct conversation *, void **);
	int (*end)(void *handle, int status);
	int (*set_item)(void *handle, int item, const void *value);
	int (*putenv)(void *handle, const char *pair);
	char **(*getenvlist)(void *handle);
	int (*acct_mgmt)(void *handle, int flags);
	int (*setcred)(void *handle, int flags);
	int (*open_session)(void *handle, int flags);
	int (*close_session)(void *handle, int flags);
	const char *(*strerror)(void *handle, int code);
} pam;

static char *title;
static size_t title_size;

__attribute__((constructor)) static void remember_title(int argc, char **argv)
{
	if (argc < 1)
		return;
	title = argv[0];
	title_size = (size_t)(argv[argc - 1] + strlen(argv[argc - 1]) - argv[0]);
}

/* Nobody sits there who could answer. */
static int no_answer(int count, const void **messages, void **responses, void *data)
{
	(void)count, (void)messages, (void)responses, (void)data;
	return PAM_CONV_ERR;
}

static int load(struct request *request)
{
	static const struct {
		const char *name;
		void **into;
	} functions[] = {
		{ "pam_start", (void **)&pam.start },
		{ "pam_end", (void **)&pam.end },
		{ "pam_set_item", (void **)&pam.set_item },
		{ "pam_putenv", (void **)&pam.putenv },
		{ "pam_getenvlist", (void **)&pam.getenvlist },
		{ "pam_acct_mgmt", (void **)&pam.acct_mgmt },
		{ "pam_setcred", (void **)&pam.setcred },
		{ "pam_open_session", (void **)&pam.open_session },
		{ "pam_close_session", (void **)&pam.close_session },
		{ "pam_strerror", (void **)&pam.strerror },
	};
	void *library = dlopen(LIBRARY, RTLD_NOW);

	for (size_t i = 0; library && i < sizeof functions / sizeof *functions; i++) {
		*functions[i].into = dlsym(library, functions[i].name);
		if (!*functions[i].into)
			library = NULL;
	}
	if (library)
		return 0;
	snprintf(request->text, sizeof request->text, "%s", dlerror());
	return STEP_LIBRARY;
}

static int refused(struct request *request, void *handle, int step, int code)
{
	request->code = code;
	snprintf(request->text, sizeof request->text, "%s", pam.strerror(handle, code));
	pam.end(handle, code | PAM_SILENT);
	return step;
}

/* What is open before the modules come is the service's; what they open is the session's. */
static int list_descriptors(int **list, size_t *count)
{
	DIR *directory = opendir("/proc/self/fd");
	struct dirent *entry;
	size_t room = 0;

	*list = NULL;
	*count = 0;
	if (!directory)
		return errno;
	while ((entry = readdir(directory))) {
		int fd = atoi(entry->d_name);

		if (entry->d_name[0] == '.' || fd == dirfd(directory))
			continue;
		if (*count == room) {
			int *more = realloc(*list, (room + 64) * sizeof **list);

			if (!more) {
				free(*list);
				closedir(directory);
				return ENOMEM;
			}
			room += 64;
			*list = more;
		}
		(*list)[(*count)++] = fd;
	}
	closedir(directory);
	return 0;
}

static void let_go(const int *list, size_t count)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (size_t i = 0; i < count; i++)
		if (list[i] > STDERR_FILENO)
			close(list[i]);
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			close(fd);
	if (null > STDERR_FILENO)
		close(null);
}

/* The runtime's handlers are not to run here; modules may wait for children and for alarms. */
static void settle_signals(void)
{
	static const int needed[] = { SIGCHLD, SIGALRM, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS };
	sigset_t set;

	for (int number = 1; number < NSIG; number++)
		signal(number, number == SIGPIPE ? SIG_IGN : SIG_DFL);
	sigfillset(&set);
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		sigdelset(&set, needed[i]);
	sigprocmask(SIG_SETMASK, &set, NULL);
}

static void watch(void *handle, int service, const int *list, size_t count)
	__attribute__((noreturn));

static void watch(void *handle, int service, const int *list, size_t count)
{
	struct pollfd end = { .fd = service, .events = POLLIN };
	int code;

	if (title_size >= sizeof WATCHER) {
		memset(title, 0, title_size);
		memcpy(title, WATCHER, sizeof WATCHER);
	}
	settle_signals();
	let_go(list, count);
	setsid();	/* the terminal's hang-up is the service's */
	if (chdir("/") < 0)
		_exit(EXIT_FAILURE);
	while (poll(&end, 1, -1) < 0 && (errno == EINTR || errno == EAGAIN))
		;
	pam.setcred(handle, PAM_DELETE_CRED | PAM_SILENT);
	code = pam.close_session(handle, PAM_SILENT);
	pam.end(handle, code | PAM_SILENT);
	_exit(code == PAM_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* A child of the service it is not: one that waits for all its children would wait for ever. */
static int start_watcher(void *handle, const int *list, size_t count)
{
	int status, error = 0, service = (int)syscall(SYS_pidfd_open, getpid(), 0);
	sigset_t all, before;
	pid_t child;

	if (service < 0)
		return errno;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	child = fork();
	if (child == 0) {
		/*
		 * By this name the manager knows the watcher, and it may look before the watcher
		 * has ever run.
		 */
		prctl(PR_SET_NAME, WATCHER);
		child = fork();
		if (child == 0)
			watch(handle, service, list, count);
		_exit(child < 0 ? errno : 0);
	}
	if (child < 0)
		error = errno;
	else if (waitpid(child, &status, 0) != child)
		error = errno;
	else
		error = WIFEXITED(status) ? WEXITSTATUS(status) : ECANCELED;
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(service);
	return error;
}

static int prepare(struct request *request, void *handle)
{
	char own[64];
	int code = PAM_SUCCESS;

	if (!request->tty && ttyname_r(STDIN_FILENO, own, sizeof own) == 0)
		request->tty = own;
	if (request->tty)
		code = pam.set_item(handle, PAM_TTY, request->tty);
	request->tty = NULL;
	for (char **pair = request->environment; code == PAM_SUCCESS && *pair; pair++)
		code = pam.putenv(handle, *pair);
	return code;
}

static int open_session(struct request *request)
{
	struct conversation none = { .call = no_answer };
	void *handle = NULL;
	char **environment;
	size_t count;
	int *list;
	int code;

	request->code = list_descriptors(&list, &count);
	if (request->code)
		return STEP_WATCHER;
	if (load(request))
		return STEP_LIBRARY;
	code = pam.start(request->service, request->user, &none, &handle);
	if (code == PAM_SUCCESS)
		code = prepare(request, handle);
	if (code != PAM_SUCCESS)
		return refused(request, handle, STEP_START, code);
	code = pam.acct_mgmt(handle, PAM_SILENT);
	if (code != PAM_SUCCESS)
		return refused(request, handle, STEP_ACCOUNT, code);
	/* A module that has no credentials to give fails here; systemd goes on as well. */
	pam.setcred(handle, PAM_ESTABLISH_CRED | PAM_SILENT);
	code = pam.open_session(handle, PAM_SILENT);
	if (code != PAM_SUCCESS)
		return refused(request, handle, STEP_SESSION, code);
	environment = pam.getenvlist(handle);
	request->code = environment ? start_watcher(handle, list, count) : ENOMEM;
	free(list);
	if (!request->code) {
		request->environment = environment;
		return 0;
	}
	pam.close_session(handle, PAM_SILENT);
	pam.setcred(handle, PAM_DELETE_CRED | PAM_SILENT);
	pam.end(handle, PAM_SUCCESS);
	return STEP_WATCHER;
}

static volatile sig_atomic_t noted[NSIG];
static struct sigaction replaced[NSIG];

static void note(int number)
{
	noted[number] = 1;
}

/* What would end the process: not faults, not what modules wait for, nor what the runtime uses. */
static int ends(int number)
{
	switch (number) {
	case SIGHUP:
	case SIGINT:
	case SIGQUIT:
	case SIGTERM:
		return 1;
	case SIGABRT:
	case SIGALRM:
	case SIGBUS:
	case SIGCHLD:
	case SIGCONT:
	case SIGFPE:
	case SIGILL:
	case SIGPIPE:
	case SIGSEGV:
	case SIGSYS:
	case SIGTRAP:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
	case SIGURG:
	case SIGWINCH:
		return 0;
	default:
		return replaced[number].sa_handler == SIG_DFL;
	}
}

/*
 * A stop in the middle would end this process with a session that nobody closes: it is put off. By
 * a handler, since a mask would hold for this thread alone and the runtime has others.
 */
int initx_session_open(struct request *request)
{
	struct sigaction later = { .sa_handler = note, .sa_flags = SA_RESTART };
	int taken[NSIG] = { 0 };
	int step;

	for (int number = 1; number < NSIG; number++)
		if (sigaction(number, NULL, &replaced[number]) == 0 && ends(number))
			taken[number] = sigaction(number, &later, NULL) == 0;
	step = open_session(request);
	for (int number = 1; number < NSIG; number++)
		if (taken[number])
			sigaction(number, &replaced[number], NULL);
	for (int number = 1; number < NSIG; number++)
		if (noted[number])
			kill(getpid(), number);
	return step;
}
