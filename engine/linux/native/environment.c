/*
 * argv and the environment. Unknown words of the kernel command line become init's environment, so
 * one DOTNET_GCHeapHardLimit=1 would be a panic loop: what configures the runtime or libc is
 * dropped, and so is what no program could have meant. Both vectors are copied into memory that is
 * then made read-only: the next image gets them from a process that may have been overwritten.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

#define ENV_ENTRIES 256
#define ENV_ENTRY_MAX 4096
#define ENV_BYTES 65536

/* Prefixes, but for a name that ends in '='. */
static const char *const refused[] = {
	"DOTNET_", "COMPlus_", "COMPLUS_", "LD_", "MALLOC_", "GLIBC_TUNABLES=", "GCONV_PATH=",
	"GETCONF_DIR=", "HOSTALIASES=", "LOCALDOMAIN=", "LOCPATH=", "NIS_PATH=", "NLSPATH=",
	"RESOLV_HOST_CONF=", "RES_OPTIONS=", "SQLITE_TMPDIR=",
};

static int starts_with(const char *entry, const char *prefix)
{
	while (*prefix)
		if (*entry++ != *prefix++)
			return 0;
	return 1;
}

/* libc has read these before any of our code runs: a start that has them is repeated without. */
int environment_reaches_libc(char **envp)
{
	for (; envp && *envp; envp++)
		if (starts_with(*envp, "GLIBC_TUNABLES=") || starts_with(*envp, "MALLOC_")
				|| starts_with(*envp, "LD_"))
			return 1;
	return 0;
}

/* Well-formed UTF-8: RFC 3629, so no overlong form, surrogate or code point above U+10FFFF. */
static int is_utf8(const unsigned char *at)
{
	while (*at) {
		unsigned lead = *at++;
		int more = lead < 0x80 ? 0 : lead < 0xc2 ? -1 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2
			: lead < 0xf5 ? 3 : -1;

		if (more < 0)
			return 0;
		if (more > 0) {
			unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
			unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;

			if (*at < low || *at > high)
				return 0;
			at++;
		}
		for (int i = 1; i < more; i++, at++)
			if ((*at & 0xc0) != 0x80)
				return 0;
	}
	return 1;
}

/* Length of the name with its '=', 0 if the entry has no valid one. */
static size_t name_length(const char *entry)
{
	size_t i = 0;

	for (; entry[i] && entry[i] != '='; i++) {
		char c = entry[i];
		int letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';

		if (!letter && !(i > 0 && c >= '0' && c <= '9'))
			return 0;
	}
	return i > 0 && entry[i] == '=' ? i + 1 : 0;
}

static int acceptable(const char *entry, char *const *kept, size_t count, size_t *length)
{
	size_t name = name_length(entry);

	*length = strnlen(entry, ENV_ENTRY_MAX) + 1;
	if (name == 0 || *length > ENV_ENTRY_MAX || !is_utf8((const unsigned char *)entry))
		return 0;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		if (starts_with(entry, refused[i]))
			return 0;
	for (size_t i = 0; i < count; i++)	/* of duplicates the first counts, as in getenv */
		if (strncmp(kept[i], entry, name) == 0)
			return 0;
	return 1;
}

static size_t choose_environment(char **envp, char **kept)
{
	size_t count = 0, bytes = 0, length;

	for (; envp && *envp; envp++) {
		if (count < ENV_ENTRIES && acceptable(*envp, kept, count, &length)
				&& bytes + length <= ENV_BYTES) {
			kept[count++] = *envp;
			bytes += length;
		} else {
			shim.env_dropped++;
		}
	}
	kept[count] = NULL;
	return count;
}

static char *copy(char **to, char *strings, char *const *from, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(from[i]) + 1;

		to[i] = memcpy(strings, from[i], length);
		strings += length;
	}
	to[count] = NULL;
	return strings;
}

/* An empty argv gets a name: the runtime would take argc - 1 for a length. */
void environment_save(int argc, char **argv, char **envp)
{
	static char *fallback_argv[] = { "initxd", NULL };
	static char *kept[ENV_ENTRIES + 1];
	size_t env = choose_environment(envp, kept);
	size_t args = argc > 0 && argv[0] ? (size_t)argc : 1;
	size_t bytes = 0;

	if (argc <= 0 || !argv[0])
		argv = fallback_argv;
	for (size_t i = 0; i < args; i++)
		bytes += strlen(argv[i]) + 1;
	for (size_t i = 0; i < env; i++)
		bytes += strlen(kept[i]) + 1;
	bytes += (args + env + 2) * sizeof(char *);

	char **vault = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (vault == MAP_FAILED) {	/* the originals, then: still there, only writable */
		shim.argv = argv;
		shim.envp = environ = kept;
	} else {
		char *strings = (char *)(vault + args + env + 2);

		strings = copy(vault, strings, argv, args);
		copy(vault + args + 1, strings, kept, env);
		mprotect(vault, bytes, PROT_READ);
		shim.argv = vault;
		shim.envp = vault + args + 1;
		for (size_t i = 0; i < env; i++)
			kept[i] = shim.envp[i];
		environ = kept;		/* writable: libc may be asked to change it */
	}
	if (shim.env_dropped)
		shim.flags |= INITX_ENV_DROPPED;
}
