/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is attached at one moment, with all that is known of it. */
#ifndef LSMSLOT_SNAPSHOT_H
#define LSMSLOT_SNAPSHOT_H

#include "links.h"
#include "polmaps.h"

/**
 * struct snapshot - the links of the host
 * @links: sorted by hook and running order
 * @maps: what the policy's maps say, one for each link
 * @counts_denials: the kernel counts denials
 */
struct snapshot {
	struct lsm_links links;
	struct polmaps *maps;
	bool counts_denials;
};

/* Enum status; snapshot_free() frees. */
int snapshot_take(struct snapshot *snapshot, const struct hooks *hooks);
void snapshot_free(struct snapshot *snapshot);

/* The link with @id, or NULL. */
const struct lsm_link *snapshot_link(const struct snapshot *snapshot, __u32 id);

/* True if the number of @link's denials is known; it is not on a trampoline. */
bool snapshot_denials(const struct snapshot *snapshot, const struct lsm_link *link,
		      __u64 *denials);

#endif /* LSMSLOT_SNAPSHOT_H */
