// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Figures of bench as JSON and as a table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_figures.h"
#include "bench_table.h"
#include "output.h"

/* Three digits behind the point: a batch is no longer than a thousand. */
static struct json_object *number(double value)
{
	struct json_object *o;
	char text[64];

	snprintf(text, sizeof(text), "%.3f", value);
	o = json_object_new_double_s(strtod(text, NULL), text);
	return o;
}

struct json_object *figure_new(const char *section, const struct bench_op *op)
{
	struct json_object *o = json_object_new_object();

	json_add_string(o, "section", section);
	json_add_string(o, "name", op->hook);
	json_add_string(o, "operation", op->what);
	return o;
}

void figure_samples(struct json_object *o, const struct bench_sample *samples, size_t n,
		    const char *reason)
{
	struct json_object *units, *ns;
	size_t i;

	json_add_string(o, "unit", bench_unit());
	if (reason) {
		json_add_string(o, "reason", reason);
		return;
	}
	units = json_object_new_array();
	ns = json_object_new_array();
	for (i = 0; i < n; i++) {
		json_object_array_add(units, number(bench_in_unit(&samples[i])));
		json_object_array_add(ns, number(samples[i].ns));
	}
	json_add(o, "samples", units);
	json_add(o, "value", number(bench_figure(samples, n)));
	json_add(o, "ns_samples", ns);
	json_add(o, "ns", number(bench_median_ns(samples, n)));
}

static struct json_object *cell_json(const struct bench_table *table, const struct bench_row *row,
				     enum bench_attached kind)
{
	const struct bench_cell *cell = &row->cells[kind];
	struct json_object *o = figure_new("hooks", row->op);

	json_add_string(o, "attached", bench_attached_names[kind]);
	json_add_string(o, "place", cell->reason ? NULL : cell->place);
	json_add(o, "calls", row->calls ? json_object_new_int(row->calls) : NULL);
	json_add_int(o, "present", row->present);
	json_add_int(o, "operations_per_sample", bench_op_batch(row->op));
	figure_samples(o, cell->samples, table->nr_samples, cell->reason);
	if (kind != BENCH_NOTHING && !cell->reason && !row->cells[BENCH_NOTHING].reason)
		json_add(o, "added", number(bench_added(table, row, kind, false)));
	return o;
}

struct json_object *bench_table_json(const struct bench_table *table)
{
	struct json_object *a = json_object_new_array();
	size_t i;
	int kind;

	for (i = 0; i < table->n; i++)
		for (kind = 0; kind < NR_BENCH_ATTACHED; kind++)
			json_object_array_add(a, cell_json(table, &table->rows[i], kind));
	return a;
}

static const char *path_of(const struct bench_level *level)
{
	if (level->reason || strstr(level->place, "trampoline"))
		return "trampoline";
	return level->programs ? "slots" : NULL;
}

struct json_object *slope_json(const struct bench *b)
{
	struct json_object *a = json_object_new_array(), *o;
	size_t i;

	for (i = 0; i < b->nr_levels; i++) {
		const struct bench_level *level = &b->levels[i];

		o = figure_new("slope", b->op);
		json_add_int(o, "programs", level->programs);
		json_add_string(o, "path", path_of(level));
		json_add_string(o, "place", level->programs ? level->place : NULL);
		json_add_int(o, "operations_per_sample", b->batch);
		figure_samples(o, level->samples, (size_t)b->rounds * BENCH_BATCHES, level->reason);
		json_object_array_add(a, o);
	}
	return a;
}

/* Reasons that were given so far; each is one foot note. */
struct notes {
	const char **v;
	size_t n;
};

static size_t note(struct notes *notes, const char *reason)
{
	size_t i;

	for (i = 0; i < notes->n; i++)
		if (!strcmp(notes->v[i], reason))
			return i + 1;
	notes->v = xreallocarray(notes->v, notes->n + 1, sizeof(*notes->v));
	notes->v[notes->n] = reason;
	return ++notes->n;
}

static void print_cell(struct table *t, const struct bench_table *table, const struct bench_row *row,
		       enum bench_attached kind, struct notes *notes)
{
	const struct bench_cell *cell = &row->cells[kind];

	if (cell->reason)
		table_cell(t, "- [%zu]", note(notes, cell->reason));
	else if (kind != BENCH_NOTHING && !row->cells[BENCH_NOTHING].reason)
		table_cell(t, "%+.1f", bench_added(table, row, kind, true));
	else if (bench_counts_instructions())
		table_cell(t, "%.1f", bench_figure(cell->samples, table->nr_samples));
	else
		table_cell(t, "%.1f", bench_median_ns(cell->samples, table->nr_samples));
}

int bench_table_print(const struct bench_table *table)
{
	static const char *const columns[] = { "HOOK", "OPERATION", "CALLS", "NOTHING", "NO-OP",
					       "LOOK-UP", "SLEEPABLE", "CGROUP", NULL };
	struct table *t = table_new(columns);
	struct notes notes = {};
	int kind, status;
	size_t i;

	for (i = 0; i < table->n; i++) {
		const struct bench_row *row = &table->rows[i];

		table_row(t);
		table_cell(t, "%s%s", row->op->hook, row->present ? " *" : "");
		table_cell(t, "%s", row->op->what);
		if (row->calls)
			table_cell(t, "%u", row->calls);
		else
			table_cell(t, "-");
		for (kind = 0; kind < NR_BENCH_ATTACHED; kind++)
			print_cell(t, table, row, kind, &notes);
	}
	status = table_print(t);
	if (!status && notes.n)
		putchar('\n');
	for (i = 0; !status && i < notes.n; i++)
		printf("[%zu] %s\n", i + 1, notes.v[i]);
	for (i = 0; !status && i < table->n; i++) {
		if (!table->rows[i].present)
			continue;
		puts("* has programs of this host, which are in every figure of it");
		break;
	}
	free(notes.v);
	return status;
}
