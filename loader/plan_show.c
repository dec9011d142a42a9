// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A plan as text and as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "output.h"
#include "plan.h"

static const char *const action_names[] = {
	[PLAN_KEEP] = "keep",
	[PLAN_UPDATE] = "update",
	[PLAN_REPLACE] = "replace",
	[PLAN_ATTACH] = "attach",
	[PLAN_DETACH] = "detach",
};

static const char action_signs[] = {
	[PLAN_KEEP] = ' ', [PLAN_UPDATE] = '~', [PLAN_REPLACE] = '~', [PLAN_ATTACH] = '+',
	[PLAN_DETACH] = '-',
};

static const char *const link_names[] = {
	[PLAN_LINK_KEEP] = "keep",
	[PLAN_LINK_ATTACH] = "attach",
	[PLAN_LINK_REPLACE] = "replace",
	[PLAN_LINK_RENEW] = "renew",
	[PLAN_LINK_DETACH] = "detach",
};

static const char link_signs[] = {
	[PLAN_LINK_KEEP] = ' ', [PLAN_LINK_ATTACH] = '+', [PLAN_LINK_REPLACE] = '~',
	[PLAN_LINK_RENEW] = '~', [PLAN_LINK_DETACH] = '-',
};

static const char *mode_name(bool audit)
{
	return audit ? "audit" : "enforce";
}

static char change_sign(const struct map_change *c)
{
	return !c->old ? '+' : !c->value ? '-' : '~';
}

/* Labels come from the file and from names of files. */
static char *clean(const char *text)
{
	return escape_name(text, strlen(text), ESCAPE_JSON);
}

static char *value_text(const struct map_diff *diff, const void *value)
{
	char *text, *cleaned;

	if (!value)
		return NULL;
	text = encode_describe(diff->btf, diff->value_type, value, diff->value_size);
	cleaned = clean(text);
	free(text);
	return cleaned;
}

static const struct plan_map *map_of(const struct plan_item *item, const char *name)
{
	size_t i;

	for (i = 0; i < item->nr_maps; i++)
		if (!strcmp(item->maps[i].diff.name, name))
			return &item->maps[i];
	return NULL;
}

/* --- Text ----------------------------------------------------------------- */

static void print_change(const struct map_diff *diff, const struct map_change *c)
{
	char *label = clean(c->label), *old = value_text(diff, c->old), *new = value_text(diff, c->value);

	if (c->old && c->value)
		say("  %c %s: %s = %s, was %s", change_sign(c), diff->name, label, new, old);
	else
		say("  %c %s: %s = %s", change_sign(c), diff->name, label, new ? new : old);
	free(label);
	free(old);
	free(new);
}

static void print_maps(const struct plan_item *item)
{
	const struct btf *btf = item->w ? bpf_object__btf(item->w->policy.obj) : NULL;
	size_t i, j;

	for (i = 0; i < item->nr_maps; i++)
		for (j = 0; j < item->maps[i].diff.n; j++)
			print_change(&item->maps[i].diff, &item->maps[i].diff.v[j]);
	for (i = 0; item->w && i < item->w->nr_maps; i++) {
		const struct wanted_map *m = &item->w->maps[i];
		struct map_diff diff = {
			.name = (char *)bpf_map__name(m->map), .btf = btf,
			.value_type = bpf_map__btf_value_type_id(m->map),
			.value_size = bpf_map__value_size(m->map),
		};

		if (map_of(item, diff.name))
			continue;
		for (j = 0; j < m->entries.n; j++) {
			struct map_change c = {
				.label = m->entries.v[j].label, .value = m->entries.v[j].value,
			};

			print_change(&diff, &c);
		}
	}
}

static void print_item(const struct plan_item *item)
{
	const char *why = item->why ? item->why : "";
	char *name, *dir;
	size_t i;

	if (item->action == PLAN_KEEP)
		return;
	name = clean(item->name);
	dir = clean(item->state.dir);
	printf("%c %s: %s%s%s%s", action_signs[item->action], name, action_names[item->action],
	       *why ? " (" : "", why, *why ? ")" : "");
	if (item->action == PLAN_ATTACH)
		printf(" at %s, mode %s", dir, mode_name(item->w->want->audit));
	else if (item->action == PLAN_DETACH)
		printf(" from %s", dir);
	putchar('\n');
	free(name);
	free(dir);
	if (item->mode_differs)
		printf("  ~ mode %s, was %s\n", mode_name(item->w->want->audit), mode_name(item->was_audit));
	for (i = 0; i < item->nr_links; i++)
		if (item->links[i].action != PLAN_LINK_KEEP)
			say("  %c program %s (hook %s)", link_signs[item->links[i].action],
			    item->links[i].name, item->links[i].hook);
	print_maps(item);
	if (item->seal)
		puts("  + sealed until the next boot");
}

static size_t count(const struct plan *plan, enum plan_action action)
{
	size_t n = 0, i;

	for (i = 0; i < plan->n; i++)
		n += plan->items[i].action == action;
	return n;
}

static void print_text(const struct plan *plan, bool done)
{
	size_t i;

	for (i = 0; i < plan->left.n; i++)
		say("- %s: remove what an interrupted apply left", plan->left.v[i]);
	for (i = 0; i < plan->n; i++)
		print_item(&plan->items[i]);
	if (plan_is_empty(plan)) {
		say("%s: nothing to do", plan->set->file.yaml.path);
		return;
	}
	say("%s: %s: %zu to attach, %zu to replace, %zu to update, %zu to detach, %zu to keep",
	    plan->set->file.yaml.path, done ? "applied" : "plan", count(plan, PLAN_ATTACH),
	    count(plan, PLAN_REPLACE), count(plan, PLAN_UPDATE), count(plan, PLAN_DETACH),
	    count(plan, PLAN_KEEP));
}

/* --- JSON ----------------------------------------------------------------- */

static struct json_object *change_json(const struct map_diff *diff, const struct map_change *c)
{
	struct json_object *o = json_object_new_object();
	char *label = clean(c->label), *old = value_text(diff, c->old), *new = value_text(diff, c->value);

	json_add_string(o, "map", diff->name);
	json_add_string(o, "action", !c->old ? "add" : c->value ? "change" : "remove");
	json_add_string(o, "key", label);
	json_add_string(o, "value", new);
	json_add_string(o, "old_value", old);
	free(label);
	free(old);
	free(new);
	return o;
}

static struct json_object *entries_json(const struct plan_item *item)
{
	struct json_object *a = json_object_new_array();
	size_t i, j;

	for (i = 0; i < item->nr_maps; i++)
		for (j = 0; j < item->maps[i].diff.n; j++)
			json_object_array_add(a, change_json(&item->maps[i].diff, &item->maps[i].diff.v[j]));
	for (i = 0; item->w && i < item->w->nr_maps; i++) {
		const struct wanted_map *m = &item->w->maps[i];
		struct map_diff diff = {
			.name = (char *)bpf_map__name(m->map),
			.btf = bpf_object__btf(item->w->policy.obj),
			.value_type = bpf_map__btf_value_type_id(m->map),
			.value_size = bpf_map__value_size(m->map),
		};

		for (j = 0; !map_of(item, diff.name) && j < m->entries.n; j++) {
			struct map_change c = {
				.label = m->entries.v[j].label, .value = m->entries.v[j].value,
			};

			json_object_array_add(a, change_json(&diff, &c));
		}
	}
	return a;
}

static struct json_object *item_json(const struct plan_item *item)
{
	struct json_object *o = json_object_new_object(), *a = json_object_new_array(), *p;
	size_t i;

	json_add_string(o, "policy", item->name);
	json_add_string(o, "action", action_names[item->action]);
	json_add_string(o, "reason", item->action == PLAN_KEEP ? NULL : item->why);
	json_add_string(o, "pin", item->state.dir);
	json_add_string(o, "mode", item->w ? mode_name(item->w->want->audit) : NULL);
	json_add_bool(o, "mode_changes", item->mode_differs);
	json_add_bool(o, "seal", item->seal && item->w);
	for (i = 0; i < item->nr_links; i++) {
		p = json_object_new_object();
		json_add_string(p, "name", item->links[i].name);
		json_add_string(p, "hook", item->links[i].hook);
		json_add_string(p, "action", link_names[item->links[i].action]);
		json_object_array_add(a, p);
	}
	json_add(o, "programs", a);
	json_add(o, "entries", entries_json(item));
	return o;
}

static int print_json_plan(const struct plan *plan, bool done)
{
	struct json_object *o = json_object_new_object(), *a = json_object_new_array();
	size_t i;

	json_add_string(o, "file", plan->set->file.path);
	json_add_bool(o, "applied", done);
	json_add_bool(o, "nothing_to_do", plan_is_empty(plan));
	for (i = 0; i < plan->left.n; i++)
		json_object_array_add(a, json_object_new_string(plan->left.v[i]));
	json_add(o, "left_over", a);
	a = json_object_new_array();
	for (i = 0; i < plan->n; i++)
		json_object_array_add(a, item_json(&plan->items[i]));
	json_add(o, "policies", a);
	return json_print(o);
}

int plan_show(const struct plan *plan, bool json, bool done)
{
	if (json)
		return print_json_plan(plan, done);
	print_text(plan, done);
	return ST_OK;
}
