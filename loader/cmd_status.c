// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* lsmslot status: every BPF LSM link on the host. */
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "host.h"
#include "output.h"
#include "query.h"
#include "snapshot.h"

#define WATCH_SECONDS 2
/* Cursor to the top left, clear from there on. */
#define REDRAW "\033[H\033[2J"

static const char usage[] =
	"usage: lsmslot status [-j] [--watch [SECONDS] [--count N]]\n\n"
	"Lists every BPF LSM link on the host by hook, in running order.\n\n"
	"  -j, --json             print JSON\n"
	"  -w, --watch [SECONDS]  again every SECONDS (default 2), with what changed\n"
	"  -n, --count N          with --watch, end after N times\n"
	"  -h, --help             show this\n";

static const struct option options[] = {
	{ "json",  no_argument,       NULL, 'j' },
	{ "watch", optional_argument, NULL, 'w' },
	{ "count", required_argument, NULL, 'n' },
	{ "help",  no_argument,       NULL, 'h' },
	{}
};

/**
 * struct watch - how often to show the status
 * @on: again and again
 * @seconds: the time between
 * @count: how often, 0 for ever
 */
struct watch {
	bool on;
	double seconds;
	__u64 count;
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

static struct json_object *link_json(const struct snapshot *now, size_t i)
{
	const struct lsm_link *link = &now->links.v[i];
	bool slot = !link->cgroup && link->slot.place == LSM_SLOT_PLACE_SLOT;
	bool cgroup = link->cgroup;
	bool placed = link->told && link->slot.place != LSM_SLOT_PLACE_TRAMPOLINE;
	struct json_object *o = json_object_new_object();
	__u64 denials;

	json_add_string(o, "hook", link->hook);
	json_add(o, "order", cgroup ? NULL : json_object_new_int(link->order));
	json_add(o, "position", placed ? json_object_new_int64(link->slot.position) : NULL);
	json_add_string(o, "place", slot ? "slot" : link_place(link));
	json_add(o, "slot", slot ? json_object_new_int(link->slot.slot) : NULL);
	json_add_bool(o, "fast", slot);
	json_add_bool(o, "settling", link->slot.flags & LSM_SLOT_LINK_SETTLING);
	json_add_bool(o, "sealed", link_sealed(link));
	json_add(o, "denials", snapshot_denials(now, link, &denials) ?
		 json_object_new_uint64(denials) : NULL);
	json_add_string(o, "mode", now->maps[i].has_mode ? polmaps_mode(&now->maps[i]) : NULL);
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

/* The hooks that have links, each once: @links is sorted by hook. */
static struct json_object *hooks_json(const struct lsm_links *links, const struct hooks *hooks)
{
	struct json_object *a = json_object_new_array();
	size_t i;

	for (i = 0; i < links->n; i++) {
		const char *name = links->v[i].hook;
		const struct hook *hook = hooks_by_name(hooks, name);
		struct json_object *o;
		struct hook_query query;

		if (!hook || (i && !strcmp(links->v[i - 1].hook, name)))
			continue;
		o = json_object_new_object();
		json_add_string(o, "hook", name);
		if (hook_query(hook, &query)) {
			json_add(o, "revision", NULL);
		} else {
			json_add(o, "revision", json_object_new_uint64(query.revision));
			hook_query_free(&query);
		}
		json_object_array_add(a, o);
	}
	return a;
}

static int print_json(const struct snapshot *now, const struct hooks *hooks)
{
	struct json_object *o = json_object_new_object(), *a = json_object_new_array();
	size_t i;

	json_add_string(o, "kernel", kernel_release());
	json_add_bool(o, "slots", kernel_has_slots());
	for (i = 0; i < now->links.n; i++)
		json_object_array_add(a, link_json(now, i));
	json_add(o, "links", a);
	json_add(o, "hooks", hooks_json(&now->links, hooks));
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

static void add_change(char **text, const char *what)
{
	char *more = xasprintf("%s%s%s", *text, **text ? "," : "", what);

	free(*text);
	*text = more;
}

/* What is other than in @last, as words with commas between; to be freed. */
static char *changes(const struct snapshot *now, size_t i, const struct snapshot *last)
{
	const struct lsm_link *link = &now->links.v[i], *old = snapshot_link(last, link->id);
	char *text = xstrdup("");
	__u64 was, is;

	if (!old) {
		add_change(&text, "new");
		return text;
	}
	if (old->prog_id != link->prog_id)
		add_change(&text, "program");
	if (old->order != link->order)
		add_change(&text, "order");
	if (old->slot.place != link->slot.place || old->slot.slot != link->slot.slot)
		add_change(&text, "place");
	if (link_sealed(old) != link_sealed(link))
		add_change(&text, "sealed");
	if (strcmp(polmaps_mode(&last->maps[old - last->links.v]), polmaps_mode(&now->maps[i])))
		add_change(&text, "mode");
	/* A replaced program starts from nothing. */
	if (old->prog_id == link->prog_id && snapshot_denials(last, old, &was) &&
	    snapshot_denials(now, link, &is) && is > was) {
		char *more = xasprintf("denials+%llu", (unsigned long long)(is - was));

		add_change(&text, more);
		free(more);
	}
	return text;
}

static void print_gone(const struct snapshot *now, const struct snapshot *last)
{
	size_t i;

	for (i = 0; i < last->links.n; i++) {
		const struct lsm_link *link = &last->links.v[i];

		if (!snapshot_link(now, link->id))
			say("Gone: program '%s' (hook %s, link %u).", link->prog_name, link->hook,
			    link->id);
	}
}

static void add_row(struct table *t, const struct snapshot *now, size_t i,
		    const struct snapshot *last)
{
	const struct lsm_link *link = &now->links.v[i];
	char *pins = pins_text(link), *changed;
	__u64 denials;

	table_row(t);
	if (last) {
		changed = changes(now, i, last);
		table_cell(t, "%s", *changed ? changed : "-");
		free(changed);
	}
	table_cell(t, "%s", link->hook);
	if (link->cgroup)
		table_cell(t, "-");
	else
		table_cell(t, "%d", link->order);
	table_cell(t, "%s", link_place(link));
	table_cell(t, "%s", fast(link));
	table_cell(t, "%s", link_sealed(link) ? "yes" : "no");
	if (snapshot_denials(now, link, &denials))
		table_cell(t, "%llu", (unsigned long long)denials);
	else
		table_cell(t, "?");
	table_cell(t, "%s", polmaps_mode(&now->maps[i]));
	table_cell(t, "%s", link->prog_name);
	table_cell(t, "%u", link->prog_id);
	table_cell(t, "%s", link->prog_tag);
	table_cell(t, "%s", link_sleepable(link));
	table_cell(t, "%u", link->id);
	table_cell(t, "%s", pins);
	free(pins);
}

static int print_table(const struct snapshot *now, const struct snapshot *last)
{
	static const char *const columns[] = {
		"CHANGED", "HOOK", "ORDER", "PLACE", "FAST", "SEALED", "DENIALS", "MODE",
		"PROGRAM", "ID", "TAG", "SLEEPABLE", "LINK", "PIN", NULL
	};
	bool settling = false;
	struct table *t;
	size_t i;

	if (!now->links.n) {
		puts("No BPF LSM program is attached.");
		return ST_OK;
	}
	t = table_new(last ? columns : columns + 1);
	for (i = 0; i < now->links.n; i++) {
		add_row(t, now, i, last);
		settling |= now->links.v[i].slot.flags & LSM_SLOT_LINK_SETTLING;
	}
	if (table_print(t))
		return ST_FAILED;
	if (settling)
		puts("A hook is settling after a change: its programs run from the array until its slots are rebuilt.");
	return ST_OK;
}

static int print_text(const struct snapshot *now, const struct snapshot *last)
{
	int status = print_table(now, last);

	if (!status && last)
		print_gone(now, last);
	if (!kernel_has_slots())
		printf("Kernel %s has no LSM slots: programs run from BPF trampolines.\n",
		       kernel_release());
	return status;
}

/* Once, or again and again with what changed from the second time on. */
static int show(const struct watch *watch, bool json, const struct hooks *hooks)
{
	struct snapshot now, last = {};
	bool redraw = watch->on && !json && isatty(STDOUT_FILENO);
	__u64 n;
	int status = ST_OK;

	for (n = 0; !status; n++) {
		status = snapshot_take(&now, hooks);
		if (status)
			break;
		if (redraw)
			fputs(REDRAW, stdout);
		else if (n && !json)
			putchar('\n');
		status = json ? print_json(&now, hooks) : print_text(&now, n ? &last : NULL);
		snapshot_free(&last);
		last = now;
		if (fflush(stdout) || !watch->on || (watch->count && n + 1 >= watch->count))
			break;
		wait_seconds(watch->seconds);
	}
	snapshot_free(&last);
	return status;
}

int cmd_status(int argc, char **argv)
{
	struct args args = args_of(argc, argv, options, usage);
	struct watch watch = { .seconds = WATCH_SECONDS };
	struct hooks hooks;
	bool json = false;
	int status = ST_OK;

	while (next_option(&args)) {
		switch (args.option) {
		case 'j':
			json = json_errors = true;
			break;
		case 'w':
			watch.on = true;
			if (optarg)
				args.status = arg_seconds(argv[0], "--watch", optarg, &watch.seconds);
			break;
		case 'n':
			args.status = arg_number(argv[0], "--count", optarg, &watch.count);
			break;
		}
	}
	if (args.over)
		return args.status;
	if (watch.on && optind < argc)
		status = arg_seconds(argv[0], "--watch", argv[optind++], &watch.seconds);
	if (status)
		return status;
	if (args_none(&args))
		return ST_USAGE;
	if (watch.count && !watch.on)
		return fail_usage(argv[0], "option '--count' is for --watch");
	status = need_capability("status", CAP_SYS_ADMIN);
	if (!status)
		status = hooks_load(&hooks);
	if (status)
		return status;
	status = show(&watch, json, &hooks);
	hooks_free(&hooks);
	return status;
}
