// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* lsmslot stats: runs, time and denials of every LSM program. */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "args.h"
#include "host.h"
#include "output.h"
#include "snapshot.h"

#define STATS_FILE "/proc/sys/kernel/bpf_stats_enabled"

static const char usage[] =
	"usage: lsmslot stats [--enable SECONDS] [-j]\n\n"
	"Shows for each attached LSM program how often and how long it ran and how often it\n"
	"denied, and for each policy what it counted, since they were loaded.\n\n"
	"  -e, --enable SECONDS  turn run statistics on for so long, and show what was\n"
	"                        counted meanwhile\n"
	"  -j, --json            print JSON\n"
	"  -h, --help            show this\n";

static const struct option options[] = {
	{ "enable", required_argument, NULL, 'e' },
	{ "json",   no_argument,       NULL, 'j' },
	{ "help",   no_argument,       NULL, 'h' },
	{}
};

/**
 * struct runs - a program's run statistics
 */
struct runs {
	__u64 count, ns;
};

/**
 * struct sample - everything at one moment
 * @now: the links
 * @runs: one for each link
 */
struct sample {
	struct snapshot now;
	struct runs *runs;
};

/* A program that went away meanwhile has no more to tell. */
static int read_runs(const struct lsm_link *link, struct runs *runs)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);
	int fd, err;

	memset(runs, 0, sizeof(*runs));
	fd = bpf_prog_get_fd_by_id(link->prog_id);
	if (fd < 0 && errno == ENOENT)
		return ST_OK;
	err = fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) ? errno : 0;
	if (fd >= 0)
		close(fd);
	if (err)
		return fail(ST_FAILED, "stats: cannot read program %u ('%s'): %s",
			    link->prog_id, link->prog_name, strerror(err));
	runs->count = info.run_cnt;
	runs->ns = info.run_time_ns;
	return ST_OK;
}

static void sample_free(struct sample *sample)
{
	snapshot_free(&sample->now);
	free(sample->runs);
	memset(sample, 0, sizeof(*sample));
}

static int sample_take(struct sample *sample, const struct hooks *hooks)
{
	int status;
	size_t i;

	memset(sample, 0, sizeof(*sample));
	status = snapshot_take(&sample->now, hooks);
	if (status)
		return status;
	sample->runs = xcalloc(sample->now.links.n, sizeof(*sample->runs));
	for (i = 0; !status && i < sample->now.links.n; i++)
		status = read_runs(&sample->now.links.v[i], &sample->runs[i]);
	if (status)
		sample_free(sample);
	return status;
}

/* Takes @base off @sample; a program not in @base has started from nothing. */
static void subtract(struct sample *sample, const struct sample *base)
{
	size_t i, j, c;

	for (i = 0; i < sample->now.links.n; i++) {
		struct lsm_link *link = &sample->now.links.v[i];
		struct polmaps *maps = &sample->now.maps[i];
		const struct lsm_link *was = snapshot_link(&base->now, link->id);

		for (j = 0; maps->has_counters && j < base->now.links.n; j++)
			if (base->now.maps[j].has_counters &&
			    base->now.maps[j].counters_id == maps->counters_id)
				break;
		for (c = 0; maps->has_counters && j < base->now.links.n && c < LSMSLOT_NR_COUNTERS; c++)
			maps->counters[c] -= base->now.maps[j].counters[c];
		if (!was || was->prog_id != link->prog_id)
			continue;
		j = was - base->now.links.v;
		sample->runs[i].count -= base->runs[j].count;
		sample->runs[i].ns -= base->runs[j].ns;
		link->slot.denials -= was->slot.denials;
	}
}

/* Reads all while statistics are on for @seconds. */
static int measure(struct sample *sample, double seconds, const struct hooks *hooks)
{
	struct sample base;
	int fd, status;

	fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (fd < 0)
		return fail(errno == EPERM ? ST_PERM : ST_FAILED,
			    "stats: cannot turn run statistics on: %s", strerror(errno));
	status = sample_take(&base, hooks);
	if (!status) {
		wait_seconds(seconds);
		status = sample_take(sample, hooks);
		if (!status)
			subtract(sample, &base);
		sample_free(&base);
	}
	close(fd);
	return status;
}

/* The first link that uses a policy's counters stands for the policy. */
static bool first_of_policy(const struct snapshot *now, size_t i)
{
	size_t j;

	if (!now->maps[i].has_counters)
		return false;
	for (j = 0; j < i; j++)
		if (now->maps[j].has_counters &&
		    now->maps[j].counters_id == now->maps[i].counters_id)
			return false;
	return true;
}

static char *policy_dir(const struct snapshot *now, size_t i)
{
	const char *pin = now->links.v[i].pins[now->maps[i].counters_pin];

	return xasprintf("%.*s", (int)(strrchr(pin, '/') - pin), pin);
}

static struct json_object *program_json(const struct sample *sample, size_t i)
{
	const struct lsm_link *link = &sample->now.links.v[i];
	const struct runs *runs = &sample->runs[i];
	struct json_object *o = json_object_new_object();
	__u64 denials;

	json_add_string(o, "program", link->prog_name);
	json_add_int(o, "program_id", link->prog_id);
	json_add_int(o, "link_id", link->id);
	json_add_string(o, "hook", link->hook);
	json_add(o, "runs", json_object_new_uint64(runs->count));
	json_add(o, "time_ns", json_object_new_uint64(runs->ns));
	json_add(o, "average_ns", runs->count ?
		 json_object_new_double((double)runs->ns / runs->count) : NULL);
	json_add(o, "denials", snapshot_denials(&sample->now, link, &denials) ?
		 json_object_new_uint64(denials) : NULL);
	return o;
}

static struct json_object *policy_json(const struct snapshot *now, size_t i)
{
	const struct polmaps *maps = &now->maps[i];
	struct json_object *o = json_object_new_object();
	char *dir = policy_dir(now, i);

	json_add_string(o, "pins", dir);
	json_add_string(o, "mode", maps->has_mode ? polmaps_mode(maps) : NULL);
	json_add(o, "denied", json_object_new_uint64(maps->counters[LSMSLOT_DENIED]));
	json_add(o, "audited", json_object_new_uint64(maps->counters[LSMSLOT_AUDITED]));
	json_add(o, "lost", json_object_new_uint64(maps->counters[LSMSLOT_LOST]));
	free(dir);
	return o;
}

/* -1 if the kernel does not tell; another process may still have them on. */
static int stats_switch(void)
{
	char *text = read_text(STATS_FILE);
	int on = text ? *text != '0' : -1;

	free(text);
	return on;
}

static int print_json(const struct sample *sample, double seconds)
{
	struct json_object *o = json_object_new_object();
	struct json_object *programs = json_object_new_array(), *policies = json_object_new_array();
	int on = stats_switch();
	size_t i;

	json_add_string(o, "kernel", kernel_release());
	json_add(o, "seconds", seconds > 0 ? json_object_new_double(seconds) : NULL);
	json_add(o, "stats_switch", on < 0 ? NULL : json_object_new_boolean(on));
	for (i = 0; i < sample->now.links.n; i++) {
		json_object_array_add(programs, program_json(sample, i));
		if (first_of_policy(&sample->now, i))
			json_object_array_add(policies, policy_json(&sample->now, i));
	}
	json_add(o, "programs", programs);
	json_add(o, "policies", policies);
	return json_print(o);
}

static int print_programs(const struct sample *sample)
{
	static const char *const columns[] = {
		"HOOK", "PROGRAM", "ID", "RUNS", "TIME(NS)", "AVERAGE(NS)", "DENIALS", NULL
	};
	struct table *t = table_new(columns);
	__u64 denials;
	size_t i;

	for (i = 0; i < sample->now.links.n; i++) {
		const struct lsm_link *link = &sample->now.links.v[i];
		const struct runs *runs = &sample->runs[i];

		table_row(t);
		table_cell(t, "%s", link->hook);
		table_cell(t, "%s", link->prog_name);
		table_cell(t, "%u", link->prog_id);
		table_cell(t, "%llu", (unsigned long long)runs->count);
		table_cell(t, "%llu", (unsigned long long)runs->ns);
		if (runs->count)
			table_cell(t, "%.1f", (double)runs->ns / runs->count);
		else
			table_cell(t, "-");
		if (snapshot_denials(&sample->now, link, &denials))
			table_cell(t, "%llu", (unsigned long long)denials);
		else
			table_cell(t, "?");
	}
	return table_print(t);
}

static int print_policies(const struct snapshot *now)
{
	static const char *const columns[] = { "POLICY", "MODE", "DENIED", "AUDITED", "LOST", NULL };
	struct table *t = table_new(columns);
	size_t i, rows = 0;
	int status;

	for (i = 0; i < now->links.n; i++) {
		const struct polmaps *maps = &now->maps[i];
		char *dir;

		if (!first_of_policy(now, i))
			continue;
		dir = policy_dir(now, i);
		table_row(t);
		table_cell(t, "%s", dir);
		table_cell(t, "%s", polmaps_mode(maps));
		table_cell(t, "%llu", (unsigned long long)maps->counters[LSMSLOT_DENIED]);
		table_cell(t, "%llu", (unsigned long long)maps->counters[LSMSLOT_AUDITED]);
		table_cell(t, "%llu", (unsigned long long)maps->counters[LSMSLOT_LOST]);
		free(dir);
		rows++;
	}
	if (rows)
		putchar('\n');
	/* smartcols prints a table without rows as nothing. */
	status = table_print(t);
	return status;
}

static int print_text(const struct sample *sample, double seconds)
{
	int status;

	if (!sample->now.links.n) {
		puts("No BPF LSM program is attached.");
		return ST_OK;
	}
	status = print_programs(sample);
	if (!status)
		status = print_policies(&sample->now);
	if (status)
		return status;
	if (seconds > 0)
		printf("\nCounted in %g seconds.\n", seconds);
	else if (!stats_switch())
		puts("\nRun statistics are off (kernel.bpf_stats_enabled=0), runs are not counted now; count with --enable SECONDS.");
	return ST_OK;
}

static int stats(double seconds, bool json)
{
	struct sample sample;
	struct hooks hooks;
	int status;

	status = need_capability("stats", CAP_SYS_ADMIN);
	if (!status)
		status = hooks_load(&hooks);
	if (status)
		return status;
	status = seconds > 0 ? measure(&sample, seconds, &hooks) : sample_take(&sample, &hooks);
	if (!status) {
		status = json ? print_json(&sample, seconds) : print_text(&sample, seconds);
		sample_free(&sample);
	}
	hooks_free(&hooks);
	return status;
}

int cmd_stats(int argc, char **argv)
{
	struct args args = args_of(argc, argv, options, usage);
	double seconds = 0;
	bool json = false;

	while (next_option(&args)) {
		switch (args.option) {
		case 'e':
			args.status = arg_seconds(argv[0], "--enable", optarg, &seconds);
			break;
		case 'j':
			json = json_errors = true;
			break;
		}
	}
	if (args.over)
		return args.status;
	if (args_none(&args))
		return ST_USAGE;
	return stats(seconds, json);
}
