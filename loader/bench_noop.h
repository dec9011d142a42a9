/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs that only return, attached to a hook for as long as it is measured. */
#ifndef LSMSLOT_BENCH_NOOP_H
#define LSMSLOT_BENCH_NOOP_H

#include <stdbool.h>
#include <stddef.h>

#include "hooks.h"
#include "links.h"

#define NOOP_MAX 128

/**
 * struct noops - programs and their links
 * @hook: to which they are attached
 * @present: the links that were there before; not held open, since that would
 *	keep them attached
 * @nr_present: how many of them
 * @progs: file descriptors of the programs, loaded when they are needed
 * @nr_progs: how many are loaded
 * @links: file descriptors of the links
 * @n: how many are attached; nothing but a descriptor holds them
 * @restless: the hook does not settle, so nobody waits for it
 */
struct noops {
	const struct hook *hook;
	const struct lsm_link *present;
	size_t nr_present;
	int progs[NOOP_MAX], links[NOOP_MAX];
	size_t nr_progs, n;
	bool restless;
};

/* None is loaded yet. */
void noops_open(struct noops *noops, const struct hook *hook,
		const struct lsm_link *present, size_t nr_present);
void noops_close(struct noops *noops);

/*
 * Attaches up to @n programs and waits for the hook to settle.  0 or a
 * negative errno: -E2BIG if the hook's trampoline takes no more.
 */
int noops_attach(struct noops *noops, size_t n);

/* Detaches all of them and waits for the hook to settle. */
void noops_detach(struct noops *noops);

/* Where those attached run, like "slot" or "slot, array"; valid until the next call. */
const char *noops_place(const struct noops *noops);

/* The same of the links open at @fds. */
const char *links_place(const int *fds, size_t n);

/* Runs and time in nanoseconds of the program open at @fd, since it was loaded. */
int prog_runs(int fd, __u64 *runs, __u64 *time);

#endif /* LSMSLOT_BENCH_NOOP_H */
