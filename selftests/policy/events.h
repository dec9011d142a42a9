/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For the tests of policies: what they report (include/lsmslot/event.h).
 */
#ifndef POLICY_TEST_EVENTS_H
#define POLICY_TEST_EVENTS_H

#include "policy.h"

#define MAX_EVENTS 64

struct events {
	struct ring_buffer *ring;
	struct lsmslot_event seen[MAX_EVENTS];
	int nr;
};

static inline int events_note(void *ctx, void *data, size_t size)
{
	struct events *events = ctx;

	/* Wrong sizes would be read as something else. */
	if (size != sizeof(struct lsmslot_event))
		test_bail("an event of %zu bytes", size);
	if (events->nr < MAX_EVENTS)
		events->seen[events->nr] = *(struct lsmslot_event *)data;
	events->nr++;
	return 0;
}

static inline void events_open(struct events *events, struct policy *policy)
{
	memset(events, 0, sizeof(*events));
	events->ring = ring_buffer__new(policy_map(policy, "events"),
					events_note, events, NULL);
	if (!events->ring)
		test_bail("cannot map the ring buffer");
}

/* How many since the last call; events are in the ring when the call returns. */
static inline int events_read(struct events *events)
{
	events->nr = 0;
	if (ring_buffer__consume(events->ring) < 0)
		test_bail("cannot read the ring buffer");
	return events->nr;
}

static inline void events_close(struct events *events)
{
	ring_buffer__free(events->ring);
}

#endif /* POLICY_TEST_EVENTS_H */
