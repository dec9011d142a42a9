// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What apply has to do: what there is, against what is wanted. */
#include <dirent.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "holders.h"
#include "host.h"
#include "mappins.h"
#include "pins.h"
#include "plan.h"
#include "query.h"

static struct plan_item *add_item(struct plan *plan)
{
	struct plan_item *item;

	plan->items = xreallocarray(plan->items, plan->n + 1, sizeof(*plan->items));
	item = &plan->items[plan->n++];
	memset(item, 0, sizeof(*item));
	item->settings = -1;
	return item;
}

bool plan_hook_ordered(const struct plan *plan, const char *hook)
{
	const struct hook *h = hooks_by_name(plan->hooks, hook);

	return plan->orders && plan->slots_on && h && h->nr_slots;
}

enum policy_order plan_item_order(const struct plan_item *item)
{
	return item->w->want->seal ? ORDER_FIRST : item->w->want->order;
}

/* Whether the kernel can put another program into the link. */
static bool replaceable(const struct plan *plan, const struct plan_link *link)
{
	return plan_hook_ordered(plan, link->hook) && link->old->link->told &&
	       link->old->link->slot.place != LSM_SLOT_PLACE_TRAMPOLINE &&
	       !strcmp(link->old->link->hook, link->hook);
}

static struct plan_link *add_link(struct plan_item *item, const char *name, const char *hook)
{
	struct plan_link *link;

	item->links = xreallocarray(item->links, item->nr_links + 1, sizeof(*item->links));
	link = &item->links[item->nr_links++];
	*link = (struct plan_link){ .name = name, .hook = hook, .fd = -1 };
	return link;
}

static bool wants_program(const struct wanted *w, const char *name)
{
	size_t i;

	for (i = 0; i < w->policy.n; i++)
		if (!strcmp(w->policy.v[i].name, name))
			return true;
	return false;
}

/* The programs wanted, in the object's order, then the links that go. */
static void list_links(struct plan_item *item)
{
	struct plan_link *link;
	size_t i;

	for (i = 0; item->w && i < item->w->policy.n; i++) {
		struct policy_prog *prog = &item->w->policy.v[i];

		link = add_link(item, prog->name, prog->hook);
		link->prog = prog;
		link->old = pin_state_link(&item->state, prog->name);
		link->action = link->old ? PLAN_LINK_KEEP : PLAN_LINK_ATTACH;
	}
	for (i = 0; i < item->state.nr_links; i++) {
		struct state_link *old = &item->state.links[i];

		if (item->w && wants_program(item->w, old->name))
			continue;
		link = add_link(item, old->name, old->link->hook);
		link->old = old;
		link->action = PLAN_LINK_DETACH;
	}
}

void plan_item_replace(struct plan *plan, struct plan_item *item, const char *why)
{
	size_t i;

	item->action = PLAN_REPLACE;
	item->why = why;
	for (i = 0; i < item->nr_links; i++)
		if (item->links[i].action == PLAN_LINK_KEEP)
			item->links[i].action = replaceable(plan, &item->links[i]) ?
						PLAN_LINK_REPLACE : PLAN_LINK_RENEW;
	/* The new programs come with maps of their own. */
	for (i = 0; i < item->nr_maps; i++)
		item->maps[i].in_place = item->maps[i].shared;
}

/* NULL if the programs attached are just those that are wanted. */
static const char *why_replace(const struct plan_item *item)
{
	const struct pin_state *state = &item->state;
	const struct record *record = &state->record;
	size_t i;

	if (!state->recorded)
		return "it was not attached by apply";
	if (strcmp(record->digest, item->w->digest))
		return strcmp(record->object, item->w->want->object) ?
		       "it comes from another object" : "its object, programs or constants changed";
	for (i = 0; i < item->nr_links; i++) {
		const struct plan_link *link = &item->links[i];
		const struct record_program *noted = record_program(record, link->name);

		if (!link->old || !link->prog || !noted || noted->link_id != link->old->link->id ||
		    noted->prog_id != link->old->link->prog_id)
			return "its links were changed since";
	}
	return NULL;
}

static bool note_differs(const struct plan_item *item, const struct plan *plan)
{
	const struct record *record = &item->state.record;
	size_t i;

	if (strcmp(record->policy, item->name) || strcmp(record->file, plan->set->file.path) ||
	    strcmp(record->object, item->w->want->object) || record->maps.n != item->w->nr_maps)
		return true;
	for (i = 0; i < item->w->nr_maps; i++)
		if (!record_has_map(record, bpf_map__name(item->w->maps[i].map)))
			return true;
	return false;
}

static bool any_sealed(const struct plan_item *item)
{
	size_t i;

	for (i = 0; i < item->state.nr_links; i++)
		if (link_sealed(item->state.links[i].link))
			return true;
	return false;
}

static bool all_sealed(const struct plan_item *item)
{
	size_t i;

	for (i = 0; i < item->nr_links; i++)
		if (!item->links[i].old || !link_sealed(item->links[i].old->link))
			return false;
	return true;
}

static bool any_diff(const struct plan_item *item)
{
	size_t i;

	for (i = 0; i < item->nr_maps; i++)
		if (item->maps[i].diff.n)
			return true;
	return false;
}

/* Which of them would be the program's?  The other one would keep it attached. */
static int check_pins_once(const struct plan_item *item)
{
	const struct pin_state *state = &item->state;
	size_t i, j;

	for (i = 0; i < state->nr_links; i++)
		for (j = 0; j < i; j++) {
			const struct state_link *a = &state->links[j], *b = &state->links[i];
			const struct lsm_link *link = a->link;

			if (link != b->link)
				continue;
			return fail(ST_EXISTS, "%s: link %u (program '%s') is pinned twice in %s, as %s and %s; remove one pin ('rm %s/%s')",
				    item->who, link->id, link->prog_name, state->dir, a->name, b->name,
				    state->dir, strcmp(a->name, link->prog_name) ? a->name : b->name);
		}
	return ST_OK;
}

static int compare(struct plan *plan, struct plan_item *item)
{
	const char *why;
	int status;

	status = need_pin_dir(item->w->want->pin);
	if (!status)
		status = pin_state_open(&item->state, item->w->want->pin, &plan->all, item->who);
	if (!status)
		status = check_pins_once(item);
	if (status)
		return status;
	list_links(item);
	if (!item->state.nr_links && !item->state.recorded) {
		item->action = PLAN_ATTACH;
		status = plan_diff_maps(plan, item, false);
		return status ? status : plan_diff_mode(item);
	}
	why = why_replace(item);
	if (!why && plan_maps_missing(plan, item))
		why = "one of its maps is not pinned any more";
	if (!why && plan_maps_elsewhere(item))
		why = "its programs use other maps than those pinned";
	if (why)
		plan_item_replace(plan, item, why);
	status = plan_diff_maps(plan, item, !why);
	if (!status)
		status = plan_diff_mode(item);
	if (status || why)
		return status;
	item->note = note_differs(item, plan);
	if (item->note && strcmp(item->state.record.file, plan->set->file.path))
		item->why = "another file had it before";
	else if (item->note)
		item->why = "what the file says of it changed";
	item->seal = item->w->want->seal && !all_sealed(item);
	if (item->note || item->mode_differs || item->seal || any_diff(item))
		item->action = PLAN_UPDATE;
	return ST_OK;
}

static int add_wanted(struct plan *plan)
{
	struct plan_item *item;
	int status = ST_OK;
	size_t i;

	for (i = 0; !status && i < plan->set->n; i++) {
		item = add_item(plan);
		item->w = &plan->set->v[i];
		item->who = xstrdup(item->w->who);
		item->name = xstrdup(item->w->want->name);
		item->seal = item->w->want->seal;
		status = compare(plan, item);
	}
	return status;
}

static bool has_dir(const struct plan *plan, const char *dir)
{
	size_t i;

	for (i = 0; i < plan->n; i++)
		if (same_dir(plan->items[i].state.dir, dir))
			return true;
	return false;
}

/*
 * True if the note at @dir, which can be read, is of a policy of another file.  What
 * else is in its directory is of no concern to this file then.
 */
static bool of_another_file(const struct plan *plan, const char *dir)
{
	struct record record;
	bool other;

	if (pin_state_record(dir, &record))
		return false;
	other = strcmp(record.file, plan->set->file.path);
	record_free(&record);
	return other;
}

/* Adds the policy at @dir if it is to go. */
static int add_unwanted(struct plan *plan, const char *dir, bool prune)
{
	struct pin_state state;
	struct plan_item *item;
	int status;
	char *who;

	if (has_dir(plan, dir) || (!prune && of_another_file(plan, dir)))
		return ST_OK;
	who = xasprintf("%s: the policy at %s", plan->set->file.yaml.cmd, dir);
	status = pin_state_open(&state, dir, &plan->all, who);
	if (status || (!prune && !(state.recorded && !strcmp(state.record.file, plan->set->file.path)))) {
		pin_state_close(&state);
		free(who);
		return status;
	}
	item = add_item(plan);
	item->action = PLAN_DETACH;
	item->who = who;
	item->name = xstrdup(state.recorded ? state.record.policy : strrchr(dir, '/') + 1);
	item->state = state;
	list_links(item);
	return ST_OK;
}

/* True for folders of policies: there are folders in it, none of maps, and nothing else. */
static bool is_group(const char *dir)
{
	struct dirent **names;
	int n = scandir(dir, &names, NULL, NULL), i, folders = 0, other = n < 0;

	for (i = 0; i < n; i++) {
		const char *name = names[i]->d_name;

		if (names[i]->d_type != DT_DIR || !strcmp(name, MAP_PINS))
			other++;
		else if (strcmp(name, ".") && strcmp(name, ".."))
			folders++;
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return folders && !other;
}

static int add_pruned(struct plan *plan, const char *dir);

static int add_pruned_one(struct plan *plan, const char *dir, const struct dirent *entry)
{
	char *path = xasprintf("%s/%s", dir, entry->d_name);
	int status = ST_OK;

	if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") &&
	    !pin_is_staging(path))
		status = is_group(path) ? add_pruned(plan, path) : add_unwanted(plan, path, true);
	free(path);
	return status;
}

/* What attach pinned lies where policies lie by default: below @dir. */
static int add_pruned(struct plan *plan, const char *dir)
{
	struct dirent **names;
	int n, i, status = ST_OK;

	n = scandir(dir, &names, NULL, alphasort);
	if (n < 0 && errno == ENOENT)
		return ST_OK;
	if (n < 0)
		return fail(ST_FAILED, "%s: cannot read %s: %s", plan->set->file.yaml.cmd, dir,
			    strerror(errno));
	for (i = 0; i < n; i++) {
		if (!status)
			status = add_pruned_one(plan, dir, names[i]);
		free(names[i]);
	}
	free(names);
	return status;
}

static int add_others(struct plan *plan, bool prune)
{
	struct string_list recorded = {};
	int status;
	size_t i;

	status = pin_state_scan(&recorded, &plan->left, plan->set->file.yaml.cmd);
	for (i = 0; !status && i < recorded.n; i++)
		status = add_unwanted(plan, recorded.v[i], prune);
	if (!status && prune)
		status = add_pruned(plan, POLICY_PIN_DIR);
	string_list_free(&recorded);
	return status;
}

/* --- What has to be refused before anything is done ----------------------- */

static int check_seals(const struct plan *plan, const struct plan_item *item)
{
	const char *cmd = plan->set->file.yaml.cmd;
	size_t i;
	int status;

	if (item->w && !item->w->want->seal && any_sealed(item))
		return fail(ST_SEALED, "%s: it is sealed until the next boot; write 'seal: true', or boot without it",
			    item->who);
	for (i = 0; i < item->nr_links; i++)
		if (item->links[i].old && item->links[i].action != PLAN_LINK_KEEP &&
		    link_sealed(item->links[i].old->link))
			return fail(ST_SEALED, "%s: would have to change (%s), but program '%s' is sealed until the next boot; nothing was done",
				    item->who, item->action == PLAN_DETACH ? "detach it" : item->why,
				    item->links[i].name);
	if (!item->seal || !item->w)
		return ST_OK;
	status = need_query(plan->hooks, item->who, "seal a policy");
	return status ? status : need_capability(cmd, CAP_MAC_ADMIN);
}

/* A link that goes must not be kept by anybody else. */
static int check_holders(const struct plan_item *item)
{
	char *holders, *dir;
	size_t i, j;

	for (i = 0; i < item->nr_links; i++) {
		const struct lsm_link *link = item->links[i].old ? item->links[i].old->link : NULL;

		if (item->links[i].action != PLAN_LINK_RENEW && item->links[i].action != PLAN_LINK_DETACH)
			continue;
		for (j = 0; j < link->nr_pins; j++) {
			dir = xstrdup(link->pins[j]);
			*strrchr(dir, '/') = '\0';
			if (!same_dir(dir, item->state.dir) && !pin_is_staging(dir)) {
				fail(ST_FAILED, "%s: its link %u (program '%s') is also pinned at %s and would stay attached; remove that pin first, nothing was done",
				     item->who, link->id, link->prog_name, link->pins[j]);
				free(dir);
				return ST_FAILED;
			}
			free(dir);
		}
		holders = link_holders(link->id);
		if (holders) {
			fail(ST_FAILED, "%s: its link %u (program '%s') is held open by %s and would stay attached; end that first, nothing was done",
			     item->who, link->id, link->prog_name, holders);
			free(holders);
			return ST_FAILED;
		}
	}
	return ST_OK;
}

static bool slots_on(void)
{
	char *text = read_text(LSM_SLOT_SYSCTL_FILE);
	bool on = text && *text == '1';

	free(text);
	return on;
}

int plan_make(struct plan *plan, struct wanted_set *set, const struct hooks *hooks, bool prune)
{
	int status = ST_OK, err;
	size_t i;

	memset(plan, 0, sizeof(*plan));
	plan->set = set;
	plan->hooks = hooks;
	plan->orders = kernel_has_query(hooks, &err);
	/* Only -EINVAL is a kernel without orders; any other would lose those of the file. */
	if (!plan->orders && err != -EINVAL)
		status = need_query(hooks, set->file.yaml.cmd, "order programs");
	plan->slots_on = slots_on();
	if (!status)
		status = links_collect(&plan->all, hooks);
	if (!status)
		status = add_wanted(plan);
	if (!status)
		status = add_others(plan, prune);
	if (!status)
		plan_order(plan);
	for (i = 0; !status && i < plan->n; i++)
		status = check_seals(plan, &plan->items[i]);
	for (i = 0; !status && i < plan->n; i++)
		status = check_holders(&plan->items[i]);
	if (status)
		plan_free(plan);
	return status;
}

bool plan_is_empty(const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n; i++)
		if (plan->items[i].action != PLAN_KEEP)
			return false;
	return !plan->left.n;
}

void plan_free(struct plan *plan)
{
	size_t i, j;

	for (i = 0; i < plan->n; i++) {
		struct plan_item *item = &plan->items[i];

		for (j = 0; j < item->nr_maps; j++)
			map_diff_free(&item->maps[j].diff);
		free(item->maps);
		free(item->links);
		free(item->settings_old);
		free(item->settings_new);
		if (item->settings >= 0)
			close(item->settings);
		pin_state_close(&item->state);
		free(item->who);
		free(item->name);
	}
	free(plan->items);
	string_list_free(&plan->left);
	links_free(&plan->all);
	memset(plan, 0, sizeof(*plan));
}
