/*
 * Raw system calls: no errno, no cancellation, no locks. A signal handler of a broken process and
 * a child that shares our memory may use nothing else.
 */
#ifndef INITX_RAW_H
#define INITX_RAW_H

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

static inline long raw6(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
		: "=a"(result)
		: "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
		: "rcx", "r11", "memory");
	return result;
}

#define RAW_PICK(_0, _1, _2, _3, _4, _5, _6, macro, ...) macro
#define RAW0(n) raw6(n, 0, 0, 0, 0, 0, 0)
#define RAW1(n, a) raw6(n, (long)(a), 0, 0, 0, 0, 0)
#define RAW2(n, a, b) raw6(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define RAW3(n, a, b, c) raw6(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define RAW4(n, a, b, c, d) raw6(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define RAW5(n, a, b, c, d, e) \
	raw6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define RAW6(n, a, b, c, d, e, f) \
	raw6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define raw(...) \
	RAW_PICK(__VA_ARGS__, RAW6, RAW5, RAW4, RAW3, RAW2, RAW1, RAW0)(__VA_ARGS__)

/* The kernel's sigset: 64 signals; bit N-1 is signal N. */
#define RAW_SIGNAL(n) (1ull << ((n) - 1))

/* The kernel's struct sigaction, whose layout libc hides. */
struct raw_action {
	void (*handler)();
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

static inline long raw_sigmask(int how, const uint64_t *set, uint64_t *old)
{
	return raw(SYS_rt_sigprocmask, how, set, old, sizeof(uint64_t));
}

static inline uint64_t raw_clock_ns(int clock)
{
	struct { int64_t s, ns; } now = { 0, 0 };

	raw(SYS_clock_gettime, clock, &now);
	return (uint64_t)now.s * 1000000000ull + (uint64_t)now.ns;
}

static inline void raw_sleep_ms(long ms)
{
	struct { int64_t s, ns; } time = { ms / 1000, ms % 1000 * 1000000 };

	raw(SYS_nanosleep, &time, NULL);
}

#endif
