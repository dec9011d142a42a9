// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One reader per ring buffer: two would each see a part of the events. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "event_lock.h"
#include "lsmslot.h"

static pid_t read_holder(int fd)
{
	char text[16] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
		return 0;
	return strtol(text, NULL, 10);
}

/*
 * The holder removes the file before it unlocks it, so a lock on a file without
 * a name is nobody's: try again. 0, -EAGAIN for that, or another errno.
 */
static int try_take(struct event_lock *lock, pid_t *holder)
{
	struct stat st;
	int fd, err = 0;

	fd = open(lock->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		err = errno == EWOULDBLOCK ? -EBUSY : -errno;
		*holder = read_holder(fd);
	} else if (fstat(fd, &st)) {
		err = -errno;
	} else if (!st.st_nlink) {
		err = -EAGAIN;
	} else if (ftruncate(fd, 0) || dprintf(fd, "%d\n", getpid()) < 0) {
		err = -errno;
	}
	if (err) {
		close(fd);
		return err;
	}
	lock->fd = fd;
	return 0;
}

int event_lock_take(struct event_lock *lock, __u32 map_id, pid_t *holder)
{
	int err;

	*holder = 0;
	lock->fd = -1;
	lock->path = NULL;
	if (mkdir(EVENT_LOCK_DIR, 0700) && errno != EEXIST)
		return -errno;
	lock->path = xasprintf(EVENT_LOCK_DIR "/events-%u.lock", map_id);
	do {
		err = try_take(lock, holder);
	} while (err == -EAGAIN);
	if (err) {
		free(lock->path);
		lock->path = NULL;
	}
	return err;
}

void event_lock_release(struct event_lock *lock)
{
	if (lock->fd < 0)
		return;
	unlink(lock->path);
	close(lock->fd);
	free(lock->path);
	lock->path = NULL;
	lock->fd = -1;
}
