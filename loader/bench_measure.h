/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Times a hook's operation with more and more programs on the hook. */
#ifndef LSMSLOT_BENCH_MEASURE_H
#define LSMSLOT_BENCH_MEASURE_H

#include "bench_noop.h"
#include "bench_ops.h"

#define NR_LEVELS 5

/* How many programs are added at each level; the first is none. */
extern const unsigned int bench_levels[NR_LEVELS];

/* Nanoseconds: the middle of the rounds, and the quarters below and above it. */
struct spread {
	double median, low, high;
};

/**
 * struct bench_level - what was measured with some programs added
 * @op: time of an operation
 * @more: how much more it is than with none added, round by round
 * @place: where the added programs run
 */
struct bench_level {
	struct spread op, more;
	char *place;
};

/**
 * struct bench_runs - a program's own time, from run statistics
 * @per_op: runs per operation; other processes may have added some
 * @ns: of a run
 * @known: there was a run
 */
struct bench_runs {
	double per_op, ns;
	bool known;
};

/**
 * struct bench - a measurement
 * @op: the operation
 * @env: what it uses
 * @noops: programs to add
 * @rounds: how many rounds
 * @batch: operations that are timed together
 * @levels: results
 * @slope: time that one more program adds to an operation, fitted to all levels
 * @present: own time of each program that was there
 * @noop: own time of an added program, in which the clock's share shows
 */
struct bench {
	const struct bench_op *op;
	struct bench_env *env;
	struct noops noops;
	unsigned int rounds;
	unsigned long batch;
	struct bench_level levels[NR_LEVELS];
	double slope;
	struct bench_runs *present, noop;
};

/* Measures; enum status. bench_free() frees the results. */
int bench_run(struct bench *b);
void bench_free(struct bench *b);

#endif /* LSMSLOT_BENCH_MEASURE_H */
