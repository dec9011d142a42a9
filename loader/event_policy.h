/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A policy whose events are read: its pinned maps, found by their directory. */
#ifndef LSMSLOT_EVENT_POLICY_H
#define LSMSLOT_EVENT_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include <bpf/libbpf.h>

#include "event_lock.h"
#include "lsmslot.h"

#define POLICIES_DIR "/sys/fs/bpf/lsmslot"

/**
 * struct event_policy - a policy, whether it is there or not
 * @name: its directory's name, escaped for a line
 * @dir: where 'lsmslot attach' pinned it
 * @named: the user asked for it by name
 * @ring: reads the events; NULL while the policy is not open
 * @ring_fd: its map
 * @map_id: id of the ring buffer that is open
 * @refused_id: id of one that was refused already, so that it is said once
 * @busy: it was because another process reads it, which may end
 * @counters_fd: map "counters", -1 if there is none
 * @lost: value of LSMSLOT_LOST that has been reported
 * @lock: the right to read
 * @without: how many scans found the directory without a ring buffer
 */
struct event_policy {
	char *name, *dir;
	bool named;
	struct ring_buffer *ring;
	int ring_fd;
	__u32 map_id, refused_id;
	bool busy;
	int counters_fd;
	unsigned long long lost;
	struct event_lock lock;
	unsigned int without;
};

/*
 * The directory that @arg stands for: a path if it has a '/', else one of
 * POLICIES_DIR, '-' and '_' being the same. NULL, with the status in @status and
 * the error printed, if there is none. To be freed.
 */
char *policy_dir(const char *arg, int *status);

/* A policy that is not open yet. @dir becomes its own. */
struct event_policy *event_policy_new(char *dir, bool named);
void event_policy_free(struct event_policy *p);

/* Id of the map pinned as the ring buffer, 0 if there is none. */
__u32 event_policy_pinned(const struct event_policy *p);

/*
 * Opens maps and takes the lock; each event goes to @take with @ctx. Prints
 * what is wrong unless it was said of this map before; enum status.
 */
int event_policy_open(struct event_policy *p, ring_buffer_sample_fn take, void *ctx);
void event_policy_close(struct event_policy *p);

/* Events that did not fit the ring buffer, so far; 0 if nothing counts them. */
unsigned long long event_policy_lost(const struct event_policy *p);

#endif /* LSMSLOT_EVENT_POLICY_H */
