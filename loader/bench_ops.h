/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Cheap operations that call an LSM hook. */
#ifndef LSMSLOT_BENCH_OPS_H
#define LSMSLOT_BENCH_OPS_H

#include <stdbool.h>
#include <stddef.h>

/* What operations use: descriptors, a child that waits. */
struct bench_env;

/**
 * struct bench_op - an operation that calls a hook at least once
 * @hook: name of the hook
 * @what: the system calls, for the user
 * @run: does it once; 0 or a negative errno
 * @batch: how many are timed together, 0 for the usual number
 * @no_cgroup: why no program for a cgroup is attached to the hook, NULL if one may be
 * @spare: for hosts whose policies refuse the operation before it
 *
 * None of them changes anything that outlives the process, and on each of the
 * hooks a program that returns 0 is as good as none.
 */
struct bench_op {
	const char *hook;
	const char *what;
	int (*run)(struct bench_env *env);
	unsigned int batch;
	const char *no_cgroup;
	bool spare;
};

/* Number @i, from 0; NULL behind the last. */
const struct bench_op *bench_op_at(size_t i);

/* NULL if there is none for @hook. */
const struct bench_op *bench_op_find(const char *hook);

/* The spare operation for the hook of @op, or NULL. */
const struct bench_op *bench_op_next(const struct bench_op *op);

/* How many of them are timed together. */
unsigned int bench_op_batch(const struct bench_op *op);

/* True for the errnos with which a policy refuses an operation. */
bool bench_refused(int err);

/* Sets up what the operations use; what cannot be had fails its operations alone. */
struct bench_env *bench_env_open(void);
void bench_env_close(struct bench_env *env);

#endif /* LSMSLOT_BENCH_OPS_H */
