// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Maps that policies of a file share: those with the same pin of their own
 * (LIBBPF_PIN_BY_NAME).
 */
#include <string.h>

#include "wanted.h"

/* Where @map is pinned or is to be pinned by itself; NULL for nowhere. */
static const char *shared_path(const struct wanted *w, const struct bpf_map *map)
{
	size_t i;

	for (i = 0; i < w->nr_own_pins; i++)
		if (w->own_pins[i].map == map)
			return w->own_pins[i].path;
	return bpf_map__pin_path(map);
}

/* The map of @w that is pinned at @path, or NULL. */
static const struct bpf_map *map_at(const struct wanted *w, const char *path)
{
	const struct bpf_map *map;
	const char *other;

	bpf_object__for_each_map(map, w->policy.obj) {
		other = shared_path(w, map);
		if (other && !strcmp(other, path))
			return map;
	}
	return NULL;
}

/* The entries that @w gives the map pinned at @path, or NULL. */
static const struct wanted_map *given_at(const struct wanted *w, const char *path)
{
	const struct bpf_map *map = map_at(w, path);

	return map ? wanted_map(w, bpf_map__name(map)) : NULL;
}

bool wanted_shared_by_other(const struct wanted_set *set, const struct wanted *w, const struct bpf_map *map)
{
	const char *path = shared_path(w, map);
	size_t i;

	for (i = 0; path && i < set->n; i++)
		if (&set->v[i] != w && map_at(&set->v[i], path))
			return true;
	return false;
}

bool wanted_given_by_other(const struct wanted_set *set, const struct wanted *w, const struct bpf_map *map)
{
	const char *path = shared_path(w, map);
	size_t i;

	for (i = 0; path && i < set->n; i++)
		if (&set->v[i] != w && given_at(&set->v[i], path))
			return true;
	return false;
}

static bool same_shape(const struct bpf_map *a, const struct bpf_map *b)
{
	return bpf_map__type(a) == bpf_map__type(b) && bpf_map__key_size(a) == bpf_map__key_size(b) &&
	       bpf_map__value_size(a) == bpf_map__value_size(b) &&
	       bpf_map__max_entries(a) == bpf_map__max_entries(b) &&
	       bpf_map__map_flags(a) == bpf_map__map_flags(b);
}

/* Of maps of one shape. */
static bool same_entries(const struct map_entries *a, const struct map_entries *b)
{
	const struct map_entry *other;
	size_t i;

	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++) {
		other = map_entries_find(b, a->v[i].key);
		if (!other || memcmp(other->value, a->v[i].value, a->value_size))
			return false;
	}
	return true;
}

/*
 * Each policy compares with what is in the map now: if they differed, each would
 * remove what the other wants, and the last one would have its way with both.
 */
static int check_map(const struct wanted *w, const struct bpf_map *map, const struct wanted *earlier)
{
	const char *path = shared_path(w, map), *name = bpf_map__name(map), *by = earlier->want->name;
	const struct bpf_map *other = path ? map_at(earlier, path) : NULL;
	const struct wanted_map *given, *given2;

	if (!other)
		return ST_OK;
	if (!same_shape(map, other))
		return fail(ST_USAGE, "%s: shares map '%s' (%s) with policy '%s', whose object gives it another type or size; use objects that agree on it",
			    w->who, name, path, by);
	given = wanted_map(w, name);
	given2 = given_at(earlier, path);
	if (given && given2 && !same_entries(&given->entries, &given2->entries))
		return fail(ST_USAGE, "%s: shares map '%s' (%s) with policy '%s', which gives it other entries; give both the same, or only one of them any",
			    w->who, name, path, by);
	if (map == w->settings && other == earlier->settings && w->want->audit != earlier->want->audit)
		return fail(ST_USAGE, "%s: shares map '%s' (%s) with policy '%s', which has another mode; give both the same",
			    w->who, name, path, by);
	return ST_OK;
}

static int check_pair(const struct wanted *w, const struct wanted *earlier)
{
	const struct bpf_map *map;
	int status = ST_OK;

	bpf_object__for_each_map(map, w->policy.obj)
		if (!status)
			status = check_map(w, map, earlier);
	return status;
}

int wanted_check_shared(const struct wanted_set *set)
{
	int status = ST_OK;
	size_t i, j;

	for (i = 0; !status && i < set->n; i++)
		for (j = 0; !status && j < i; j++)
			status = check_pair(&set->v[i], &set->v[j]);
	return status;
}
