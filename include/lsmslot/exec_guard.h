/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Map of the exec-guard policy, between its programs and user space.
 *
 * Map "noexec_devs", a hash, at most EXEC_GUARD_MAX entries:
 *   key    __u64, the file system's device: LSMSLOT_DEV(major, minor) of what
 *          /proc/self/mountinfo prints in its third column
 *   value  __u32, EXEC_GUARD_DENY
 * User space owns the map; the programs only read it. A change counts from the
 * next hook call on. Any entry denies, whatever its value, so that a malformed
 * one errs on the safe side. memfds need no entry: they are always denied.
 */
#ifndef LSMSLOT_EXEC_GUARD_H
#define LSMSLOT_EXEC_GUARD_H

#include <lsmslot/inode_id.h>

#define EXEC_GUARD_MAX 1024
#define EXEC_GUARD_DENY 1

#endif /* LSMSLOT_EXEC_GUARD_H */
