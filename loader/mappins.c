// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Pins of a policy's maps, next to those of its links. */
#include <stdlib.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "mappins.h"
#include "pinning.h"

bool mappins_pins(const struct bpf_map *map)
{
	return bpf_map__autocreate(map) && !bpf_map__is_internal(map) && !bpf_map__pin_path(map);
}

int mappins_pin(const struct policy *policy, const char *dir)
{
	struct bpf_map *map;
	int status = ST_OK;

	bpf_object__for_each_map(map, policy->obj)
		if (!status && mappins_pins(map))
			status = pinning_pin(bpf_map__fd(map), dir, bpf_map__name(map));
	return status;
}

bool *mappins_own_missing(const struct policy *policy)
{
	struct bpf_map *map;
	bool *missing = NULL;
	size_t n = 0;

	bpf_object__for_each_map(map, policy->obj) {
		const char *path = bpf_map__pin_path(map);

		missing = xreallocarray(missing, n + 1, sizeof(*missing));
		missing[n++] = path && access(path, F_OK);
	}
	return missing;
}

void mappins_own_made(const struct policy *policy, const bool *missing)
{
	struct bpf_map *map;
	size_t n = 0;

	bpf_object__for_each_map(map, policy->obj)
		if (missing[n++] && bpf_map__is_pinned(map))
			pinning_made(bpf_map__pin_path(map));
}
