/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Pins of a policy's maps, next to those of its links: DIR/maps/MAP. */
#ifndef LSMSLOT_MAPPINS_H
#define LSMSLOT_MAPPINS_H

#include "policy.h"

#define MAP_PINS "maps"

/* False for internal maps and those that libbpf pins (LIBBPF_PIN_BY_NAME). */
bool mappins_pins(const struct bpf_map *map);

/* Pins every such map of @policy in @dir, which is made; for pinning_undo(). */
int mappins_pin(const struct policy *policy, const char *dir);

/*
 * libbpf pins maps that ask for it while it loads.  Before the load this notes
 * which are not pinned yet, to be freed; after it, that they are now.
 */
bool *mappins_own_missing(const struct policy *policy);
void mappins_own_made(const struct policy *policy, const bool *missing);

#endif /* LSMSLOT_MAPPINS_H */
