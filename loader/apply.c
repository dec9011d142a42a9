// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Doing what a plan says. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "apply.h"
#include "holders.h"
#include "journal.h"

static bool needs_load(const struct plan_item *item)
{
	return item->action == PLAN_ATTACH || item->action == PLAN_REPLACE;
}

/* True if the data of @map goes on for the new programs. */
static bool carries_over(const struct plan_item *item, const struct bpf_map *map)
{
	const char *name = bpf_map__name(map);

	return wanted_pins_map(item->w, map) && strcmp(name, MAP_SETTINGS) && strcmp(name, MAP_SCOPE) &&
	       !wanted_map(item->w, name) && !record_has_map(&item->state.record, name);
}

static bool same_shape(int fd, const struct bpf_map *map)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	return !bpf_obj_get_info_by_fd(fd, &info, &len) && info.type == bpf_map__type(map) &&
	       info.key_size == bpf_map__key_size(map) && info.value_size == bpf_map__value_size(map) &&
	       info.max_entries == bpf_map__max_entries(map) && info.map_flags == bpf_map__map_flags(map);
}

static int keep_maps(const struct plan_item *item)
{
	struct bpf_map *map;
	int err = 0;

	bpf_object__for_each_map(map, item->w->policy.obj) {
		const struct state_map *old = pin_state_map(&item->state, bpf_map__name(map));

		if (!err && old && carries_over(item, map) && same_shape(old->fd, map))
			err = bpf_map__reuse_fd(map, old->fd);
	}
	return err ? fail(ST_FAILED, "%s: cannot keep its maps: %s", item->who, strerror(-err)) : ST_OK;
}

int apply_load(struct plan *plan, bool full_log)
{
	int status = ST_OK;
	size_t i;

	for (i = 0; !status && i < plan->n; i++) {
		if (!needs_load(&plan->items[i]))
			continue;
		status = keep_maps(&plan->items[i]);
		if (!status)
			status = wanted_load(plan->set, plan->items[i].w - plan->set->v, full_log);
		if (!status)
			status = wanted_fill(plan->items[i].w);
	}
	return status;
}

static int change_entries(const struct plan_item *item, bool removals)
{
	int err = 0;
	size_t i;

	for (i = 0; !err && i < item->nr_maps; i++) {
		if (!item->maps[i].in_place)
			continue;
		err = map_diff_apply(&item->maps[i].diff, removals);
		if (err)
			return fail(ST_FAILED, "%s: cannot change map '%s': %s", item->who,
				    item->maps[i].diff.name, strerror(-err));
	}
	return ST_OK;
}

static int change_mode(const struct plan_item *item)
{
	__u32 zero = 0;
	int err;

	err = journal_set_entry(item->settings, &zero, sizeof(zero), item->settings_old,
				item->settings_new, item->settings_size);
	return err ? fail(ST_FAILED, "%s: cannot change its mode: %s", item->who, strerror(-err)) : ST_OK;
}

/* Changes of what stays attached: first all that deny more, at the end the rest. */
static int change_in_use(const struct plan *plan, bool looser)
{
	int status = ST_OK;
	size_t i;

	for (i = 0; !status && i < plan->n; i++) {
		const struct plan_item *item = &plan->items[i];

		status = change_entries(item, looser);
		/* New programs come with settings of their own, but not if those are shared. */
		if (!status && item->mode_differs &&
		    (item->action == PLAN_UPDATE || bpf_map__pin_path(item->w->settings)) &&
		    item->w->want->audit == looser)
			status = change_mode(item);
	}
	return status;
}

static int change(struct plan *plan)
{
	int status;
	size_t i, j;

	for (i = 0; i < plan->n; i++)
		for (j = 0; j < plan->items[i].nr_links; j++)
			if (plan->items[i].links[j].action == PLAN_LINK_KEEP)
				plan->items[i].links[j].fd = plan->items[i].links[j].old->fd;
	status = change_in_use(plan, false);
	for (i = plan->n; !status && i-- > 0;)
		if (plan->items[i].w)
			status = apply_attach(plan, i);
	for (i = 0; !status && i < plan->n; i++)
		status = apply_pin(plan, &plan->items[i]);
	if (!status)
		status = change_in_use(plan, true);
	for (i = 0; !status && i < plan->n; i++)
		status = apply_retire(&plan->items[i]);
	return status;
}

static int fail_sealing(const struct plan_item *item, const struct plan_link *link, int err)
{
	return fail(err == -EPERM ? ST_PERM : err == -EOPNOTSUPP ? ST_UNSUPPORTED : ST_FAILED,
		    "%s: cannot seal the link of program '%s': %s",
		    item->who, link->name,
		    err == -EBUSY ? "a BPF_MODIFY_RETURN program on a security_*() function, or an extension of this program, could overrule it; detach that first" :
		    err == -ERANGE ? "a program that is not sealed runs before it and could overrule it; detach that first ('lsmslot status' shows it)" :
		    err == -EOPNOTSUPP ? "it runs from a BPF trampoline, where nothing can be sealed; switch slots on with 'sysctl kernel.lsm_slots=1' and apply again" :
		    err == -EPERM ? "CAP_MAC_ADMIN is missing" : strerror(-err));
}

/*
 * Up to the first success a failure takes everything back; from then on there
 * is no way back, and the rest is tried all the same.
 */
static int seal(const struct plan *plan, bool *sealed_any)
{
	int status = ST_OK, err;
	size_t i, j;

	*sealed_any = false;
	for (i = 0; i < plan->n; i++)
		for (j = 0; plan->items[i].seal && plan->items[i].w && j < plan->items[i].nr_links; j++) {
			const struct plan_link *link = &plan->items[i].links[j];

			if (!link->prog || (link->old && link->fd == link->old->fd &&
					    link_sealed(link->old->link)))
				continue;
			err = journal_seal(link->fd);
			if (!err) {
				*sealed_any = true;
				continue;
			}
			status = fail_sealing(&plan->items[i], link, err);
			if (!*sealed_any)
				return status;
		}
	if (status)
		fail(status, "%s: everything is applied, but not all of it is sealed; mend that and apply again",
		     plan->set->file.yaml.cmd);
	return status;
}

/* Closes the old links, which detaches those that have no pin any more. */
static void close_old(struct plan *plan)
{
	size_t i, j;

	for (i = 0; i < plan->n; i++)
		for (j = 0; j < plan->items[i].state.nr_links; j++) {
			close(plan->items[i].state.links[j].fd);
			plan->items[i].state.links[j].fd = -1;
		}
}

static int check_gone(const struct plan *plan)
{
	int status = ST_OK, err;
	size_t i, j;

	for (i = 0; i < plan->n; i++)
		for (j = 0; j < plan->items[i].nr_links; j++) {
			const struct plan_link *link = &plan->items[i].links[j];

			if (link->action != PLAN_LINK_RENEW && link->action != PLAN_LINK_DETACH)
				continue;
			err = link_wait_gone(plan->items[i].who, link->old->link);
			if (err)
				status = err;
		}
	return status;
}

int apply_run(struct plan *plan)
{
	bool sealed_any = false;
	int status, gone, left;

	/* What cannot be removed does not keep the file from being applied. */
	left = apply_remove_left(plan);
	journal_begin(plan->set->file.yaml.cmd);
	status = change(plan);
	if (!status)
		status = seal(plan, &sealed_any);
	if (status && !sealed_any) {
		journal_undo();
		return status;
	}
	journal_keep();
	close_old(plan);
	gone = check_gone(plan);
	return status ? status : gone ? gone : left;
}
