/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The entries that a policy file wants in a map. */
#ifndef LSMSLOT_MAP_ENTRIES_H
#define LSMSLOT_MAP_ENTRIES_H

#include <bpf/libbpf.h>

#include "encode.h"

/* Where an entry comes from; a lower one overrules a higher one. */
enum entry_origin { ENTRY_NAMED, ENTRY_GLOB, ENTRY_PARENT };

/**
 * struct map_entry - one entry
 * @key, @value: bytes
 * @label: the key as an operator knows it
 * @node: where the file asks for it
 */
struct map_entry {
	void *key, *value;
	char *label;
	const yaml_node_t *node;
	enum entry_origin origin;
};

/**
 * struct map_entries - all that are wanted in a map, each key once
 * @index: hash table of indexes + 1
 */
struct map_entries {
	struct map_entry *v;
	size_t n;
	size_t key_size, value_size;
	size_t *index, index_size;
};

/* True for maps that entries_read() takes; others hold nothing to be listed. */
bool map_takes_entries(enum bpf_map_type type);

/*
 * Reads @list, the entries of @map, expands patterns and parents, and checks
 * that the map holds them.  Returns an enum status; map_entries_free() frees.
 */
int map_entries_read(struct map_entries *entries, const struct encode *encode,
		     const struct bpf_map *map, const yaml_node_t *list);
void map_entries_free(struct map_entries *entries);

const struct map_entry *map_entries_find(const struct map_entries *entries, const void *key);

#endif /* LSMSLOT_MAP_ENTRIES_H */
