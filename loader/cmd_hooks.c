// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* lsmslot hooks: every LSM hook and who is attached. */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "host.h"
#include "links.h"
#include "output.h"
#include "probe.h"
#include "query.h"
#include "stubs.h"

static const char usage[] =
	"usage: lsmslot hooks [HOOK]... [--attached] [--probe] [-j]\n\n"
	"Lists the kernel's LSM hooks, or the named ones, and the programs attached to them\n"
	"in running order.\n\n"
	"  -a, --attached  only hooks with programs\n"
	"  -p, --probe     load programs to find out whether programs may sleep and what\n"
	"                  they may return\n"
	"  -j, --json      print JSON\n"
	"  -h, --help      show this\n";

static const struct option options[] = {
	{ "attached", no_argument, NULL, 'a' },
	{ "probe",    no_argument, NULL, 'p' },
	{ "json",     no_argument, NULL, 'j' },
	{ "help",     no_argument, NULL, 'h' },
	{}
};

/**
 * struct request - what the command line asks for
 */
struct request {
	bool attached, probe, json;
	char **names;
	size_t nr_names;
};

/**
 * struct row - a hook
 * @hook: which
 * @probe: valid with --probe
 * @query: its programs; from the list of links if the kernel was not asked
 * @asked: the kernel told the order and the revision
 */
struct row {
	const struct hook *hook;
	struct probe probe;
	struct hook_query query;
	bool asked;
};

struct rows {
	struct row *v;
	size_t n;
};

/* On a kernel that is not asked, @links is in the order assumed for it. */
static void programs_from_links(struct row *row, const struct lsm_links *links)
{
	struct hook_query *query = &row->query;
	size_t i;

	query->v = xcalloc(links->n, sizeof(*query->v));
	for (i = 0; i < links->n; i++) {
		const struct lsm_link *link = &links->v[i];
		struct query_prog *prog;

		if (strcmp(link->hook, row->hook->name))
			continue;
		prog = &query->v[query->n++];
		prog->prog_id = link->prog_id;
		prog->link_id = link->id;
		prog->flags = link->slot.flags;
		if (link->slot.place == LSM_SLOT_PLACE_TRAMPOLINE)
			prog->flags |= LSM_SLOT_LINK_TRAMPOLINE;
	}
}

static int fill_row(struct row *row, const struct hook *hook, const struct request *request,
		    const struct lsm_links *links, bool ask)
{
	int err;

	row->hook = hook;
	row->asked = ask;
	err = ask ? hook_query(hook, &row->query) : 0;
	if (err)
		return fail(err == -EPERM ? ST_PERM : ST_FAILED,
			    "hooks: cannot ask the kernel for the programs of hook '%s': %s",
			    hook->name, strerror(-err));
	if (!ask)
		programs_from_links(row, links);
	return request->probe ? probe_hook(hook, &row->probe) : ST_OK;
}

static int add_row(struct rows *rows, const struct hook *hook, const struct request *request,
		   const struct lsm_links *links, bool ask)
{
	struct row row = {};
	int status = fill_row(&row, hook, request, links, ask);

	if (status || (request->attached && !row.query.n)) {
		hook_query_free(&row.query);
		return status;
	}
	rows->v = xreallocarray(rows->v, rows->n + 1, sizeof(*rows->v));
	rows->v[rows->n++] = row;
	return ST_OK;
}

static int collect(struct rows *rows, const struct hooks *hooks, const struct request *request,
		   const struct lsm_links *links)
{
	bool ask;
	int err, status = ST_OK;
	size_t i;

	for (i = 0; i < request->nr_names; i++)
		if (!hooks_by_name(hooks, request->names[i]))
			return fail_no_hook(hooks, "hooks", request->names[i]);
	ask = kernel_has_query(hooks, &err);
	if (!ask && err != -EINVAL)
		return need_query(hooks, "hooks", "list programs");
	for (i = 0; !status && i < request->nr_names; i++)
		status = add_row(rows, hooks_by_name(hooks, request->names[i]), request, links, ask);
	for (i = 0; !status && !request->nr_names && i < hooks->n; i++)
		status = add_row(rows, &hooks->v[i], request, links, ask);
	return status;
}

static const struct lsm_link *link_of(const struct lsm_links *links, __u32 id)
{
	size_t i;

	for (i = 0; id && i < links->n; i++)
		if (links->v[i].id == id)
			return &links->v[i];
	return NULL;
}

/* "yes", "no", or NULL if not known. */
static const char *attachable(const struct row *row, const struct request *request)
{
	const char *reason = row->hook->reason;

	if (request->probe)
		return row->probe.attachable ? "yes" : "no";
	if (!reason)
		return NULL;
	return strcmp(reason, "disabled") ? "yes" : "no";
}

static const char *verdicts(const struct probe *probe)
{
	switch (probe->verdicts) {
	case VERDICTS_ERRNO:
		return "0,-errno";
	case VERDICTS_BOOL:
		return "0,1";
	case VERDICTS_ANY:
		return "any";
	case VERDICTS_NONE:
		break;
	}
	return NULL;
}

static struct json_object *programs_json(const struct row *row, const struct lsm_links *links)
{
	struct json_object *a = json_object_new_array();
	size_t i;

	for (i = 0; i < row->query.n; i++) {
		const struct query_prog *prog = &row->query.v[i];
		const struct lsm_link *link = link_of(links, prog->link_id);
		bool cgroup = prog->flags & LSM_SLOT_LINK_CGROUP || (link && link->cgroup);
		struct json_object *o = json_object_new_object();

		json_add_string(o, "program", link ? link->prog_name : NULL);
		json_add(o, "program_id", prog->prog_id ?
			 json_object_new_int64(prog->prog_id) : NULL);
		json_add(o, "link_id", prog->link_id ? json_object_new_int64(prog->link_id) : NULL);
		json_add_bool(o, "trampoline", prog->flags & LSM_SLOT_LINK_TRAMPOLINE);
		json_add_bool(o, "cgroup", cgroup);
		json_add(o, "sleepable", row->asked ?
			 json_object_new_boolean(prog->flags & LSM_SLOT_LINK_SLEEPABLE) : NULL);
		json_add_bool(o, "sealed", prog->flags & LSM_SLOT_LINK_SEALED);
		json_object_array_add(a, o);
	}
	return a;
}

static struct json_object *row_json(const struct row *row, const struct request *request,
				    const struct hooks *hooks, const struct lsm_links *links)
{
	const char *attach = attachable(row, request);
	const struct hook *hook = row->hook;
	struct json_object *o = json_object_new_object();
	bool probed = request->probe;

	json_add_string(o, "hook", hook->name);
	json_add(o, "attachable", attach ? json_object_new_boolean(*attach == 'y') : NULL);
	json_add(o, "slots", hooks->table_errno ? NULL : json_object_new_int64(hook->nr_slots));
	json_add_string(o, "reason", hook->reason && strcmp(hook->reason, "-") ? hook->reason : NULL);
	json_add_string(o, "returns", hook->is_void ? "void" : "int");
	json_add(o, "default", hook->have_default ? json_object_new_int(hook->default_verdict) : NULL);
	json_add(o, "sleepable", probed ? json_object_new_boolean(row->probe.sleepable) : NULL);
	json_add_string(o, "verdicts", probed ? verdicts(&row->probe) : NULL);
	json_add(o, "armed", hooks->have_table ? json_object_new_boolean(hook->armed) : NULL);
	json_add(o, "revision", row->asked ? json_object_new_uint64(row->query.revision) : NULL);
	json_add(o, "programs", programs_json(row, links));
	return o;
}

static int print_json(const struct rows *rows, const struct request *request,
		      const struct hooks *hooks, const struct lsm_links *links)
{
	struct json_object *o = json_object_new_object(), *a = json_object_new_array();
	size_t i;

	json_add_string(o, "kernel", kernel_release());
	for (i = 0; i < rows->n; i++)
		json_object_array_add(a, row_json(&rows->v[i], request, hooks, links));
	json_add(o, "hooks", a);
	return json_print(o);
}

static char *programs_text(const struct row *row, const struct lsm_links *links)
{
	char *text = xstrdup(""), *more;
	size_t i;

	for (i = 0; i < row->query.n; i++) {
		const struct query_prog *prog = &row->query.v[i];
		const struct lsm_link *link = link_of(links, prog->link_id);

		if (link)
			more = xasprintf("%s%s%s%s", text, i ? ", " : "", link->prog_name,
					 link->cgroup ? " (cgroup)" : "");
		else if (prog->flags & LSM_SLOT_LINK_CGROUP)
			more = xasprintf("%s%s(cgroup)", text, i ? ", " : "");
		else
			more = xasprintf("%s%sprog:%u", text, i ? ", " : "", prog->prog_id);
		free(text);
		text = more;
	}
	return text;
}

static void print_row(struct table *t, const struct row *row, const struct request *request,
		      const struct hooks *hooks, const struct lsm_links *links)
{
	const char *attach = attachable(row, request), *may;
	char *programs = programs_text(row, links);

	table_row(t);
	table_cell(t, "%s", row->hook->name);
	table_cell(t, "%s", attach ? attach : "?");
	if (hooks->table_errno)
		table_cell(t, "?");
	else
		table_cell(t, "%u", row->hook->nr_slots);
	table_cell(t, "%s", row->hook->is_void ? "void" : "int");
	if (row->hook->have_default)
		table_cell(t, "%d", row->hook->default_verdict);
	else
		table_cell(t, "%s", row->hook->is_void ? "-" : "?");
	if (request->probe) {
		may = verdicts(&row->probe);
		table_cell(t, "%s", row->probe.sleepable ? "yes" : "no");
		table_cell(t, "%s", may ? may : "-");
	}
	if (row->asked)
		table_cell(t, "%llu", (unsigned long long)row->query.revision);
	else
		table_cell(t, "?");
	table_cell(t, "%s", *programs ? programs : "-");
	free(programs);
}

static int print_table(const struct rows *rows, const struct request *request,
		       const struct hooks *hooks, const struct lsm_links *links)
{
	static const char *const columns[] = {
		"HOOK", "ATTACHABLE", "SLOTS", "RETURNS", "DEFAULT", "REVISION", "PROGRAMS", NULL
	};
	static const char *const probed[] = {
		"HOOK", "ATTACHABLE", "SLOTS", "RETURNS", "DEFAULT", "SLEEPABLE", "VERDICTS",
		"REVISION", "PROGRAMS", NULL
	};
	struct table *t;
	size_t i;

	if (!rows->n) {
		puts("No program is attached.");
		return ST_OK;
	}
	t = table_new(request->probe ? probed : columns);
	for (i = 0; i < rows->n; i++)
		print_row(t, &rows->v[i], request, hooks, links);
	return table_print(t);
}

static int hooks_list(const struct request *request)
{
	struct lsm_links links;
	struct rows rows = {};
	struct hooks hooks;
	int status;
	size_t i;

	status = need_capability("hooks", CAP_SYS_ADMIN);
	if (!status)
		status = hooks_load(&hooks);
	if (status)
		return status;
	if (!hooks.have_table)
		status = stubs_read_defaults(&hooks);
	if (!status)
		status = links_collect(&links, &hooks);
	if (!status) {
		status = collect(&rows, &hooks, request, &links);
		if (!status)
			status = request->json ? print_json(&rows, request, &hooks, &links) :
						 print_table(&rows, request, &hooks, &links);
		links_free(&links);
	}
	for (i = 0; i < rows.n; i++)
		hook_query_free(&rows.v[i].query);
	free(rows.v);
	hooks_free(&hooks);
	return status;
}

int cmd_hooks(int argc, char **argv)
{
	struct args args = args_of(argc, argv, options, usage);
	struct request request = {};

	while (next_option(&args)) {
		switch (args.option) {
		case 'a':
			request.attached = true;
			break;
		case 'p':
			request.probe = true;
			break;
		case 'j':
			request.json = json_errors = true;
			break;
		}
	}
	if (args.over)
		return args.status;
	request.names = argv + optind;
	request.nr_names = argc - optind;
	return hooks_list(&request);
}
