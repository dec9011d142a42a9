/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Times a hook's operation with more and more programs on the hook. */
#ifndef LSMSLOT_BENCH_MEASURE_H
#define LSMSLOT_BENCH_MEASURE_H

#include "bench_clock.h"
#include "bench_noop.h"
#include "bench_ops.h"

/* Samples of every level or variant in a round. */
#define BENCH_BATCHES 8

/* Batches that find caches cold before those that count. */
#define BENCH_WARM_UP 2

/**
 * struct bench_level - what was measured with some programs added
 * @programs: how many were added
 * @reason: why they could not be, NULL if they were
 * @samples: BENCH_BATCHES of each round
 * @op: nanoseconds of an operation
 * @more: how much more it is than with none added, round by round
 * @place: where the added programs run
 */
struct bench_level {
	unsigned int programs;
	char *reason;
	struct bench_sample *samples;
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
 * @levels: results; the caller says how many programs each has, the first none
 * @nr_levels: how many
 * @slope: nanoseconds that one more program adds to an operation, fitted to all levels
 * @present: own time of each program that was there
 * @noop: own time of an added program, in which the clock's share shows
 */
struct bench {
	const struct bench_op *op;
	struct bench_env *env;
	struct noops noops;
	unsigned int rounds;
	unsigned long batch;
	struct bench_level *levels;
	size_t nr_levels;
	double slope;
	struct bench_runs *present, noop;
};

/* Measures; enum status. bench_free() frees the results. */
int bench_run(struct bench *b);
void bench_free(struct bench *b);

/*
 * Warms up and takes BENCH_BATCHES samples; 0 or the negative errno of the
 * operation.
 */
int bench_take(const struct bench_op *op, struct bench_env *env, struct bench_sample *samples);

#endif /* LSMSLOT_BENCH_MEASURE_H */
