// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Every operation of bench with nothing and with one program of each kind added. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "bench_measure.h"
#include "bench_settle.h"
#include "bench_table.h"

/* Operations to find how often one calls its hook, and tries. */
#define COUNTED 8
#define TRIES 3

/**
 * struct bench_kit - what all rows share
 * @env: of the operations
 * @map: for programs that look up, or a negative errno
 * @counter: for programs that count, or a negative errno
 * @cgroup: the root cgroup, or a negative errno
 */
struct bench_kit {
	struct bench_env *env;
	int map, counter, cgroup;
};

/*
 * A fork copies all descriptors and an execve() closes them, which would be
 * counted for a program that has one: where there is none, this stands in.
 */
static int stand_in(int fd)
{
	return fd < 0 ? eventfd(0, EFD_CLOEXEC) : -1;
}

static void close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

static bool takes_programs(enum bench_attached kind)
{
	return kind != BENCH_NOTHING;
}

/* Says it in every cell with programs that has no reason yet. */
static void no_programs(struct bench_row *row, const char *reason)
{
	int kind;

	for (kind = 0; kind < NR_BENCH_ATTACHED; kind++)
		if (takes_programs(kind) && !row->cells[kind].reason)
			row->cells[kind].reason = xstrdup(reason);
}

static char *load_reason(enum bench_attached kind, int err)
{
	if (err == -EINVAL && kind == BENCH_NOOP)
		return xstrdup("the kernel lets no BPF program attach to this hook");
	if (err == -EINVAL && kind == BENCH_SLEEPABLE)
		return xstrdup("a program of this hook may not sleep");
	if (err == -EINVAL && kind == BENCH_CGROUP)
		return xstrdup("the kernel takes no program for a cgroup on this hook");
	return xasprintf("the program does not load: %s", strerror(-err));
}

/* Loads the program of each kind; @progs has -1 where there is none. */
static void load_programs(const struct hook *hook, const struct bench_kit *kit,
			  struct bench_row *row, int *progs)
{
	int kind;

	for (kind = BENCH_NOOP; kind < NR_BENCH_ATTACHED; kind++) {
		struct bench_cell *cell = &row->cells[kind];

		if (cell->reason)
			continue;
		if (kind == BENCH_CGROUP && row->op->no_cgroup) {
			cell->reason = xstrdup(row->op->no_cgroup);
			continue;
		}
		progs[kind] = bench_prog_load(hook, kind, kit->map);
		if (progs[kind] >= 0)
			continue;
		cell->reason = load_reason(kind, progs[kind]);
		if (kind == BENCH_NOOP && progs[kind] == -EINVAL)
			no_programs(row, cell->reason);
	}
}

/* Calls of the hook that @count operations make; 0 if that cannot be told. */
static unsigned int count_calls(const struct hook *hook, const struct bench_kit *kit,
				struct bench_row *row)
{
	__u64 least = ~0ull, before, after;
	__u32 first = 0;
	int prog, link, try, i;

	prog = kit->counter < 0 ? -1 : bench_prog_counter(hook, kit->counter);
	link = prog < 0 ? -1 : bench_prog_attach(prog, BENCH_NOOP, -1);
	/* Others call the hook too, so the least counts. */
	for (try = 0; link >= 0 && try < TRIES; try++) {
		if (bpf_map_lookup_elem(kit->counter, &first, &before))
			break;
		for (i = 0; i < COUNTED && !row->op->run(kit->env); i++)
			;
		if (i < COUNTED || bpf_map_lookup_elem(kit->counter, &first, &after))
			break;
		if (after - before < least)
			least = after - before;
	}
	if (link >= 0 && try == TRIES && !least)
		no_programs(row, "the operation does not call this hook on this kernel");
	close_if_open(link);
	close_if_open(prog);
	return least == ~0ull ? 0 : least / COUNTED;
}

static char *op_reason(int err)
{
	return xasprintf("the operation fails here: %s%s", strerror(-err),
			 bench_refused(err) ? "; a policy refuses it" : "");
}

static void measure_cell(struct bench_table *table, const struct bench_kit *kit,
			 const struct hook *hook, struct bench_row *row, enum bench_attached kind,
			 int prog, unsigned int round)
{
	struct bench_cell *cell = &row->cells[kind];
	int link = -1, instead, err;

	if (takes_programs(kind)) {
		link = bench_prog_attach(prog, kind, kit->cgroup);
		if (link < 0) {
			cell->reason = xasprintf("the program does not attach: %s", strerror(-link));
			return;
		}
		bench_settle(hook, &table->restless);
		if (!cell->place)
			cell->place = xstrdup(kind == BENCH_CGROUP ? "cgroup" : links_place(&link, 1));
	}
	instead = stand_in(link);
	err = bench_take(row->op, kit->env, cell->samples + round * BENCH_BATCHES);
	close_if_open(instead);
	if (err)
		cell->reason = op_reason(err);
	if (link >= 0) {
		close(link);
		bench_settle(hook, &table->restless);
	}
}

/* A fork also copies pages: as many for what is not measured, and in use at once. */
static struct bench_sample *new_samples(size_t n)
{
	struct bench_sample *samples = xcalloc(n, sizeof(*samples));
	volatile double *ns;
	size_t i;

	for (i = 0; i < n; i++) {
		ns = &samples[i].ns;
		*ns = 0;
	}
	return samples;
}

static void measure_row(struct bench_table *table, const struct bench_kit *kit,
			const struct hook *hook, struct bench_row *row, const int *progs)
{
	unsigned int round;
	int kind;

	for (kind = 0; kind < NR_BENCH_ATTACHED; kind++)
		row->cells[kind].samples = new_samples(table->nr_samples);
	for (round = 0; round < table->rounds; round++)
		for (kind = 0; kind < NR_BENCH_ATTACHED; kind++)
			if (!row->cells[kind].reason)
				measure_cell(table, kit, hook, row, kind, progs[kind], round);
}

static size_t count_present(const struct lsm_links *links, const char *hook)
{
	size_t n = 0, i;

	for (i = 0; i < links->n; i++)
		n += !strcmp(links->v[i].hook, hook);
	return n;
}

static void do_row(struct bench_table *table, const struct bench_kit *kit,
		   const struct hooks *hooks, struct bench_row *row)
{
	const struct hook *hook = hooks_by_name(hooks, row->op->hook);
	int progs[NR_BENCH_ATTACHED], instead[NR_BENCH_ATTACHED], kind, err;

	memset(progs, -1, sizeof(progs));
	err = row->op->run(kit->env);
	if (err) {
		row->cells[BENCH_NOTHING].reason = op_reason(err);
		no_programs(row, row->cells[BENCH_NOTHING].reason);
		return;
	}
	if (!table->bpf_lsm)
		no_programs(row, "bpf is not in the kernel's lsm=");
	else if (!hook)
		no_programs(row, "this kernel has no such hook for BPF programs");
	if (hook && table->bpf_lsm) {
		load_programs(hook, kit, row, progs);
		if (!row->cells[BENCH_NOOP].reason)
			row->calls = count_calls(hook, kit, row);
		bench_settle(hook, &table->restless);
	}
	for (kind = 0; kind < NR_BENCH_ATTACHED; kind++)
		instead[kind] = stand_in(progs[kind]);
	measure_row(table, kit, hook, row, progs);
	for (kind = 0; kind < NR_BENCH_ATTACHED; kind++) {
		close_if_open(progs[kind]);
		close_if_open(instead[kind]);
	}
}

/* An operation, or the spare one for its hook if a policy refuses it. */
static const struct bench_op *usable(const struct bench_op *op, struct bench_env *env)
{
	const struct bench_op *next = op;

	while (next && bench_refused(next->run(env)))
		next = bench_op_next(next);
	return next ? next : op;
}

int bench_table_run(struct bench_table *table, unsigned int rounds, const struct hooks *hooks,
		    const struct lsm_links *links, bool bpf_lsm)
{
	struct bench_kit kit = { .env = bench_env_open() };
	const struct bench_op *op;
	int instead[3];
	size_t i;

	*table = (struct bench_table){ .rounds = rounds, .bpf_lsm = bpf_lsm };
	table->nr_samples = (size_t)rounds * BENCH_BATCHES;
	kit.map = bpf_lsm ? bench_map() : -EOPNOTSUPP;
	kit.counter = bpf_lsm ? bench_counter() : -EOPNOTSUPP;
	kit.cgroup = bpf_lsm ? bench_cgroup() : -EOPNOTSUPP;
	instead[0] = stand_in(kit.map);
	instead[1] = stand_in(kit.counter);
	instead[2] = stand_in(kit.cgroup);
	for (i = 0; (op = bench_op_at(i)); i++) {
		struct bench_row *row;

		if (op->spare)
			continue;
		table->rows = xreallocarray(table->rows, table->n + 1, sizeof(*table->rows));
		row = &table->rows[table->n++];
		*row = (struct bench_row){ .op = usable(op, kit.env) };
		row->present = count_present(links, op->hook);
		do_row(table, &kit, hooks, row);
	}
	close_if_open(kit.map);
	close_if_open(kit.counter);
	close_if_open(kit.cgroup);
	for (i = 0; i < 3; i++)
		close_if_open(instead[i]);
	bench_env_close(kit.env);
	return ST_OK;
}

void bench_table_free(struct bench_table *table)
{
	size_t i;
	int kind;

	for (i = 0; i < table->n; i++) {
		for (kind = 0; kind < NR_BENCH_ATTACHED; kind++) {
			free(table->rows[i].cells[kind].reason);
			free(table->rows[i].cells[kind].samples);
			free(table->rows[i].cells[kind].place);
		}
	}
	free(table->rows);
}

double bench_added(const struct bench_table *table, const struct bench_row *row,
		   enum bench_attached kind, bool ns)
{
	const struct bench_sample *base = row->cells[BENCH_NOTHING].samples;
	const struct bench_sample *with = row->cells[kind].samples;
	unsigned int round;
	double *v, value;

	if (bench_counts_instructions())
		return bench_figure(with, table->nr_samples) - bench_figure(base, table->nr_samples);
	/* Within a round, so that a host that drifts does not add to it. */
	v = xcalloc(table->rounds, sizeof(*v));
	for (round = 0; round < table->rounds; round++, base += BENCH_BATCHES, with += BENCH_BATCHES)
		v[round] = ns ? bench_median_ns(with, BENCH_BATCHES) - bench_median_ns(base, BENCH_BATCHES) :
				bench_figure(with, BENCH_BATCHES) - bench_figure(base, BENCH_BATCHES);
	value = bench_spread(v, table->rounds).median;
	free(v);
	return value;
}
