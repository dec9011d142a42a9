/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Clocks of bench: the processor's time stamp and nanoseconds. */
#ifndef LSMSLOT_BENCH_CLOCK_H
#define LSMSLOT_BENCH_CLOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "bench_ops.h"

/* One operation: time stamps that passed (0 where there is no such clock) and nanoseconds. */
struct bench_sample {
	double ticks, ns;
};

/**
 * struct spread - the middle of some samples
 * @median: the middle
 * @low: a quarter is below
 * @high: a quarter is above
 */
struct spread {
	double median, low, high;
};

/*
 * Times @count operations as one; 0, or the negative errno of the one that
 * failed.
 */
int bench_time(const struct bench_op *op, struct bench_env *env, unsigned int count,
	       struct bench_sample *sample);

/*
 * True if the time stamp counts instructions, as on an emulator that is told
 * to: what takes part in a sample by chance then only ever adds.
 */
bool bench_counts_instructions(void);

/* What a time stamp counts: "instructions", "cycles", or "ns" without time stamps. */
const char *bench_unit(void);

/* A sample in that unit. */
double bench_in_unit(const struct bench_sample *sample);

/*
 * The figure to quote of @n samples in bench_unit(): the median, or of counted
 * instructions the lower quartile.  Interrupts add to some, and a few find at hand
 * what others have to get first, so that the least is a matter of luck.
 */
double bench_figure(const struct bench_sample *samples, size_t n);

double bench_median_ns(const struct bench_sample *samples, size_t n);

/* Sorts @v. */
struct spread bench_spread(double *v, size_t n);

#endif /* LSMSLOT_BENCH_CLOCK_H */
