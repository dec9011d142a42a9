// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What apply has to change in maps that are in use. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <lsmslot/event.h>

#include "plan.h"
#include "polmaps.h"

/* The map in use that has the entries: pinned here, or by itself elsewhere. */
static int open_live(const struct plan_item *item, const struct bpf_map *map)
{
	const struct state_map *pinned = pin_state_map(&item->state, bpf_map__name(map));

	if (bpf_map__pin_path(map))
		return bpf_obj_get(bpf_map__pin_path(map));
	return pinned ? fcntl(pinned->fd, F_DUPFD_CLOEXEC, 0) : -1;
}

/* What is pinned for @map is no map, or not one that its object would make. */
static int fail_shape(const struct plan_item *item, const struct bpf_map *map)
{
	return bpf_map__pin_path(map) ?
	       fail(ST_FAILED, "%s: what is pinned at %s is not its map '%s': it has another type or size; remove that pin if no policy uses it",
		    item->who, bpf_map__pin_path(map), bpf_map__name(map)) :
	       fail(ST_FAILED, "%s: cannot compare map '%s' with the one in use: it has another type or size",
		    item->who, bpf_map__name(map));
}

/* A map of the policy's own that is not there is made; one with a pin was there. */
static int fail_open(const struct plan_item *item, const struct bpf_map *map, int err)
{
	const char *path = bpf_map__pin_path(map);

	return path ? fail(err == EPERM || err == EACCES ? ST_PERM : ST_FAILED,
			   "%s: cannot open map '%s' at %s: %s; remove that pin if no policy uses it",
			   item->who, bpf_map__name(map), path, strerror(err)) : ST_OK;
}

/* An item before @item in the plan changes the map pinned at @path already. */
static bool changed_by_earlier(const struct plan *plan, const struct plan_item *item, const char *path)
{
	const struct plan_item *i;
	size_t j;

	for (i = plan->items; i < item; i++)
		for (j = 0; j < i->nr_maps; j++)
			if (i->maps[j].shared && !strcmp(i->maps[j].shared, path))
				return true;
	return false;
}

static int diff_map(const struct plan *plan, struct plan_item *item, const struct bpf_map *map,
		    const struct map_entries *entries, bool in_place)
{
	const struct btf *btf = bpf_object__btf(item->w->policy.obj);
	struct plan_map *m;
	int fd = open_live(item, map), err;

	if (fd < 0)
		return fail_open(item, map, errno);
	item->maps = xreallocarray(item->maps, item->nr_maps + 1, sizeof(*item->maps));
	m = &item->maps[item->nr_maps++];
	m->shared = bpf_map__pin_path(map);
	m->in_place = in_place || m->shared;
	err = map_diff_make(&m->diff, fd, map, btf, entries);
	if (err && m->in_place)
		return err == -EINVAL ? fail_shape(item, map) :
		       fail(ST_FAILED, "%s: cannot compare map '%s' with the one in use: %s", item->who,
			    bpf_map__name(map), strerror(-err));
	if (err) {
		map_diff_free(&m->diff);
		item->nr_maps--;
	} else if (m->shared && changed_by_earlier(plan, item, m->shared)) {
		map_diff_clear(&m->diff);
	}
	return ST_OK;
}

/*
 * A map whose entries the file gave before and gives no more is emptied.  New
 * programs come with new maps, but not if those are shared.
 */
static int diff_given_up(const struct plan *plan, struct plan_item *item, bool in_place)
{
	const struct map_entries none = {};
	struct bpf_map *map;
	int status = ST_OK;
	size_t i;

	for (i = 0; !status && i < item->state.record.maps.n; i++) {
		const char *name = item->state.record.maps.v[i];

		map = bpf_object__find_map_by_name(item->w->policy.obj, name);
		if (map && (in_place || bpf_map__pin_path(map)) && !wanted_map(item->w, name) &&
		    !wanted_given_by_other(plan->set, item->w, map))
			status = diff_map(plan, item, map, &none, in_place);
	}
	return status;
}

int plan_diff_maps(const struct plan *plan, struct plan_item *item, bool in_place)
{
	int status = ST_OK;
	size_t i;

	for (i = 0; !status && i < item->w->nr_maps; i++)
		status = diff_map(plan, item, item->w->maps[i].map, &item->w->maps[i].entries, in_place);
	if (!status)
		status = diff_given_up(plan, item, in_place);
	return status;
}

int plan_diff_mode(struct plan_item *item)
{
	struct lsmslot_settings *now;
	struct bpf_map_info info = {};
	__u32 zero = 0, len = sizeof(info);
	size_t size;

	/* What the directory of a policy that is not attached holds is in no use. */
	if (!item->w->settings ||
	    (item->action == PLAN_ATTACH && !bpf_map__pin_path(item->w->settings)))
		return ST_OK;
	item->settings = open_live(item, item->w->settings);
	if (item->settings < 0)
		return fail_open(item, item->w->settings, errno);
	size = bpf_map__value_size(item->w->settings);
	if (bpf_obj_get_info_by_fd(item->settings, &info, &len) || info.type != BPF_MAP_TYPE_ARRAY ||
	    info.key_size != sizeof(zero) || info.value_size != size)
		return fail_shape(item, item->w->settings);
	item->settings_size = size;
	item->settings_old = xcalloc(1, size);
	item->settings_new = xcalloc(1, size);
	if (bpf_map_lookup_elem(item->settings, &zero, item->settings_old))
		return fail(ST_FAILED, "%s: cannot read its mode: %s", item->who, strerror(errno));
	memcpy(item->settings_new, item->settings_old, size);
	now = item->settings_new;
	item->was_audit = now->mode == LSMSLOT_AUDIT;
	now->mode = item->w->want->audit ? LSMSLOT_AUDIT : LSMSLOT_ENFORCE;
	item->mode_differs = memcmp(item->settings_old, item->settings_new, size);
	return ST_OK;
}

/*
 * Every map that entries are compared in, and the settings, must be there.  So
 * must pins that another policy shares: it would make a second map for them.
 */
bool plan_maps_missing(const struct plan *plan, const struct plan_item *item)
{
	size_t i;
	int fd;

	for (i = 0; i < item->w->nr_own_pins; i++)
		if (wanted_shared_by_other(plan->set, item->w, item->w->own_pins[i].map))
			return true;
	for (i = 0; i < item->w->nr_maps; i++) {
		fd = open_live(item, item->w->maps[i].map);
		if (fd < 0)
			return true;
		close(fd);
	}
	return item->w->settings && !bpf_map__pin_path(item->w->settings) &&
	       !pin_state_map(&item->state, MAP_SETTINGS);
}

static bool used_elsewhere(const struct plan_item *item, const struct bpf_map *map)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	int fd = open_live(item, map);
	bool other = false;
	size_t i;

	if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len))
		for (i = 0; i < item->state.nr_links; i++)
			other |= program_map_use(item->state.links[i].link->prog_id, bpf_map__name(map),
						 info.id) == MAP_OTHER;
	if (fd >= 0)
		close(fd);
	return other;
}

bool plan_maps_elsewhere(const struct plan_item *item)
{
	bool other = item->w->settings && used_elsewhere(item, item->w->settings);
	size_t i;

	for (i = 0; i < item->w->nr_maps; i++)
		other |= used_elsewhere(item, item->w->maps[i].map);
	return other;
}
