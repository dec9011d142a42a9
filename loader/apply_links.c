// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Attaching and replacing the programs of a plan. */
#include <errno.h>
#include <string.h>

#include "apply.h"
#include "bpf_compat.h"
#include "journal.h"

/* What a hook's running order is built from: the links that are there now. */
static bool in_slots(const struct plan_link *link, const char *hook)
{
	union link_info info;

	return link->fd >= 0 && !strcmp(link->hook, hook) && !link_info_get(link->fd, &info) &&
	       (info.slot.place == LSM_SLOT_PLACE_SLOT || info.slot.place == LSM_SLOT_PLACE_ARRAY);
}

/* The next link of @hook that is attached, behind program @prog of @item. */
static int next_link(const struct plan *plan, size_t item, size_t prog, const char *hook)
{
	size_t i, j;

	for (i = item; i < plan->n; i++)
		for (j = i == item ? prog + 1 : 0; j < plan->items[i].nr_links; j++)
			if (in_slots(&plan->items[i].links[j], hook))
				return plan->items[i].links[j].fd;
	return -1;
}

static int previous_link(const struct plan *plan, size_t item, size_t prog, const char *hook)
{
	size_t i, j;

	for (i = item + 1; i-- > 0;)
		for (j = i == item ? prog : plan->items[i].nr_links; j-- > 0;)
			if (in_slots(&plan->items[i].links[j], hook))
				return plan->items[i].links[j].fd;
	return -1;
}

/*
 * Where a new link goes: next to those of the file that are there.  The first
 * policies and the last ones go to the hook's ends, past links of others.
 */
static struct link_place_arg place_of(const struct plan *plan, size_t item, size_t prog)
{
	const char *hook = plan->items[item].links[prog].hook;
	enum policy_order order = plan_item_order(&plan->items[item]);
	int next = next_link(plan, item, prog, hook), previous = previous_link(plan, item, prog, hook);
	struct link_place_arg place = {};

	if (!plan_hook_ordered(plan, hook))
		return place;
	if (order == ORDER_FIRST && previous < 0) {
		place.flags = BPF_F_BEFORE;
	} else if (order == ORDER_LAST && next < 0) {
		place.flags = BPF_F_AFTER;
	} else if (previous >= 0 && (order == ORDER_FIRST || next < 0)) {
		place.flags = BPF_F_AFTER | BPF_F_LINK;
		place.relative = previous;
	} else if (next >= 0) {
		place.flags = BPF_F_BEFORE | BPF_F_LINK;
		place.relative = next;
	}
	return place;
}

static int fail_attach(const struct plan_item *item, const struct plan_link *link, int err)
{
	return fail(err == -EPERM || err == -EACCES ? ST_PERM : err == -EROFS ? ST_SEALED : ST_FAILED,
		    "%s: cannot attach program '%s' to hook '%s': %s%s", item->who, link->name, link->hook,
		    strerror(-err),
		    err == -E2BIG ? "; the hook's BPF trampoline is full, detach a program first" :
		    err == -EROFS ? "; it would run from the hook's BPF trampoline, before a sealed program: switch slots on with 'sysctl kernel.lsm_slots=1'" : "");
}

/* Notes which link and program are in force. */
static int describe(const struct plan_item *item, struct plan_link *link)
{
	union link_info info;
	int err = link_info_get(link->fd, &info);

	if (err)
		return fail(ST_FAILED, "%s: cannot read the link of program '%s': %s", item->who, link->name,
			    strerror(-err));
	/* The note would call another's program the file's. */
	if (link->action == PLAN_LINK_KEEP && info.bpf.prog_id != link->old->link->prog_id)
		return fail(ST_STALE, "%s: the link of program '%s' has changed meanwhile; apply again",
			    item->who, link->name);
	link->link_id = info.bpf.id;
	link->prog_id = info.bpf.prog_id;
	return ST_OK;
}

static int attach(const struct plan *plan, size_t item, size_t prog)
{
	struct plan_link *link = &plan->items[item].links[prog];
	struct link_place_arg place = place_of(plan, item, prog), nowhere = {};
	struct link_place_arg first = { .flags = BPF_F_BEFORE };
	int fd = bpf_program__fd(link->prog->prog), ret;

	ret = journal_attach(fd, &place);
	/*
	 * The program has to run from the trampoline for a reason that was not
	 * known before: there the newest runs first.
	 */
	if (place.flags && (ret == -EOPNOTSUPP || ret == -ENOENT))
		ret = journal_attach(fd, &nowhere);
	/* Among sealed links, which are in front: right behind them then. */
	if (place.flags && ret == -EROFS)
		ret = journal_attach(fd, &first);
	if (ret < 0)
		return fail_attach(&plan->items[item], link, ret);
	link->fd = ret;
	return ST_OK;
}

static int replace(const struct plan *plan, size_t item, size_t prog)
{
	struct plan_link *link = &plan->items[item].links[prog];
	int fd = bpf_program__fd(link->prog->prog), err;

	err = journal_replace(link->old->fd, fd, link->old->prog_fd);
	if (err == -EOPNOTSUPP) {
		link->action = PLAN_LINK_RENEW;
		return attach(plan, item, prog);
	}
	if (err)
		return fail(err == -EROFS ? ST_SEALED :
			    err == -EPERM || err == -ENOLINK ? ST_STALE : ST_FAILED,
			    "%s: cannot replace program '%s' of hook '%s': %s", plan->items[item].who,
			    link->name, link->hook,
			    err == -EROFS ? "its link is sealed until the next boot" :
			    err == -EPERM ? "its link has changed meanwhile; apply again" :
			    err == -ENOLINK ? "it was detached meanwhile; apply again" : strerror(-err));
	link->fd = link->old->fd;
	return ST_OK;
}

int apply_attach(struct plan *plan, size_t item)
{
	struct plan_item *it = &plan->items[item];
	int status = ST_OK;
	size_t i;

	/* From the last to the first, for where the newest runs first. */
	for (i = it->nr_links; !status && i-- > 0;) {
		struct plan_link *link = &it->links[i];

		if (link->action == PLAN_LINK_ATTACH || link->action == PLAN_LINK_RENEW)
			status = attach(plan, item, i);
		else if (link->action == PLAN_LINK_REPLACE)
			status = replace(plan, item, i);
		if (!status && link->fd >= 0)
			status = describe(it, link);
	}
	return status;
}
