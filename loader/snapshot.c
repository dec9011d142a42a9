// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is attached at one moment, with all that is known of it. */
#include <stdlib.h>
#include <string.h>

#include "query.h"
#include "snapshot.h"

int snapshot_take(struct snapshot *snapshot, const struct hooks *hooks)
{
	int status;
	size_t i;

	memset(snapshot, 0, sizeof(*snapshot));
	status = links_collect(&snapshot->links, hooks);
	if (status)
		return status;
	snapshot->counts_denials = kernel_has_query(hooks, NULL);
	snapshot->maps = xcalloc(snapshot->links.n, sizeof(*snapshot->maps));
	for (i = 0; !status && i < snapshot->links.n; i++)
		status = polmaps_read(&snapshot->links.v[i], &snapshot->maps[i]);
	if (status)
		snapshot_free(snapshot);
	return status;
}

void snapshot_free(struct snapshot *snapshot)
{
	links_free(&snapshot->links);
	free(snapshot->maps);
	memset(snapshot, 0, sizeof(*snapshot));
}

const struct lsm_link *snapshot_link(const struct snapshot *snapshot, __u32 id)
{
	size_t i;

	for (i = 0; i < snapshot->links.n; i++)
		if (snapshot->links.v[i].id == id)
			return &snapshot->links.v[i];
	return NULL;
}

bool snapshot_denials(const struct snapshot *snapshot, const struct lsm_link *link,
		      __u64 *denials)
{
	*denials = link->slot.denials;
	return snapshot->counts_denials && link->told &&
	       link->slot.place != LSM_SLOT_PLACE_TRAMPOLINE;
}
