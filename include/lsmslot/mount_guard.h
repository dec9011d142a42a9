/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Map of the mount-guard policy, between its programs and user space.
 *
 * Map "types", a hash, at most MOUNT_GUARD_MAX entries:
 *   key    char[MOUNT_GUARD_TYPE_SIZE], the name of a file system type, with
 *          NUL bytes to its end; "fuse.sshfs" is a type with its subtype
 *   value  enum mount_guard_kind
 * User space owns the map; the programs only read it. A change counts from the
 * next hook call on. A value that is not in the enum allows nothing.
 */
#ifndef LSMSLOT_MOUNT_GUARD_H
#define LSMSLOT_MOUNT_GUARD_H

#define MOUNT_GUARD_MAX 256
#define MOUNT_GUARD_TYPE_SIZE 32

enum mount_guard_kind {
	/* May be mounted wherever the kernel allows it. */
	MOUNT_GUARD_ALLOW = 1,
	/* May be mounted from the initial user namespace only. */
	MOUNT_GUARD_HOST = 2,
};

#endif /* LSMSLOT_MOUNT_GUARD_H */
