// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* lsmslot check: verifies a policy file and its programs, attaches nothing. */
#include <linux/capability.h>
#include <stdio.h>

#include "args.h"
#include "host.h"
#include "output.h"
#include "wanted.h"

static const char usage[] =
	"usage: lsmslot check FILE [--log] [-j]\n\n"
	"Checks a policy file as apply does, with everything it names, and has the verifier\n"
	"check its programs. Attaches nothing and leaves nothing behind.\n\n"
	"  -l, --log   show all of the verifier's log if it rejects a program\n"
	"  -j, --json  print JSON\n"
	"  -h, --help  show this\n";

static const struct option options[] = {
	{ "log",  no_argument, NULL, 'l' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{}
};

static int load_all(struct wanted_set *set, bool full_log)
{
	int status = ST_OK;
	size_t i;

	for (i = 0; !status && i < set->n; i++) {
		status = wanted_load(set, i, full_log);
		if (!status)
			status = wanted_fill(&set->v[i]);
	}
	return status;
}

static size_t nr_entries(const struct wanted *w)
{
	size_t n = 0, i;

	for (i = 0; i < w->nr_maps; i++)
		n += w->maps[i].entries.n;
	return n;
}

static int show_json(const struct wanted_set *set)
{
	struct json_object *o = json_object_new_object(), *a = json_object_new_array(), *p, *names;
	size_t i, j;

	json_add_string(o, "file", set->file.path);
	for (i = 0; i < set->n; i++) {
		const struct wanted *w = &set->v[i];

		p = json_object_new_object();
		names = json_object_new_array();
		json_add_string(p, "policy", w->want->name);
		json_add_string(p, "object", w->want->object);
		json_add_string(p, "mode", w->want->audit ? "audit" : "enforce");
		for (j = 0; j < w->policy.n; j++)
			json_object_array_add(names, json_object_new_string(w->policy.v[j].name));
		json_add(p, "programs", names);
		json_add_int(p, "entries", nr_entries(w));
		json_object_array_add(a, p);
	}
	json_add(o, "policies", a);
	return json_print(o);
}

static int show(const struct wanted_set *set)
{
	static const char *const columns[] = { "POLICY", "MODE", "PROGRAMS", "ENTRIES", "OBJECT", NULL };
	struct table *t = table_new(columns);
	size_t i;

	for (i = 0; i < set->n; i++) {
		table_row(t);
		table_cell(t, "%s", set->v[i].want->name);
		table_cell(t, "%s", set->v[i].want->audit ? "audit" : "enforce");
		table_cell(t, "%zu", set->v[i].policy.n);
		table_cell(t, "%zu", nr_entries(&set->v[i]));
		table_cell(t, "%s", set->v[i].want->object);
	}
	if (table_print(t))
		return ST_FAILED;
	say("%s: nothing is wrong with it", set->file.yaml.path);
	return ST_OK;
}

static int check(const char *cmd, const char *path, bool full_log, bool json)
{
	struct wanted_set set;
	struct hooks hooks;
	int status;

	status = need_capability(cmd, CAP_SYS_ADMIN);
	if (!status)
		status = hooks_load(&hooks);
	if (status)
		return status;
	status = wanted_open(&set, cmd, path, &hooks);
	if (!status) {
		status = load_all(&set, full_log);
		if (!status)
			status = json ? show_json(&set) : show(&set);
		wanted_close(&set);
	}
	hooks_free(&hooks);
	return status;
}

int cmd_check(int argc, char **argv)
{
	struct args args = args_of(argc, argv, options, usage);
	const char *file;
	bool full_log = false, json = false;

	while (next_option(&args)) {
		switch (args.option) {
		case 'l':
			full_log = true;
			break;
		case 'j':
			json = json_errors = true;
			break;
		}
	}
	if (args.over)
		return args.status;
	file = args_one(&args, "policy file");
	if (!file)
		return args.status;
	return check(argv[0], file, full_log, json);
}
