/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A policy of a policy file together with its object. */
#ifndef LSMSLOT_WANTED_H
#define LSMSLOT_WANTED_H

#include "map_entries.h"
#include "policy.h"
#include "policy_file.h"
#include "sha256.h"

/* Maps and a constant with a meaning of their own: include/lsmslot/event.h. */
#define MAP_SETTINGS	"settings"
#define MAP_SCOPE	"scope"
#define CONST_SCOPED	"lsmslot_scoped"

/**
 * struct wanted_map - a map and all its entries
 */
struct wanted_map {
	struct bpf_map *map;
	struct map_entries entries;
};

/**
 * struct own_pin - a map that asks for a pin of its own and has none yet
 *
 * libbpf would pin it while it loads; that has to wait.
 */
struct own_pin {
	struct bpf_map *map;
	char *path;
};

/**
 * struct wanted - a policy as it is to be
 * @want: what the file says
 * @who: "CMD: FILE:LINE: policy 'NAME'", what its errors begin with
 * @policy: its object and programs
 * @maps: the maps whose entries the file gives, the scope among them
 * @own_pins: maps to pin elsewhere (LIBBPF_PIN_BY_NAME)
 * @settings: its map of that name, or NULL
 * @digest: of all that its programs are made of: object, choice, constants
 * @loaded: the programs are in the kernel
 */
struct wanted {
	const struct policy_want *want;
	char *who;
	struct policy policy;
	struct wanted_map *maps;
	size_t nr_maps;
	struct own_pin *own_pins;
	size_t nr_own_pins;
	struct bpf_map *settings;
	char digest[SHA256_TEXT];
	bool loaded;
};

struct wanted_set {
	struct policy_file file;
	struct wanted *v;
	size_t n;
};

/*
 * Reads the policy file at @path and opens all objects, sets constants and
 * encodes map entries, so that nothing that could be wrong with the file is
 * left but what only the verifier knows.  @cmd names the command in errors.
 * Returns an enum status; wanted_close() frees.
 */
int wanted_open(struct wanted_set *set, const char *cmd, const char *path,
		const struct hooks *hooks);

/* Loads the programs of the @index th of them. */
int wanted_load(struct wanted_set *set, size_t index, bool full_log);

/* Fills the maps that were made with it: not those reused or pinned before. */
int wanted_fill(struct wanted *w);

/* Closes what is neither pinned nor held otherwise. */
void wanted_close(struct wanted_set *set);

/* The entries wanted in the map called @name; NULL if the file is silent. */
const struct wanted_map *wanted_map(const struct wanted *w, const char *name);

/*
 * Refuses policies that share a map (LIBBPF_PIN_BY_NAME) and give it unequal
 * shapes, entries or modes; wanted_open() does it: wanted_shared.c.
 */
int wanted_check_shared(const struct wanted_set *set);

/* True if another policy of the file has @map too, by its pin. */
bool wanted_shared_by_other(const struct wanted_set *set, const struct wanted *w, const struct bpf_map *map);

/* True if another policy of the file gives entries for @map, which both share. */
bool wanted_given_by_other(const struct wanted_set *set, const struct wanted *w, const struct bpf_map *map);

/* True for maps that the policy's directory has pins of. */
bool wanted_pins_map(const struct wanted *w, const struct bpf_map *map);

#endif /* LSMSLOT_WANTED_H */
