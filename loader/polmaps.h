/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The maps that policies share (lsmslot/event.h): settings and counters. */
#ifndef LSMSLOT_POLMAPS_H
#define LSMSLOT_POLMAPS_H

#include <lsmslot/event.h>

#include "links.h"
#include "policy.h"

/**
 * struct polmaps - what the maps pinned next to a link's pin say
 * @has_mode: there is a map "settings" that the link's program uses
 * @audit: the mode is audit
 * @has_counters: there is a map "counters" that the program uses
 * @counters_id: the map's id; policies share no map, programs of one do
 * @counters_pin: which of the link's pins it is pinned next to
 * @counters: summed over the CPUs, by enum lsmslot_counter
 */
struct polmaps {
	bool has_mode, audit;
	bool has_counters;
	__u32 counters_id;
	size_t counters_pin;
	__u64 counters[LSMSLOT_NR_COUNTERS];
};

/* Reads what is there for @link; a failure to read is an enum status. */
int polmaps_read(const struct lsm_link *link, struct polmaps *maps);

/* The ids of the maps that program @id uses; to be freed, NULL if unknown. */
__u32 *program_map_ids(__u32 id, __u32 *n);
bool map_id_in(const __u32 *ids, __u32 n, __u32 id);

/* What a program has to do with a map: nothing, or it uses it, or another of that name. */
enum map_use { MAP_UNUSED, MAP_USED, MAP_OTHER, MAP_UNKNOWN };
enum map_use program_map_use(__u32 prog_id, const char *name, __u32 map_id);

/* "audit", "enforce", or "-" without a mode. */
const char *polmaps_mode(const struct polmaps *maps);

/* ST_OK if @policy has a map "settings", which polmaps_set_audit() needs. */
int polmaps_check_settings(const struct policy *policy);

/* Puts the loaded @policy into audit mode, which its programs must know. */
int polmaps_set_audit(const struct policy *policy);

#endif /* LSMSLOT_POLMAPS_H */
