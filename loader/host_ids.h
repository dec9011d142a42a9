/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The kernel's numbers for what an operator calls by a path. */
#ifndef LSMSLOT_HOST_IDS_H
#define LSMSLOT_HOST_IDS_H

#include <stdbool.h>

#include <lsmslot/types.h>

/* These return 0 or a negative errno. */

/* The file that @path leads to, symbolic links followed. */
int inode_id_of_path(const char *path, struct lsmslot_inode_id *id);

/* The file system mounted at @path; -ENODATA if @path is no mount point. */
int dev_of_mount(const char *path, __u64 *dev);

/*
 * True if @path is of the automounter, which has mounted nothing there: the
 * numbers are not those of what is going to be used.
 */
bool path_is_automount(const char *path);

/*
 * The cgroup at @path of the unified hierarchy, given from its root or with
 * the place where it is mounted; -ENODEV if none is mounted.
 */
int cgroup_id_of_path(const char *path, __u64 *id);

#endif /* LSMSLOT_HOST_IDS_H */
