// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which links have to be made anew for the programs to run in order.
 *
 * The kernel has no command that moves a link.  One that is in the wrong place
 * is attached a second time, in the right one, before the old one goes; with
 * another program, since the kernel takes none twice.
 *
 * Where the kernel places no links (trampolines, kernels without BPF_PROG_QUERY)
 * the newest program of a hook runs first.  There the links are made from the
 * last to the first, and one that is new makes all that have to run before it
 * new as well.
 */
#include <stdlib.h>
#include <string.h>

#include "plan.h"

static const char why[] = "its place in the running order changes";

/**
 * struct kept - a link of one hook that is there and stays
 * @item, @link: whose it is; @item is NULL for others' links
 * @rank: the policies' wanted order: by item, then by program
 * @order: its place now
 * @sealed: the kernel has it in front, whatever is wanted
 * @cgroup: stands for lsm_cgroup programs, which have no wanted place
 */
struct kept {
	struct plan_item *item;
	struct plan_link *link;
	size_t rank;
	int order;
	bool trampoline;
	bool sealed;
	bool cgroup;
};

static bool is_kept(const struct plan_link *link)
{
	return link->action == PLAN_LINK_KEEP || link->action == PLAN_LINK_REPLACE;
}

static bool is_new(const struct plan_link *link)
{
	return link->action == PLAN_LINK_ATTACH || link->action == PLAN_LINK_RENEW;
}

static void renew(struct plan *plan, struct plan_item *item, struct plan_link *link)
{
	if (item->action != PLAN_REPLACE)
		plan_item_replace(plan, item, why);
	link->action = PLAN_LINK_RENEW;
}

static bool is_item_link(const struct plan *plan, __u32 id)
{
	size_t i, j;

	for (i = 0; i < plan->n; i++)
		for (j = 0; j < plan->items[i].state.nr_links; j++)
			if (plan->items[i].state.links[j].link->id == id)
				return true;
	return false;
}

/* Lists the links of @hook; returns how many. */
static size_t list_kept(struct plan *plan, const char *hook, struct kept **kept)
{
	size_t n = 0, rank = 0, i, j;

	*kept = NULL;
	for (i = 0; i < plan->n; i++)
		for (j = 0; j < plan->items[i].nr_links; j++, rank++) {
			struct plan_link *link = &plan->items[i].links[j];

			if (!is_kept(link) || strcmp(link->hook, hook))
				continue;
			*kept = xreallocarray(*kept, n + 1, sizeof(**kept));
			(*kept)[n++] = (struct kept){
				.item = &plan->items[i], .link = link, .rank = rank,
				.order = link->old->link->order,
				.sealed = link_sealed(link->old->link),
				.trampoline = link->old->link->slot.place == LSM_SLOT_PLACE_TRAMPOLINE,
			};
		}
	for (i = 0; i < plan->all.n; i++) {
		const struct lsm_link *other = &plan->all.v[i];

		if (strcmp(other->hook, hook) || is_item_link(plan, other->id))
			continue;
		*kept = xreallocarray(*kept, n + 1, sizeof(**kept));
		(*kept)[n++] = (struct kept){
			.order = other->order,
			.sealed = link_sealed(other),
			.cgroup = other->cgroup,
			.trampoline = other->slot.place == LSM_SLOT_PLACE_TRAMPOLINE,
		};
	}
	return n;
}

/* What runs from a trampoline runs before slots, whatever is wanted. */
static bool conflict(const struct kept *a, const struct kept *b, bool ordered)
{
	enum policy_order order;

	if (a->trampoline != b->trampoline || a->sealed || b->sealed)
		return false;
	if (a->item && b->item)
		return a->rank < b->rank ? a->order > b->order : a->order < b->order;
	if (!a->item && !b->item)
		return false;
	if (!a->item)
		return conflict(b, a, ordered);
	if (b->cgroup && !(a->item->w && a->item->w->want->seal))
		return false;
	order = a->item->w ? plan_item_order(a->item) : ORDER_AS_LISTED;
	/* Where the newest runs first nothing can be put behind others' programs. */
	return (order == ORDER_FIRST && a->order > b->order) ||
	       (order == ORDER_LAST && a->order < b->order && ordered);
}

/* Makes anew the link that is in the way of most others; false if none is. */
static bool resolve_one(struct plan *plan, const char *hook)
{
	size_t n, i, j, count, most = 0;
	struct kept *kept, *worst = NULL;
	bool ordered = plan_hook_ordered(plan, hook), found;

	n = list_kept(plan, hook, &kept);
	for (i = 0; i < n; i++) {
		if (!kept[i].item || !kept[i].item->w || kept[i].sealed)
			continue;
		for (count = 0, j = 0; j < n; j++)
			count += j != i && conflict(&kept[i], &kept[j], ordered);
		if (count > most) {
			most = count;
			worst = &kept[i];
		}
	}
	found = worst;
	if (found)
		renew(plan, worst->item, worst->link);
	free(kept);
	return found;
}

/* Where the newest runs first: all that run before a new one. */
static bool renew_before(struct plan *plan, const char *hook)
{
	bool any = false, changed = false;
	size_t i, j;

	for (i = plan->n; i-- > 0;)
		for (j = plan->items[i].nr_links; j-- > 0;) {
			struct plan_link *link = &plan->items[i].links[j];

			if (strcmp(link->hook, hook) || !plan->items[i].w)
				continue;
			if (any && is_kept(link) && !link_sealed(link->old->link)) {
				renew(plan, &plan->items[i], link);
				changed = true;
			}
			any |= is_new(link);
		}
	return changed;
}

static bool pass(struct plan *plan)
{
	bool changed = false;
	size_t i, j;

	for (i = 0; i < plan->n; i++)
		for (j = 0; j < plan->items[i].nr_links; j++) {
			const char *hook = plan->items[i].links[j].hook;

			while (resolve_one(plan, hook))
				changed = true;
			if (!plan_hook_ordered(plan, hook))
				changed |= renew_before(plan, hook);
		}
	return changed;
}

void plan_order(struct plan *plan)
{
	/* Each pass that changes anything makes at least one more link new. */
	while (pass(plan))
		;
}
