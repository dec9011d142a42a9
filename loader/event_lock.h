/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One reader per ring buffer: two would each see a part of the events. */
#ifndef LSMSLOT_EVENT_LOCK_H
#define LSMSLOT_EVENT_LOCK_H

#include <sys/types.h>

#include <linux/types.h>

#define EVENT_LOCK_DIR "/run/lsmslot"

/**
 * struct event_lock - the right to read a ring buffer
 * @fd: holds the lock; -1 if not held
 * @path: of the lock file
 */
struct event_lock {
	int fd;
	char *path;
};

/*
 * Takes the lock of the map @map_id. Returns 0, -EBUSY with the holder's
 * process id in @holder (0 if not known), or another negative errno.
 */
int event_lock_take(struct event_lock *lock, __u32 map_id, pid_t *holder);

/* Gives the lock back and removes its file. */
void event_lock_release(struct event_lock *lock);

#endif /* LSMSLOT_EVENT_LOCK_H */
