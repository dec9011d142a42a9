/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps of the userns-guard policy, between its programs and user space. An entry
 * allows, whatever its value; both are hashes of at most USERNS_GUARD_MAX entries:
 *
 *   exes     struct lsmslot_inode_id to __u32: executables
 *   cgroups  lsmslot_cgroup_t to __u32: cgroups, with all below them
 *
 * User space owns the maps; the programs only read them. A change counts from the
 * next hook call on.
 */
#ifndef LSMSLOT_USERNS_GUARD_H
#define LSMSLOT_USERNS_GUARD_H

#include <lsmslot/types.h>

#define USERNS_GUARD_MAX 1024

/* As deep as the kernel allows: user namespaces below the initial one. */
#define USERNS_GUARD_DEPTH 33

#endif /* LSMSLOT_USERNS_GUARD_H */
