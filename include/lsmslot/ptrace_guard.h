/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Map and constants of the ptrace-guard policy.
 *
 * Map "tracers", a hash, at most PTRACE_GUARD_MAX entries:
 *   key    struct lsmslot_inode_id, the executable of a program that may
 *   value  __u32, 1
 *
 * Constants, set before loading:
 *   allow_descendants	false; true: a task may trace those it started
 *   deny_read		false; true: reading another process's state is
 *			denied as well, not only taking part in it
 */
#ifndef LSMSLOT_PTRACE_GUARD_H
#define LSMSLOT_PTRACE_GUARD_H

#include <lsmslot/inode_id.h>

#define PTRACE_GUARD_MAX 1024

#endif /* LSMSLOT_PTRACE_GUARD_H */
