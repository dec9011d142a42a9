// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* lsmslot bench: what the programs on a hook cost on this host. */
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "args.h"
#include "bench_measure.h"
#include "host.h"
#include "output.h"

#define ROUNDS 15
#define ROUNDS_MAX 10000

static const char usage[] =
	"usage: lsmslot bench HOOK [-r N] [-j]\n"
	"       lsmslot bench --list [-j]\n\n"
	"Measures what the programs attached to HOOK cost here: the time of an operation that\n"
	"calls it, as it is and with 1, 2, 4 and 8 programs added that only return 0, and the\n"
	"own time of each program from run statistics. Nobody's program is detached, and what\n"
	"is added is gone when lsmslot ends, however it ends. While statistics are on, programs\n"
	"run from arrays and not from slots, on all hooks.\n\n"
	"  -r, --rounds N  rounds of all measurements (default 15)\n"
	"  -l, --list      list the hooks that can be measured, and the operations\n"
	"  -j, --json      print JSON\n"
	"  -h, --help      show this\n";

static const struct option options[] = {
	{ "rounds", required_argument, NULL, 'r' },
	{ "list",   no_argument,       NULL, 'l' },
	{ "json",   no_argument,       NULL, 'j' },
	{ "help",   no_argument,       NULL, 'h' },
	{}
};

/**
 * struct place_of_test - where the measuring is done
 * @cpu: number of the CPU it is bound to, -1 if it could not be
 * @model: the CPU's name, NULL if /proc/cpuinfo has none
 */
struct place_of_test {
	int cpu;
	char *model;
};

static int print_list(bool json)
{
	static const char *const columns[] = { "HOOK", "OPERATION", NULL };
	struct json_object *a, *o;
	struct table *t;
	size_t i;

	if (!json) {
		t = table_new(columns);
		for (i = 0; i < nr_bench_ops; i++) {
			table_row(t);
			table_cell(t, "%s", bench_ops[i].hook);
			table_cell(t, "%s", bench_ops[i].what);
		}
		return table_print(t);
	}
	a = json_object_new_array();
	for (i = 0; i < nr_bench_ops; i++) {
		o = json_object_new_object();
		json_add_string(o, "hook", bench_ops[i].hook);
		json_add_string(o, "operation", bench_ops[i].what);
		json_object_array_add(a, o);
	}
	o = json_object_new_object();
	json_add(o, "operations", a);
	return json_print(o);
}

/* One CPU for all rounds, or they would compare CPUs. */
static void settle_down(struct place_of_test *place)
{
	char *text = read_text("/proc/cpuinfo"), *line;
	cpu_set_t set;

	place->cpu = sched_getcpu();
	CPU_ZERO(&set);
	if (place->cpu >= 0)
		CPU_SET(place->cpu, &set);
	if (place->cpu < 0 || sched_setaffinity(0, sizeof(set), &set))
		place->cpu = -1;
	place->model = NULL;
	line = text ? strstr(text, "model name") : NULL;
	line = line ? strchr(line, ':') : NULL;
	if (line) {
		line += 1 + strspn(line + 1, " ");
		line[strcspn(line, "\n")] = '\0';
		place->model = xstrdup(line);
	}
	free(text);
}

static struct json_object *spread_json(const struct spread *s)
{
	struct json_object *o = json_object_new_object();

	json_add(o, "median", json_object_new_double(s->median));
	json_add(o, "low", json_object_new_double(s->low));
	json_add(o, "high", json_object_new_double(s->high));
	return o;
}

static void add_runs(struct json_object *o, const struct bench_runs *runs)
{
	json_add(o, "runs_per_op", runs->known ? json_object_new_double(runs->per_op) : NULL);
	json_add(o, "ns_per_run", runs->known ? json_object_new_double(runs->ns) : NULL);
}

static struct json_object *present_json(const struct bench *b)
{
	struct json_object *a = json_object_new_array(), *o;
	size_t i;

	for (i = 0; i < b->noops.nr_present; i++) {
		const struct lsm_link *link = &b->noops.present[i];

		o = json_object_new_object();
		json_add_string(o, "program", link->prog_name);
		json_add_int(o, "program_id", link->prog_id);
		json_add_int(o, "link_id", link->id);
		json_add_string(o, "place", link_place(link));
		add_runs(o, &b->present[i]);
		json_object_array_add(a, o);
	}
	return a;
}

static struct json_object *levels_json(const struct bench *b)
{
	struct json_object *a = json_object_new_array(), *o;
	int i;

	for (i = 0; i < NR_LEVELS; i++) {
		o = json_object_new_object();
		json_add_int(o, "added", bench_levels[i]);
		json_add_string(o, "place", i ? b->levels[i].place : NULL);
		json_add(o, "ns_per_op", spread_json(&b->levels[i].op));
		json_add(o, "more_ns", spread_json(&b->levels[i].more));
		json_object_array_add(a, o);
	}
	return a;
}

static int report_json(const struct bench *b, const struct place_of_test *place)
{
	struct json_object *o = json_object_new_object(), *noop = json_object_new_object();

	json_add_string(o, "hook", b->op->hook);
	json_add_string(o, "operation", b->op->what);
	json_add_string(o, "kernel", kernel_release());
	json_add_bool(o, "slots", kernel_has_slots());
	json_add_string(o, "cpu", place->model);
	json_add(o, "cpu_number", place->cpu < 0 ? NULL : json_object_new_int(place->cpu));
	json_add_int(o, "rounds", b->rounds);
	json_add_int(o, "operations_per_round", b->batch);
	json_add_bool(o, "settled", !b->noops.restless);
	json_add(o, "programs", present_json(b));
	json_add_string(noop, "program", "lsmslot_bench");
	add_runs(noop, &b->noop);
	json_add(o, "added_program", noop);
	json_add(o, "levels", levels_json(b));
	json_add(o, "ns_per_added_program", json_object_new_double(b->slope));
	return json_print(o);
}

static void row_of_runs(struct table *t, const char *program, const char *place,
			const struct bench_runs *runs)
{
	table_row(t);
	table_cell(t, "%s", program);
	table_cell(t, "%s", place);
	if (runs->known) {
		table_cell(t, "%.2f", runs->per_op);
		table_cell(t, "%.1f", runs->ns);
	} else {
		table_cell(t, "0");
		table_cell(t, "-");
	}
}

static int table_of_programs(const struct bench *b)
{
	static const char *const columns[] = { "PROGRAM", "PLACE", "RUNS/OP", "NS/RUN", NULL };
	struct table *t = table_new(columns);
	char *name;
	size_t i;

	for (i = 0; i < b->noops.nr_present; i++) {
		const struct lsm_link *link = &b->noops.present[i];

		name = xasprintf("%s[%u]", link->prog_name, link->prog_id);
		row_of_runs(t, name, link_place(link), &b->present[i]);
		free(name);
	}
	row_of_runs(t, "(one that returns 0)", b->levels[1].place, &b->noop);
	return table_print(t);
}

static int table_of_levels(const struct bench *b)
{
	static const char *const columns[] = { "ADDED", "PLACE", "NS/OP", "QUARTILES", "MORE",
					       "QUARTILES", NULL };
	struct table *t = table_new(columns);
	int i;

	for (i = 0; i < NR_LEVELS; i++) {
		const struct bench_level *level = &b->levels[i];

		table_row(t);
		table_cell(t, "%u", bench_levels[i]);
		table_cell(t, "%s", i ? level->place : "-");
		table_cell(t, "%.1f", level->op.median);
		table_cell(t, "%.1f to %.1f", level->op.low, level->op.high);
		if (i) {
			table_cell(t, "%.1f", level->more.median);
			table_cell(t, "%.1f to %.1f", level->more.low, level->more.high);
		} else {
			table_cell(t, "-");
			table_cell(t, "-");
		}
	}
	return table_print(t);
}

static int report_text(const struct bench *b, const struct place_of_test *place)
{
	printf("Hook %s by %s, %u rounds of %lu operations.\n", b->op->hook, b->op->what,
	       b->rounds, b->batch);
	printf("Kernel %s with%s LSM slots; ", kernel_release(), kernel_has_slots() ? "" : "out");
	if (place->cpu >= 0)
		printf("CPU %d: ", place->cpu);
	printf("%s.\n\n", place->model ? place->model : "unknown model");

	puts("Time with programs added to those attached now, in ns:");
	if (table_of_levels(b))
		return ST_FAILED;
	printf("One more program: %.1f ns per operation.\n\n", b->slope);

	puts("Own time of each program, by run statistics, which take programs out of their slots:");
	if (table_of_programs(b))
		return ST_FAILED;
	if (b->noops.restless)
		puts("The hook did not settle: run statistics are on (kernel.bpf_stats_enabled), or a program of it sleeps.");
	return ST_OK;
}

static int measure(struct bench *b, const struct hook *hook, struct lsm_links *links, bool json)
{
	struct lsm_link *present = NULL;
	struct place_of_test place;
	size_t nr_present = 0, i;
	int status;

	for (i = 0; i < links->n; i++) {
		if (strcmp(links->v[i].hook, hook->name))
			continue;
		if (!nr_present)
			present = &links->v[i];	/* they are sorted by hook */
		nr_present++;
	}
	settle_down(&place);
	status = noops_load(&b->noops, hook, present, nr_present);
	if (!status)
		status = bench_env_open(&b->env);
	if (!status) {
		status = bench_run(b);
		bench_env_close(b->env);
	}
	noops_close(&b->noops);
	if (!status)
		status = json ? report_json(b, &place) : report_text(b, &place);
	bench_free(b);
	free(place.model);
	return status;
}

static int bench(const char *name, unsigned int rounds, bool json)
{
	struct bench b = { .rounds = rounds };
	struct lsm_links links;
	struct hooks hooks;
	int status;

	status = need_capability("bench", CAP_SYS_ADMIN);
	if (!status)
		status = need_bpf_lsm();
	if (!status)
		status = hooks_load(&hooks);
	if (status)
		return status;
	b.op = bench_op_find(name);
	if (!hooks_by_name(&hooks, name))
		status = fail_no_hook(&hooks, "bench", name);
	else if (!b.op)
		status = fail(ST_NOT_FOUND, "bench: there is no operation for hook '%s'; 'lsmslot bench --list' has the hooks that can be measured",
			      name);
	else
		status = links_collect(&links, &hooks);
	if (!status) {
		status = measure(&b, hooks_by_name(&hooks, name), &links, json);
		links_free(&links);
	}
	hooks_free(&hooks);
	return status;
}

int cmd_bench(int argc, char **argv)
{
	struct args args = args_of(argc, argv, options, usage);
	const char *hook;
	__u64 rounds = ROUNDS;
	bool json = false, list = false;

	while (next_option(&args)) {
		switch (args.option) {
		case 'r':
			args.status = arg_number(argv[0], "--rounds", optarg, &rounds);
			if (!args.status && rounds > ROUNDS_MAX)
				args.status = fail_usage(argv[0], "option '--rounds' takes %d at most, not '%s'",
							 ROUNDS_MAX, optarg);
			break;
		case 'l':
			list = true;
			break;
		case 'j':
			json = json_errors = true;
			break;
		}
	}
	if (args.over)
		return args.status;
	if (list && optind < argc)
		return fail_usage(argv[0], "option '--list' takes no hook '%s'", argv[optind]);
	if (list)
		return print_list(json);
	hook = args_one(&args, "hook");
	if (!hook)
		return args.status;
	libbpf_set_print(NULL);
	return bench(hook, rounds, json);
}
