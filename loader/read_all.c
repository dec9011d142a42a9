// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A file's bytes, whose number need not be known before. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "lsmslot.h"
#include "read_all.h"

int read_all(int fd, size_t max, void **bytes, size_t *size)
{
	size_t len = 0, room = 0;
	char *all = NULL;
	ssize_t n;
	int err;

	do {
		if (room == len) {
			room = room ? 2 * room : 65536;
			all = xreallocarray(all, room, 1);
		}
		n = read(fd, all + len, room - len);
		len += n > 0 ? n : 0;
	} while ((n > 0 && len <= max) || (n < 0 && errno == EINTR));
	err = n < 0 ? -errno : len > max ? -EFBIG : 0;
	if (err) {
		free(all);
		return err;
	}
	*bytes = all;
	*size = len;
	return 0;
}
