/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The small programs that bench attaches. */
#ifndef LSMSLOT_BENCH_PROGS_H
#define LSMSLOT_BENCH_PROGS_H

#include <linux/types.h>

#include "hooks.h"

#define BENCH_PROG_NAME "lsmslot_bench"

/**
 * enum bench_attached - what is attached while a sample is taken
 * @BENCH_NOTHING: what was there before
 * @BENCH_NOOP: and a program that only returns
 * @BENCH_LOOKUP: and a program that looks a key up in a hash table and finds it
 * @BENCH_SLEEPABLE: and a program that may sleep and only returns
 * @BENCH_CGROUP: and a program for the root cgroup that only returns
 */
enum bench_attached {
	BENCH_NOTHING,
	BENCH_NOOP,
	BENCH_LOOKUP,
	BENCH_SLEEPABLE,
	BENCH_CGROUP,
	NR_BENCH_ATTACHED,
};

/* "nothing", "noop", "lookup", "sleepable", "cgroup" */
extern const char *const bench_attached_names[NR_BENCH_ATTACHED];

/*
 * Loads a program for @hook that lets all pass.  @map is bench_map()'s for
 * BENCH_LOOKUP.  A descriptor or a negative errno.
 */
int bench_prog_load(const struct hook *hook, enum bench_attached kind, int map);

/* One that counts its runs in the first value of the array @counter. */
int bench_prog_counter(const struct hook *hook, int counter);

/* A hash table with the key that the program looks for; a descriptor or a negative errno. */
int bench_map(void);

/* An array of one __u64. */
int bench_counter(void);

/* The root of the cgroup tree; a descriptor or a negative errno. */
int bench_cgroup(void);

/* Attaches @prog; nothing but the descriptor holds the link.  It, or a negative errno. */
int bench_prog_attach(int prog, enum bench_attached kind, int cgroup);

#endif /* LSMSLOT_BENCH_PROGS_H */
