/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A file's bytes, whose number need not be known before. */
#ifndef LSMSLOT_READ_ALL_H
#define LSMSLOT_READ_ALL_H

#include <stddef.h>

/*
 * Reads @fd to its end into *@bytes, to be freed, and *@size.  Returns 0, -EFBIG if
 * there is more than @max, or the negative errno of read(2); then there is nothing to free.
 */
int read_all(int fd, size_t max, void **bytes, size_t *size);

#endif /* LSMSLOT_READ_ALL_H */
