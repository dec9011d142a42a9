// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One change of the host's policies at a time. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "runlock.h"

int runlock_take(const char *cmd)
{
	int fd;

	if (mkdir(RUNLOCK_DIR, 0700) && errno != EEXIST)
		return fail(ST_FAILED, "%s: cannot make " RUNLOCK_DIR ": %s", cmd, strerror(errno));
	fd = open(RUNLOCK_DIR "/lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fail(errno == EACCES ? ST_PERM : ST_FAILED, "%s: cannot open " RUNLOCK_DIR "/lock: %s",
			    cmd, strerror(errno));
	while (flock(fd, LOCK_EX))
		if (errno != EINTR)
			return fail(ST_FAILED, "%s: cannot lock " RUNLOCK_DIR "/lock: %s", cmd,
				    strerror(errno));
	return ST_OK;
}
