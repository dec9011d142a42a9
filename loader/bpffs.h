/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is in the BPF file systems mounted here. */
#ifndef LSMSLOT_BPFFS_H
#define LSMSLOT_BPFFS_H

#include <stdbool.h>

/* Not an enum status: do not look into this directory. */
#define BPFFS_SKIP (-1)

/* Gets each directory before what is in it; anything but 0 and BPFFS_SKIP ends the walk. */
typedef int bpffs_visit(const char *path, bool is_dir, void *data);

/*
 * Visits every file and directory of every BPF file system.  What cannot be read
 * is an error, unless it has gone or is hidden from us: a pin that is passed over
 * would seem not to be.  Errors begin with @cmd, if it is not NULL; enum status.
 */
int bpffs_walk(const char *cmd, bpffs_visit *visit, void *data);

#endif /* LSMSLOT_BPFFS_H */
