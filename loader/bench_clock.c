// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Clocks of bench: the processor's time stamp and nanoseconds. */
#include <stdlib.h>
#include <time.h>

#include "bench_clock.h"
#include "lsmslot.h"

static unsigned long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

#ifdef __x86_64__
static inline unsigned long long stamp(void)
{
	unsigned int low, high;

	asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (unsigned long long)high << 32 | low;
}

/* Instructions of a turn of the loops below. */
#define SHORT_TURN 2
#define LONG_TURN 18
#define TURNS 1000

static unsigned long long short_turns(void)
{
	unsigned long long start = stamp();
	unsigned int n = TURNS;

	asm volatile("1: dec %0; jnz 1b" : "+r"(n) : : "cc");
	return stamp() - start;
}

/* A processor does many of these at once, an emulator counts them. */
static unsigned long long long_turns(void)
{
	unsigned long long start = stamp();
	unsigned int n = TURNS;

	asm volatile("1: .rept 16; nop; .endr; dec %0; jnz 1b" : "+r"(n) : : "cc");
	return stamp() - start;
}

static bool close_to(unsigned long long ticks, unsigned int instructions)
{
	return ticks >= instructions && ticks < instructions + instructions / 100 + 16;
}

static bool probe_instructions(void)
{
	unsigned long long ticks, least_short = ~0ull, least_long = ~0ull;
	int try;

	for (try = 0; try < 10; try++) {
		ticks = short_turns();
		least_short = ticks < least_short ? ticks : least_short;
		ticks = long_turns();
		least_long = ticks < least_long ? ticks : least_long;
	}
	return close_to(least_short, SHORT_TURN * TURNS) && close_to(least_long, LONG_TURN * TURNS);
}

#define HAVE_STAMP true
#else
static inline unsigned long long stamp(void)
{
	return 0;
}

static bool probe_instructions(void)
{
	return false;
}

#define HAVE_STAMP false
#endif

bool bench_counts_instructions(void)
{
	static int counts = -1;

	if (counts < 0)
		counts = probe_instructions();
	return counts;
}

const char *bench_unit(void)
{
	if (!HAVE_STAMP)
		return "ns";
	return bench_counts_instructions() ? "instructions" : "cycles";
}

int bench_time(const struct bench_op *op, struct bench_env *env, unsigned int count,
	       struct bench_sample *sample)
{
	unsigned long long start_ns = now(), start = stamp(), ticks;
	unsigned int i;
	int err;

	for (i = 0; i < count; i++) {
		err = op->run(env);
		if (err)
			return err;
	}
	ticks = stamp() - start;
	sample->ns = (double)(now() - start_ns) / count;
	sample->ticks = (double)ticks / count;
	return 0;
}

double bench_in_unit(const struct bench_sample *sample)
{
	return HAVE_STAMP ? sample->ticks : sample->ns;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Between two neighbours, as far as @part of the whole says. */
static double quantile(const double *sorted, size_t n, double part)
{
	double at = part * (n - 1);
	size_t i = at;

	if (i + 1 >= n)
		return sorted[n - 1];
	return sorted[i] + (at - i) * (sorted[i + 1] - sorted[i]);
}

struct spread bench_spread(double *v, size_t n)
{
	struct spread s;

	qsort(v, n, sizeof(*v), ascending);
	s.median = quantile(v, n, 0.5);
	s.low = quantile(v, n, 0.25);
	s.high = quantile(v, n, 0.75);
	return s;
}

double bench_figure(const struct bench_sample *samples, size_t n)
{
	double *v = xcalloc(n, sizeof(*v));
	struct spread spread;
	size_t i;

	for (i = 0; i < n; i++)
		v[i] = bench_in_unit(&samples[i]);
	spread = bench_spread(v, n);
	free(v);
	return bench_counts_instructions() ? spread.low : spread.median;
}

double bench_median_ns(const struct bench_sample *samples, size_t n)
{
	double *v = xcalloc(n, sizeof(*v)), value;
	size_t i;

	for (i = 0; i < n; i++)
		v[i] = samples[i].ns;
	value = bench_spread(v, n).median;
	free(v);
	return value;
}
