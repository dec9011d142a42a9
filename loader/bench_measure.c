// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Times a hook's operation with more and more programs on the hook. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "bench_measure.h"

/* Some grace periods. */
#define CALM_US 40000

static int fail_op(const struct bench *b, int err)
{
	return fail(ST_FAILED, "bench: the operation for hook '%s', %s, fails here: %s%s",
		    b->op->hook, b->op->what, strerror(-err),
		    bench_refused(err) ? "; a policy refuses it, so there is no cost to measure" : "");
}

static int fail_attach(const struct bench *b, int err)
{
	return fail(err == -EPERM ? ST_PERM : ST_FAILED,
		    "bench: cannot add program %zu to hook '%s': %s%s", b->noops.n + 1, b->op->hook,
		    strerror(-err),
		    err == -E2BIG ? "; the hook's BPF trampoline is full, detach a program first" : "");
}

/* The next operation for the hook, if a policy refuses this one. */
static int choose_op(struct bench *b)
{
	const struct bench_op *next;
	int err;

	while ((err = b->op->run(b->env))) {
		next = bench_refused(err) ? bench_op_next(b->op) : NULL;
		if (!next)
			return fail_op(b, err);
		b->op = next;
	}
	return ST_OK;
}

/*
 * Where instructions are counted, what the kernel has put off, such as freeing
 * after a grace period, would fall into one sample and not into another: let it
 * be done before.  Such an emulator's clock jumps over the time.
 */
static void calm_down(void)
{
	if (bench_counts_instructions())
		usleep(CALM_US);
}

int bench_take(const struct bench_op *op, struct bench_env *env, struct bench_sample *samples)
{
	unsigned int batch = bench_op_batch(op), i;
	struct bench_sample cold;
	int err = 0;

	for (i = 0; !err && i < BENCH_WARM_UP; i++)
		err = bench_time(op, env, batch, &cold);
	for (i = 0; !err && i < BENCH_BATCHES; i++) {
		calm_down();
		err = bench_time(op, env, batch, &samples[i]);
	}
	return err;
}

/* Least squares through the medians. */
static double fit_slope(const struct bench *b)
{
	double mean_x = 0, mean_y = 0, xy = 0, xx = 0, dx, n = 0;
	size_t i;

	for (i = 0; i < b->nr_levels; i++) {
		if (b->levels[i].reason)
			continue;
		mean_x += b->levels[i].programs;
		mean_y += b->levels[i].more.median;
		n++;
	}
	mean_x /= n;
	mean_y /= n;
	for (i = 0; i < b->nr_levels; i++) {
		if (b->levels[i].reason)
			continue;
		dx = b->levels[i].programs - mean_x;
		xy += dx * (b->levels[i].more.median - mean_y);
		xx += dx * dx;
	}
	return n > 1 ? xy / xx : 0;
}

/* A full trampoline is an answer; ST_OK then too. */
static int attach_level(struct bench *b, struct bench_level *level)
{
	int err = noops_attach(&b->noops, level->programs);

	if (err == -E2BIG)
		level->reason = xasprintf("the hook's BPF trampoline takes no more than %zu programs of bench",
					  b->noops.n);
	else if (err)
		return fail_attach(b, err);
	else if (!level->place)
		level->place = xstrdup(level->programs ? noops_place(&b->noops) : "-");
	return ST_OK;
}

/* Every level in turn, so that a slow moment of the host hits them all. */
static int one_round(struct bench *b, unsigned int round)
{
	struct bench_level *level;
	int err, status;
	size_t i;

	for (i = 0; i < b->nr_levels; i++) {
		level = &b->levels[i];
		status = level->reason ? ST_OK : attach_level(b, level);
		if (status)
			return status;
		if (level->reason)
			continue;
		err = bench_take(b->op, b->env, level->samples + round * BENCH_BATCHES);
		if (err)
			return fail_op(b, err);
	}
	noops_detach(&b->noops);
	return ST_OK;
}

static void summarize(struct bench *b, struct bench_level *level)
{
	size_t n = (size_t)b->rounds * BENCH_BATCHES, i;
	const struct bench_sample *base = b->levels[0].samples;
	double *v = xcalloc(n, sizeof(*v));

	for (i = 0; i < n; i++)
		v[i] = level->samples[i].ns;
	level->op = bench_spread(v, n);
	for (i = 0; i < b->rounds; i++)
		v[i] = bench_median_ns(level->samples + i * BENCH_BATCHES, BENCH_BATCHES) -
		       bench_median_ns(base + i * BENCH_BATCHES, BENCH_BATCHES);
	level->more = bench_spread(v, b->rounds);
	free(v);
}

static int measure_rounds(struct bench *b)
{
	int status = ST_OK;
	unsigned int round;
	size_t i;

	for (i = 0; i < b->nr_levels; i++)
		b->levels[i].samples = xcalloc((size_t)b->rounds * BENCH_BATCHES,
					       sizeof(struct bench_sample));
	for (round = 0; !status && round < b->rounds; round++)
		status = one_round(b, round);
	for (i = 0; !status && i < b->nr_levels; i++)
		if (!b->levels[i].reason)
			summarize(b, &b->levels[i]);
	if (!status)
		b->slope = fit_slope(b);
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
	struct bench_sample sample;
	int fd, err, status;

	b->present = xcalloc(n, sizeof(*b->present));
	err = noops_attach(&b->noops, 1);
	status = err ? fail_attach(b, err) : ST_OK;
	fd = status ? -1 : bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (!status && fd < 0)
		status = fail(errno == EPERM ? ST_PERM : ST_FAILED,
			      "bench: cannot turn run statistics on: %s", strerror(errno));
	for (i = 0; !status && i <= n; i++)
		ok[i] = i < n ? read_runs(-1, b->noops.present[i].prog_id, &before[i][0], &before[i][1]) :
				read_runs(b->noops.progs[0], 0, &before[i][0], &before[i][1]);
	err = status ? 0 : bench_time(b->op, b->env, b->batch, &sample);
	if (err)
		status = fail_op(b, err);
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

	status = choose_op(b);
	b->batch = bench_op_batch(b->op);
	/* First, since it also finds out whether the operation calls the hook. */
	if (!status)
		status = measure_runs(b);
	if (!status)
		status = measure_rounds(b);
	return status;
}

void bench_free(struct bench *b)
{
	size_t i;

	for (i = 0; i < b->nr_levels; i++) {
		free(b->levels[i].place);
		free(b->levels[i].reason);
		free(b->levels[i].samples);
	}
	free(b->levels);
	free(b->present);
}
