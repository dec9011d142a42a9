/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Map of the protect-files policy, between its programs and user space.
 *
 * Map "protected", a hash, at most PROTECT_FILES_MAX entries:
 *   key    struct lsmslot_inode_id
 *   value  __u32, one of enum protect_files_kind
 * User space owns the map; the programs only read it. A change counts from the
 * next hook call on. A value that is not in the enum protects fully.
 */
#ifndef LSMSLOT_PROTECT_FILES_H
#define LSMSLOT_PROTECT_FILES_H

#include <lsmslot/inode_id.h>

#define PROTECT_FILES_MAX 65536

enum protect_files_kind {
	/* The file, or the folder and everything below it, cannot change. */
	PROTECT_FILES_FULL = 1,
	/*
	 * For the folders above a protected path: the folder itself cannot be
	 * renamed, removed or mounted over, so that nobody moves it away and
	 * puts another tree in its place. What is in it is free.
	 */
	PROTECT_FILES_ANCHOR = 2,
};

#endif /* LSMSLOT_PROTECT_FILES_H */
