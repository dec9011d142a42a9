// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Prints how fast the host's time stamp counter is, in kHz.
 *
 * QEMU without KVM gives it to the VM as it is.  A kernel that measures it there
 * against emulated timers, on a busy host, was seen to come out at a tenth, and
 * all its clocks then run ten times too fast.
 */
#include <stdio.h>
#include <time.h>

#ifdef __x86_64__
struct instant {
	unsigned long long ticks, ns;
};

static unsigned long long ns_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* Of some readings the one that was interrupted least. */
static struct instant now(void)
{
	unsigned long long before, least = ~0ULL;
	struct instant best = {}, try;

	for (int i = 0; i < 1000; i++) {
		before = __builtin_ia32_rdtsc();
		try.ns = ns_now();
		try.ticks = __builtin_ia32_rdtsc();
		if (try.ticks - before < least) {
			least = try.ticks - before;
			best = try;
		}
	}
	return best;
}

int main(void)
{
	struct timespec pause = { .tv_nsec = 100000000 };
	struct instant first = now(), last;

	nanosleep(&pause, NULL);
	last = now();
	printf("%llu\n", (last.ticks - first.ticks) * 1000000 / (last.ns - first.ns));
	return 0;
}
#else
int main(void)
{
	return 1;
}
#endif
