// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* lsmslot bench: what the programs on a hook cost on this host. */
#include <linux/capability.h>
#include <malloc.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "args.h"
#include "bench_figures.h"
#include "bench_layout.h"
#include "bench_measure.h"
#include "bench_table.h"
#include "host.h"
#include "output.h"

#define ROUNDS 15
#define ROUNDS_ALL 5
#define ROUNDS_MAX 10000
#define PROGRAMS "0,1,2,4,8"

static const char usage[] =
	"usage: lsmslot bench HOOK [-p LIST] [-r N] [-j]\n"
	"       lsmslot bench --all [-r N] [-j]\n"
	"       lsmslot bench --list [-j]\n\n"
	"Measures what the programs attached to HOOK cost here: the time of an operation that\n"
	"calls it, as it is and with 1, 2, 4 and 8 programs added that only return 0, and the\n"
	"own time of each program from run statistics. With --all, every operation of --list, as\n"
	"it is and with one program added: that only returns, that looks up a key, that may\n"
	"sleep, for a cgroup. Nobody's program is detached, and what is added is gone when\n"
	"lsmslot ends, however it ends. While statistics are on, programs run from arrays and\n"
	"not from slots, on all hooks.\n\n"
	"  -a, --all            measure every operation with one program of each kind\n"
	"  -p, --programs LIST  how many programs are added, 0 to 128 each (default 0,1,2,4,8)\n"
	"  -r, --rounds N       rounds of all measurements (default 15, with --all 5)\n"
	"  -l, --list           list the hooks that can be measured, and the operations\n"
	"  -j, --json           print JSON\n"
	"  -h, --help           show this\n";

static const struct option options[] = {
	{ "all",      no_argument,       NULL, 'a' },
	{ "programs", required_argument, NULL, 'p' },
	{ "rounds",   required_argument, NULL, 'r' },
	{ "list",     no_argument,       NULL, 'l' },
	{ "json",     no_argument,       NULL, 'j' },
	{ "help",     no_argument,       NULL, 'h' },
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
	const struct bench_op *op;
	struct json_object *a, *o;
	struct table *t;
	size_t i;

	if (!json) {
		t = table_new(columns);
		for (i = 0; (op = bench_op_at(i)); i++) {
			table_row(t);
			table_cell(t, "%s", op->hook);
			table_cell(t, "%s", op->what);
		}
		return table_print(t);
	}
	a = json_object_new_array();
	for (i = 0; (op = bench_op_at(i)); i++) {
		o = json_object_new_object();
		json_add_string(o, "hook", op->hook);
		json_add_string(o, "operation", op->what);
		json_add_bool(o, "spare", op->spare);
		json_object_array_add(a, o);
	}
	o = json_object_new_object();
	json_add(o, "operations", a);
	return json_print(o);
}

/* More than a table needs. */
#define HEAP (1 << 20)

/*
 * Where instructions are counted, two more things would be.  Who goes first of a
 * process and its parent: among real-time tasks of one priority, the one that
 * runs.  And the pages of the heap that a fork copies: all are in use from now on.
 */
static void keep_even(void)
{
	const struct sched_param first = { .sched_priority = 1 };
	volatile char *heap;
	size_t i;

	if (!bench_counts_instructions())
		return;
	sched_setscheduler(0, SCHED_FIFO, &first);
	mallopt(M_TRIM_THRESHOLD, 2 * HEAP);
	mallopt(M_MMAP_THRESHOLD, 2 * HEAP);
	heap = malloc(HEAP);
	for (i = 0; heap && i < HEAP; i += 1024)
		heap[i] = 1;
	free((void *)heap);
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
	keep_even();
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
	size_t i;

	for (i = 0; i < b->nr_levels; i++) {
		const struct bench_level *level = &b->levels[i];

		o = json_object_new_object();
		json_add_int(o, "added", level->programs);
		json_add_string(o, "place", level->programs ? level->place : NULL);
		if (level->reason) {
			json_add_string(o, "reason", level->reason);
		} else {
			json_add(o, "ns_per_op", spread_json(&level->op));
			json_add(o, "more_ns", spread_json(&level->more));
		}
		json_object_array_add(a, o);
	}
	return a;
}

/* Kernel, processor and clock, as all reports begin. */
static struct json_object *place_json(const struct place_of_test *place)
{
	struct json_object *o = json_object_new_object();

	json_add_string(o, "kernel", kernel_release());
	json_add_bool(o, "slots", kernel_has_slots());
	json_add_string(o, "cpu", place->model);
	json_add(o, "cpu_number", place->cpu < 0 ? NULL : json_object_new_int(place->cpu));
	json_add_string(o, "unit", bench_unit());
	return o;
}

static int report_json(const struct bench *b, const struct place_of_test *place)
{
	struct json_object *o = place_json(place), *noop = json_object_new_object();

	json_add_string(o, "hook", b->op->hook);
	json_add_string(o, "operation", b->op->what);
	json_add_int(o, "rounds", b->rounds);
	json_add_int(o, "operations_per_round", b->batch * BENCH_BATCHES);
	json_add_bool(o, "settled", !b->noops.restless);
	json_add(o, "programs", present_json(b));
	json_add_string(noop, "program", BENCH_PROG_NAME);
	add_runs(noop, &b->noop);
	json_add(o, "added_program", noop);
	json_add(o, "levels", levels_json(b));
	json_add(o, "ns_per_added_program", json_object_new_double(b->slope));
	json_add(o, "figures", slope_json(b));
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
	row_of_runs(t, "(one that only returns)", "-", &b->noop);
	return table_print(t);
}

static int table_of_levels(const struct bench *b)
{
	static const char *const columns[] = { "ADDED", "PLACE", "NS/OP", "QUARTILES", "MORE",
					       "QUARTILES", NULL };
	struct table *t = table_new(columns);
	size_t i;

	for (i = 0; i < b->nr_levels; i++) {
		const struct bench_level *level = &b->levels[i];

		table_row(t);
		table_cell(t, "%u", level->programs);
		table_cell(t, "%s", level->reason ? "-" : level->place);
		if (level->reason) {
			table_cell(t, "-");
			table_cell(t, "-");
		} else {
			table_cell(t, "%.1f", level->op.median);
			table_cell(t, "%.1f to %.1f", level->op.low, level->op.high);
		}
		if (i && !level->reason) {
			table_cell(t, "%.1f", level->more.median);
			table_cell(t, "%.1f to %.1f", level->more.low, level->more.high);
		} else {
			table_cell(t, "-");
			table_cell(t, "-");
		}
	}
	return table_print(t);
}

/* Levels without a figure, and why. */
static void print_reasons(const struct bench *b)
{
	size_t i;

	for (i = 0; i < b->nr_levels; i++)
		if (b->levels[i].reason)
			printf("%u added: %s.\n", b->levels[i].programs, b->levels[i].reason);
}

static void print_place(const struct place_of_test *place)
{
	printf("Kernel %s with%s LSM slots; ", kernel_release(), kernel_has_slots() ? "" : "out");
	if (place->cpu >= 0)
		printf("CPU %d: ", place->cpu);
	printf("%s.\n", place->model ? place->model : "unknown model");
}

static int report_text(const struct bench *b, const struct place_of_test *place)
{
	printf("Hook %s by %s, %u rounds of %lu operations.\n", b->op->hook, b->op->what,
	       b->rounds, b->batch * BENCH_BATCHES);
	print_place(place);

	puts("\nTime with programs added to those attached now, in ns:");
	if (table_of_levels(b))
		return ST_FAILED;
	print_reasons(b);
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
	noops_open(&b->noops, hook, present, nr_present);
	b->env = bench_env_open();
	status = bench_run(b);
	bench_env_close(b->env);
	noops_close(&b->noops);
	if (!status)
		status = json ? report_json(b, &place) : report_text(b, &place);
	free(place.model);
	return status;
}

static int bench(const char *name, struct bench *b, bool json)
{
	struct lsm_links links;
	struct hooks hooks;
	int status;

	status = need_bpf_lsm();
	if (!status)
		status = hooks_load(&hooks);
	if (status)
		return status;
	b->op = bench_op_find(name);
	if (!hooks_by_name(&hooks, name))
		status = fail_no_hook(&hooks, "bench", name);
	else if (!b->op)
		status = fail(ST_NOT_FOUND, "bench: there is no operation for hook '%s'; 'lsmslot bench --list' has the hooks that can be measured",
			      name);
	else
		status = links_collect(&links, &hooks);
	if (!status) {
		status = measure(b, hooks_by_name(&hooks, name), &links, json);
		links_free(&links);
	}
	hooks_free(&hooks);
	return status;
}

static int table_report_json(const struct bench_table *table, const struct place_of_test *place)
{
	struct json_object *o = place_json(place);

	json_add_bool(o, "bpf_lsm", table->bpf_lsm);
	json_add_int(o, "rounds", table->rounds);
	json_add_bool(o, "settled", !table->restless);
	json_add(o, "figures", bench_table_json(table));
	return json_print(o);
}

static int table_report_text(const struct bench_table *table, const struct place_of_test *place)
{
	int status;

	print_place(place);
	printf("%s of an operation as it is, and how much more with one program added; %u rounds.\n",
	       bench_counts_instructions() ? "Instructions" : "Nanoseconds", table->rounds);
	if (!table->bpf_lsm)
		puts("The BPF LSM is off: bpf is not in the kernel's lsm=, so no program would run.");
	putchar('\n');
	status = bench_table_print(table);
	if (!status && table->restless)
		puts("A hook did not settle: run statistics are on (kernel.bpf_stats_enabled), or a program of it sleeps.");
	return status;
}

/* A kernel without the BPF LSM gives the figures to compare with. */
static int bench_all(unsigned int rounds, bool json)
{
	char *lsms = read_text(LSM_LIST_FILE);
	struct bench_table table;
	struct place_of_test place;
	struct lsm_links links;
	struct hooks hooks;
	int status;

	if (!lsms)
		return need_bpf_lsm();
	lsms[strcspn(lsms, "\n")] = '\0';
	status = hooks_load(&hooks);
	if (status)
		goto out;
	status = links_collect(&links, &hooks);
	if (!status) {
		settle_down(&place);
		status = bench_table_run(&table, rounds, &hooks, &links, list_has(lsms, "bpf"));
		if (!status)
			status = json ? table_report_json(&table, &place) :
					table_report_text(&table, &place);
		bench_table_free(&table);
		free(place.model);
		links_free(&links);
	}
	hooks_free(&hooks);
out:
	free(lsms);
	return status;
}

static int up(const void *a, const void *b)
{
	unsigned int x = ((const struct bench_level *)a)->programs;
	unsigned int y = ((const struct bench_level *)b)->programs;

	return (x > y) - (x < y);
}

static void add_level(struct bench *b, unsigned int programs)
{
	size_t i;

	for (i = 0; i < b->nr_levels; i++)
		if (b->levels[i].programs == programs)
			return;
	b->levels = xreallocarray(b->levels, b->nr_levels + 1, sizeof(*b->levels));
	b->levels[b->nr_levels++] = (struct bench_level){ .programs = programs };
}

/* Levels from "0,1,2": in rising order, 0 among them whether named or not. */
static bool parse_programs(struct bench *b, const char *text)
{
	unsigned long n;
	char *end;

	bench_free(b);
	b->levels = NULL;
	b->nr_levels = 0;
	add_level(b, 0);
	for (;; text = end + 1) {
		n = strtoul(text, &end, 10);
		if (*text < '0' || *text > '9' || (*end && *end != ',') || n > NOOP_MAX)
			return false;
		add_level(b, n);
		if (!*end)
			break;
	}
	qsort(b->levels, b->nr_levels, sizeof(*b->levels), up);
	return true;
}

int cmd_bench(int argc, char **argv)
{
	struct args args = args_of(argc, argv, options, usage);
	bool json = false, list = false, all = false;
	const char *programs = NULL, *hook = NULL;
	struct bench b = {};
	__u64 rounds = 0;

	while (next_option(&args)) {
		switch (args.option) {
		case 'a':
			all = true;
			break;
		case 'p':
			programs = optarg;
			break;
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
	if (list && all)
		return fail_usage(argv[0], "takes '--list' or '--all', not both");
	if ((list || all) && optind < argc)
		return fail_usage(argv[0], "option '--%s' takes no hook '%s'", list ? "list" : "all",
				  argv[optind]);
	if ((list || all) && programs)
		return fail_usage(argv[0], "option '--programs' is for one hook, not for '--%s'",
				  list ? "list" : "all");
	if (list)
		return print_list(json);
	if (!all)
		hook = args_one(&args, "hook");
	if (args.status)
		return args.status;
	if (hook && !parse_programs(&b, programs ? programs : PROGRAMS)) {
		bench_free(&b);
		return fail_usage(argv[0], "'%s' is no list of numbers of programs from 0 to %d, like 0,1,2",
				  programs, NOOP_MAX);
	}
	libbpf_set_print(NULL);
	args.status = need_capability("bench", CAP_SYS_ADMIN);
	if (!args.status)
		bench_fix_layout();
	b.rounds = rounds ? rounds : ROUNDS;
	if (!args.status)
		args.status = all ? bench_all(rounds ? rounds : ROUNDS_ALL, json) :
				    bench(hook, &b, json);
	bench_free(&b);
	return args.status;
}
