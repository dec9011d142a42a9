// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* lsmslot status: every BPF LSM link on the host. */
#include <getopt.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>

#include "host.h"
#include "links.h"
#include "output.h"

static const char usage[] =
	"usage: lsmslot status [-j]\n\n"
	"Lists every BPF LSM link on the host by hook, in running order.\n\n"
	"  -j, --json  print JSON\n"
	"  -h, --help  show this\n";

static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{}
};

static const char *fast(const struct lsm_link *link)
{
	return !link->cgroup && link->slot.place == LSM_SLOT_PLACE_SLOT ? "yes" : "no";
}

static struct json_object *pins_json(const struct lsm_link *link)
{
	struct json_object *a = json_object_new_array();
	size_t i;

	for (i = 0; i < link->nr_pins; i++)
		json_object_array_add(a, json_object_new_string(link->pins[i]));
	return a;
}

static struct json_object *link_json(const struct lsm_link *link)
{
	bool slot = !link->cgroup && link->slot.place == LSM_SLOT_PLACE_SLOT;
	bool cgroup = link->cgroup;
	struct json_object *o = json_object_new_object();

	json_add_string(o, "hook", link->hook);
	json_add(o, "order", cgroup ? NULL : json_object_new_int(link->order));
	json_add_string(o, "place", slot ? "slot" : link_place(link));
	json_add(o, "slot", slot ? json_object_new_int(link->slot.slot) : NULL);
	json_add_bool(o, "fast", slot);
	json_add_bool(o, "settling", link->slot.flags & LSM_SLOT_LINK_SETTLING);
	json_add_string(o, "program", link->prog_name);
	json_add_int(o, "program_id", link->prog_id);
	json_add_string(o, "tag", link->prog_tag);
	json_add(o, "sleepable", link->told ?
		 json_object_new_boolean(link->slot.flags & LSM_SLOT_LINK_SLEEPABLE) : NULL);
	json_add_int(o, "link_id", link->id);
	json_add(o, "cgroup_id", cgroup ? json_object_new_uint64(link->cgroup_id) : NULL);
	json_add(o, "pins", pins_json(link));
	return o;
}

static int print_json_links(const struct lsm_links *links)
{
	struct json_object *o = json_object_new_object(), *a = json_object_new_array();
	size_t i;

	json_add_string(o, "kernel", kernel_release());
	json_add_bool(o, "slots", kernel_has_slots());
	for (i = 0; i < links->n; i++)
		json_object_array_add(a, link_json(&links->v[i]));
	json_add(o, "links", a);
	return json_print(o);
}

static char *pins_text(const struct lsm_link *link)
{
	char *text, *more;
	size_t i;

	text = xstrdup(link->nr_pins ? link->pins[0] : "-");
	for (i = 1; i < link->nr_pins; i++) {
		more = xasprintf("%s %s", text, link->pins[i]);
		free(text);
		text = more;
	}
	return text;
}

static int print_table(const struct lsm_links *links)
{
	static const char *const columns[] = {
		"HOOK", "ORDER", "PLACE", "FAST", "PROGRAM", "ID", "TAG", "SLEEPABLE", "LINK", "PIN", NULL
	};
	struct table *t = table_new(columns);
	bool settling = false;
	size_t i;

	for (i = 0; i < links->n; i++) {
		const struct lsm_link *link = &links->v[i];
		char *pins = pins_text(link);

		table_row(t);
		table_cell(t, "%s", link->hook);
		if (link->cgroup)
			table_cell(t, "-");
		else
			table_cell(t, "%d", link->order);
		table_cell(t, "%s", link_place(link));
		table_cell(t, "%s", fast(link));
		table_cell(t, "%s", link->prog_name);
		table_cell(t, "%u", link->prog_id);
		table_cell(t, "%s", link->prog_tag);
		table_cell(t, "%s", link_sleepable(link));
		table_cell(t, "%u", link->id);
		table_cell(t, "%s", pins);
		free(pins);
		settling |= link->slot.flags & LSM_SLOT_LINK_SETTLING;
	}
	if (table_print(t))
		return ST_FAILED;
	if (settling)
		puts("A hook is settling after a change: its programs run from the array until its slots are rebuilt.");
	return ST_OK;
}

int cmd_status(int argc, char **argv)
{
	struct lsm_links links;
	struct hooks hooks;
	bool json = false;
	int c, status;

	while ((c = getopt_long(argc, argv, ":jh", options, NULL)) != -1) {
		switch (c) {
		case 'j':
			json = json_errors = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return ST_OK;
		default:
			return fail_option(argv, c);
		}
	}
	if (optind < argc)
		return fail_usage(argv[0], "takes no argument '%s'", argv[optind]);
	status = need_capability("status", CAP_SYS_ADMIN);
	if (status)
		return status;
	status = hooks_load(&hooks);
	if (status)
		return status;
	status = links_collect(&links, &hooks);
	hooks_free(&hooks);
	if (status)
		return status;

	if (json)
		status = print_json_links(&links);
	else if (links.n)
		status = print_table(&links);
	else
		puts("No BPF LSM program is attached.");
	if (!json && !kernel_has_slots())
		printf("Kernel %s has no LSM slots: programs run from BPF trampolines.\n",
		       kernel_release());
	links_free(&links);
	return status;
}
