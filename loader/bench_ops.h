/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Cheap operations that call an LSM hook. */
#ifndef LSMSLOT_BENCH_OPS_H
#define LSMSLOT_BENCH_OPS_H

#include <stddef.h>

/* What operations use: descriptors, a child that waits. */
struct bench_env;

/**
 * struct bench_op - an operation that calls a hook at least once
 * @hook: name of the hook
 * @what: the system calls, for the user
 * @run: does it once; 0 or a negative errno
 *
 * None of them changes anything that outlives the process, and on each of the
 * hooks a program that returns 0 is as good as none.
 */
struct bench_op {
	const char *hook;
	const char *what;
	int (*run)(struct bench_env *env);
};

extern const struct bench_op bench_ops[];
extern const size_t nr_bench_ops;

/* NULL if there is none for @hook. */
const struct bench_op *bench_op_find(const char *hook);

/* Another operation for the hook of @op, dearer but refused by less; or NULL. */
const struct bench_op *bench_op_next(const struct bench_op *op);

/* Sets up what the operations use; an enum status, with the error printed. */
int bench_env_open(struct bench_env **env);
void bench_env_close(struct bench_env *env);

#endif /* LSMSLOT_BENCH_OPS_H */
