/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is to change in a map that is in use. */
#ifndef LSMSLOT_MAP_DIFF_H
#define LSMSLOT_MAP_DIFF_H

#include "map_entries.h"

/**
 * struct map_change - one entry that differs
 * @key: its key
 * @old: the value it has; NULL if it is to be added
 * @value: the value it is to have; NULL if it is to go
 * @label: the key as an operator knows it
 */
struct map_change {
	void *key, *old, *value;
	char *label;
};

/**
 * struct map_diff - a map's differences
 * @name: of the map
 * @fd: open map, closed by map_diff_free()
 * @max_entries: how many it holds; @live how many it has now
 */
struct map_diff {
	char *name;
	int fd;
	size_t key_size, value_size;
	__u32 value_type;
	const struct btf *btf;
	__u32 max_entries;
	size_t live;
	struct map_change *v;
	size_t n;
};

/*
 * Compares the map open at @fd, which it takes over, with the entries wanted;
 * those that @entries has not got are to go, or to be 0 in an array.  @map
 * and @btf, its object's, tell the types.  Returns 0 or a negative errno; -EINVAL if the map is of
 * another shape.  map_diff_free() frees also after a failure.
 */
int map_diff_make(struct map_diff *diff, int fd, const struct bpf_map *map,
		  const struct btf *btf, const struct map_entries *entries);
void map_diff_free(struct map_diff *diff);

/* Nothing of it is to be changed. */
void map_diff_clear(struct map_diff *diff);

/*
 * Makes the changes through the journal, in two goes: first what is added or
 * changed, then, with @removals, what goes.  So no file that stays wanted under
 * a new key is missing in between.  Without room for both at once what goes
 * does so in the first one.  Returns 0 or a negative errno.
 */
int map_diff_apply(const struct map_diff *diff, bool removals);

#endif /* LSMSLOT_MAP_DIFF_H */
