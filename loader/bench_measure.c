// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Times a hook's operation with more and more programs on the hook. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "bench_measure.h"

/* Time of a batch: long against the clock, short against a change of the host. */
#define BATCH_NS 5000000ull
#define BATCH_MIN 10
#define BATCH_MAX 1000000

const unsigned int bench_levels[NR_LEVELS] = { 0, 1, 2, 4, 8 };

static unsigned long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static int fail_op(const struct bench *b, int err)
{
	return fail(ST_FAILED, "bench: the operation for hook '%s', %s, fails here: %s%s",
		    b->op->hook, b->op->what, strerror(-err),
		    err == -EPERM || err == -EACCES ? "; a policy refuses it, so there is no cost to measure" : "");
}

/* Nanoseconds that @count operations take; enum status. */
static int time_ops(struct bench *b, unsigned long count, unsigned long long *ns)
{
	unsigned long long start = now();
	unsigned long i;
	int err;

	for (i = 0; i < count; i++) {
		err = b->op->run(b->env);
		if (err)
			return fail_op(b, err);
	}
	*ns = now() - start;
	return ST_OK;
}

/* The next operation for the hook, if a policy refuses this one. */
static void choose_op(struct bench *b)
{
	const struct bench_op *next;
	int err;

	while ((err = b->op->run(b->env)) == -EPERM || err == -EACCES) {
		next = bench_op_next(b->op);
		if (!next)
			return;
		b->op = next;
	}
}

/* As many operations as a batch takes, by the best of some tries. */
static int calibrate(struct bench *b)
{
	unsigned long long ns, best;
	int try, status = ST_OK;

	for (b->batch = BATCH_MIN; b->batch < BATCH_MAX; b->batch *= 2) {
		best = ~0ull;
		for (try = 0; !status && try < 3; try++) {
			status = time_ops(b, b->batch, &ns);
			if (!status && ns < best)
				best = ns;
		}
		if (status || best >= BATCH_NS)
			break;
	}
	return status;
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

static struct spread spread_of(double *v, size_t n)
{
	struct spread s;

	qsort(v, n, sizeof(*v), ascending);
	s.median = quantile(v, n, 0.5);
	s.low = quantile(v, n, 0.25);
	s.high = quantile(v, n, 0.75);
	return s;
}

/* Least squares through the medians. */
static double fit_slope(const struct bench *b)
{
	double mean_x = 0, mean_y = 0, xy = 0, xx = 0, dx;
	int i;

	for (i = 0; i < NR_LEVELS; i++) {
		mean_x += (double)bench_levels[i] / NR_LEVELS;
		mean_y += b->levels[i].more.median / NR_LEVELS;
	}
	for (i = 0; i < NR_LEVELS; i++) {
		dx = bench_levels[i] - mean_x;
		xy += dx * (b->levels[i].more.median - mean_y);
		xx += dx * dx;
	}
	return xy / xx;
}

/* Every level in turn, so that a slow moment of the host hits them all. */
static int one_round(struct bench *b, double *ns)
{
	unsigned long long took;
	int i, status;

	for (i = 0; i < NR_LEVELS; i++) {
		status = noops_attach(&b->noops, bench_levels[i]);
		if (status)
			return status;
		if (!b->levels[i].place)
			b->levels[i].place = xstrdup(noops_place(&b->noops));
		/* The first operations after a change find cold caches. */
		status = time_ops(b, b->batch / 10 + 1, &took);
		if (!status)
			status = time_ops(b, b->batch, &took);
		if (status)
			return status;
		ns[i] = (double)took / b->batch;
	}
	noops_detach(&b->noops);
	return ST_OK;
}

static int measure_rounds(struct bench *b)
{
	double (*ns)[NR_LEVELS] = xcalloc(b->rounds, sizeof(*ns));
	double *column = xcalloc(b->rounds, sizeof(*column));
	int i, status = ST_OK;
	unsigned int round;

	for (round = 0; !status && round < b->rounds; round++)
		status = one_round(b, ns[round]);
	for (i = 0; !status && i < NR_LEVELS; i++) {
		for (round = 0; round < b->rounds; round++)
			column[round] = ns[round][i];
		b->levels[i].op = spread_of(column, b->rounds);
		for (round = 0; round < b->rounds; round++)
			column[round] = ns[round][i] - ns[round][0];
		b->levels[i].more = spread_of(column, b->rounds);
	}
	b->slope = fit_slope(b);
	free(column);
	free(ns);
	return status;
}

/* Counters of a program: of an added one by descriptor, else by id. */
static bool read_runs(int prog_fd, __u32 id, __u64 *runs, __u64 *time)
{
	int fd = prog_fd >= 0 ? prog_fd : bpf_prog_get_fd_by_id(id);
	bool ok = fd >= 0 && !prog_runs(fd, runs, time);

	if (prog_fd < 0 && fd >= 0)
		close(fd);
	return ok;
}

static void runs_between(const struct bench *b, struct bench_runs *result, const __u64 before[2],
			 const __u64 after[2])
{
	__u64 runs = after[0] - before[0];

	result->known = runs > 0;
	if (!result->known)
		return;
	result->per_op = (double)runs / b->batch;
	result->ns = (double)(after[1] - before[1]) / runs;
}

/* One added program and those present, while the kernel keeps statistics. */
static int measure_runs(struct bench *b)
{
	size_t n = b->noops.nr_present, i;
	__u64 (*before)[2] = xcalloc(n + 1, sizeof(*before)), after[2] = {};
	bool *ok = xcalloc(n + 1, sizeof(*ok));
	unsigned long long took;
	int fd, status;

	b->present = xcalloc(n, sizeof(*b->present));
	status = noops_attach(&b->noops, 1);
	fd = status ? -1 : bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (!status && fd < 0)
		status = fail(errno == EPERM ? ST_PERM : ST_FAILED,
			      "bench: cannot turn run statistics on: %s", strerror(errno));
	for (i = 0; !status && i <= n; i++)
		ok[i] = i < n ? read_runs(-1, b->noops.present[i].prog_id, &before[i][0], &before[i][1]) :
				read_runs(b->noops.progs[0], 0, &before[i][0], &before[i][1]);
	if (!status)
		status = time_ops(b, b->batch, &took);
	for (i = 0; !status && i <= n; i++) {
		if (!ok[i])
			continue;
		if (i == n ? read_runs(b->noops.progs[0], 0, &after[0], &after[1]) :
			     read_runs(-1, b->noops.present[i].prog_id, &after[0], &after[1]))
			runs_between(b, i == n ? &b->noop : &b->present[i], before[i], after);
	}
	if (fd >= 0)
		close(fd);
	if (!status && (!b->noop.known || b->noop.per_op < 1))
		status = fail(ST_UNSUPPORTED, "bench: %s does not call hook '%s' on this kernel, as statistics show; there is nothing to measure",
			      b->op->what, b->op->hook);
	noops_detach(&b->noops);
	free(before);
	free(ok);
	return status;
}

int bench_run(struct bench *b)
{
	int status;

	choose_op(b);
	status = calibrate(b);
	/* First, since it also finds out whether the operation calls the hook. */
	if (!status)
		status = measure_runs(b);
	if (!status)
		status = measure_rounds(b);
	return status;
}

void bench_free(struct bench *b)
{
	int i;

	for (i = 0; i < NR_LEVELS; i++)
		free(b->levels[i].place);
	free(b->present);
}
