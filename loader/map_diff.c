// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is to change in a map that is in use. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "journal.h"
#include "map_diff.h"

static void *copy(const void *bytes, size_t size)
{
	return bytes ? memcpy(xcalloc(size, 1), bytes, size) : NULL;
}

static void add_change(struct map_diff *diff, const void *key, const void *old,
		       const void *value, char *label)
{
	diff->v = xreallocarray(diff->v, diff->n + 1, sizeof(*diff->v));
	diff->v[diff->n++] = (struct map_change){
		.key = copy(key, diff->key_size),
		.old = copy(old, diff->value_size),
		.value = copy(value, diff->value_size),
		.label = label,
	};
}

/* Every key of the map, one behind the other. */
static int list_keys(struct map_diff *diff, char **keys)
{
	size_t room = 0, size = diff->key_size;
	char *next = xcalloc(1, size);
	int err;

	*keys = NULL;
	for (diff->live = 0;; diff->live++) {
		err = bpf_map_get_next_key(diff->fd, diff->live ? *keys + (diff->live - 1) * size : NULL,
					   next);
		if (err)
			break;
		/* Others change the map at the same time and make it start over. */
		if (diff->live > 2 * (size_t)diff->max_entries) {
			err = -EAGAIN;
			break;
		}
		if (diff->live == room) {
			room = room ? 2 * room : 64;
			*keys = xreallocarray(*keys, room, size);
		}
		memcpy(*keys + diff->live * size, next, size);
	}
	free(next);
	return err == -ENOENT ? 0 : err;
}

static int compare(struct map_diff *diff, const char *keys, const struct map_entries *entries,
		   bool array, __u32 key_type)
{
	void *value = xcalloc(1, diff->value_size), *zero = xcalloc(1, diff->value_size);
	bool *seen = xcalloc(entries->n, sizeof(*seen));
	size_t i;

	for (i = 0; i < diff->live; i++) {
		const void *key = keys + i * diff->key_size, *want;
		const struct map_entry *entry = map_entries_find(entries, key);

		if (bpf_map_lookup_elem(diff->fd, key, value))
			continue;
		if (entry)
			seen[entry - entries->v] = true;
		want = entry ? entry->value : array ? zero : NULL;
		if (want && !memcmp(want, value, diff->value_size))
			continue;
		add_change(diff, key, value, want,
			   entry ? xstrdup(entry->label) :
				   encode_describe(diff->btf, key_type, key, diff->key_size));
	}
	for (i = 0; i < entries->n; i++)
		if (!seen[i])
			add_change(diff, entries->v[i].key, NULL, entries->v[i].value,
				   xstrdup(entries->v[i].label));
	free(seen);
	free(value);
	free(zero);
	return 0;
}

int map_diff_make(struct map_diff *diff, int fd, const struct bpf_map *map,
		  const struct btf *btf, const struct map_entries *entries)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	char *keys;
	int err;

	memset(diff, 0, sizeof(*diff));
	diff->name = xstrdup(bpf_map__name(map));
	diff->fd = fd;
	diff->btf = btf;
	diff->key_size = bpf_map__key_size(map);
	diff->value_size = bpf_map__value_size(map);
	diff->value_type = bpf_map__btf_value_type_id(map);
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	diff->max_entries = info.max_entries;
	if (info.type != bpf_map__type(map) || info.key_size != diff->key_size ||
	    info.value_size != diff->value_size)
		return -EINVAL;
	err = list_keys(diff, &keys);
	if (!err)
		err = compare(diff, keys, entries, info.type == BPF_MAP_TYPE_ARRAY,
			      bpf_map__btf_key_type_id(map));
	free(keys);
	return err;
}

void map_diff_clear(struct map_diff *diff)
{
	size_t i;

	for (i = 0; i < diff->n; i++) {
		free(diff->v[i].key);
		free(diff->v[i].old);
		free(diff->v[i].value);
		free(diff->v[i].label);
	}
	free(diff->v);
	diff->v = NULL;
	diff->n = 0;
}

void map_diff_free(struct map_diff *diff)
{
	map_diff_clear(diff);
	free(diff->name);
	if (diff->fd >= 0)
		close(diff->fd);
	memset(diff, 0, sizeof(*diff));
	diff->fd = -1;
}

static int apply_some(const struct map_diff *diff, bool removals)
{
	int err = 0;
	size_t i;

	for (i = 0; !err && i < diff->n; i++)
		if (!diff->v[i].value == removals)
			err = journal_set_entry(diff->fd, diff->v[i].key, diff->key_size,
						diff->v[i].old, diff->v[i].value, diff->value_size);
	return err;
}

int map_diff_apply(const struct map_diff *diff, bool removals)
{
	size_t added = 0, i;
	bool room;
	int err;

	for (i = 0; i < diff->n; i++)
		added += !diff->v[i].old;
	room = diff->live + added <= diff->max_entries;
	if (removals)
		return room ? apply_some(diff, true) : 0;
	err = room ? 0 : apply_some(diff, true);
	return err ? err : apply_some(diff, false);
}
