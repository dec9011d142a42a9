// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* lsmslot attach: where the programs run now. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "host.h"
#include "links.h"
#include "output.h"

/* How long to wait for a new program to reach its slot before showing it. */
#define SETTLE_MS 1000

/* Describes a link once its hook has settled, or as it is after SETTLE_MS. */
static int describe_settled(int fd, const struct hooks *hooks, struct lsm_link *link)
{
	int waited = 0, n;

	while ((n = link_describe(fd, hooks, link)) > 0 &&
	       link->slot.flags & LSM_SLOT_LINK_SETTLING && waited < SETTLE_MS) {
		link_clear(link);
		usleep(10 * 1000);
		waited += 10;
	}
	return n;
}

int attach_show(const struct attached *v, size_t n, const struct hooks *hooks)
{
	static const char *const columns[] = {
		"PROGRAM", "HOOK", "PLACE", "SEALED", "LINK", "PIN", NULL
	};
	struct table *t = table_new(columns);
	struct lsm_link link;
	int status = ST_OK, err;
	size_t i;

	for (i = 0; i < n; i++) {
		err = describe_settled(v[i].fd, hooks, &link);
		if (err <= 0) {
			status = fail(ST_FAILED, "attach: program '%s' is attached%s%s, but its link cannot be read: %s",
				      v[i].prog->name, v[i].pin ? " and pinned at " : "",
				      v[i].pin ? v[i].pin : "", strerror(-err));
			continue;
		}
		table_row(t);
		table_cell(t, "%s", v[i].prog->name);
		table_cell(t, "%s", link.hook);
		table_cell(t, "%s", link_place(&link));
		table_cell(t, "%s", link_sealed(&link) ? "yes" : "no");
		table_cell(t, "%u", link.id);
		table_cell(t, "%s", v[i].pin ? v[i].pin : "-");
		link_clear(&link);
	}
	if (table_print(t))
		status = ST_FAILED;
	if (!kernel_has_slots())
		printf("Kernel %s has no LSM slots: programs run from BPF trampolines.\n",
		       kernel_release());
	return status;
}
