// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Waits until a change of a hook's programs is in its slots. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/lsm_slot.h>

#include "bench_settle.h"
#include "host.h"
#include "query.h"

/* How long a hook may take to settle after a change. */
#define SETTLE_MS 1000
#define POLL_MS 2

/* True while the hook's line in the kernel's table says that it is called. */
static bool is_armed(const struct hook *hook)
{
	char *text = read_text(LSM_SLOT_HOOKS_FILE), *line, name[64];
	unsigned int slots, attached, on_trampoline, armed = 0;
	char *key = xasprintf("\n%s ", hook->name);

	line = text ? strstr(text, key) : NULL;
	if (!line || sscanf(line, "\n%63s %u %u %u %u", name, &slots, &attached, &on_trampoline,
			    &armed) != 5)
		armed = 0;
	free(key);
	free(text);
	return armed;
}

/* A kernel that does not answer has no slots to settle into. */
static bool unsettled(const struct hook *hook)
{
	struct hook_query query;
	bool settling = false;
	size_t i;

	if (hook_query(hook, &query))
		return false;
	if (!query.n)
		settling = is_armed(hook);
	for (i = 0; i < query.n; i++)
		settling |= query.v[i].flags & LSM_SLOT_LINK_SETTLING;
	hook_query_free(&query);
	return settling;
}

void bench_settle(const struct hook *hook, bool *restless)
{
	int waited;

	for (waited = 0; !*restless && unsettled(hook); waited += POLL_MS) {
		if (waited >= SETTLE_MS)
			*restless = true;
		else
			usleep(POLL_MS * 1000);
	}
}
