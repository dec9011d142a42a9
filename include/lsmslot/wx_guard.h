/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Map of the wx-guard policy, between its programs and user space.
 *
 * Map "exempt", a hash, at most WX_GUARD_MAX entries:
 *   key    struct lsmslot_inode_id of an executable
 *   value  enum wx_guard_kind
 * User space owns the map; the programs only read it. A change counts from the
 * next hook call on. A value that is not in the enum exempts from nothing.
 */
#ifndef LSMSLOT_WX_GUARD_H
#define LSMSLOT_WX_GUARD_H

#include <lsmslot/types.h>

#define WX_GUARD_MAX 1024

enum wx_guard_kind {
	/* May have writable and executable memory of its own. */
	WX_GUARD_JIT = 1,
	/* May write to the memory of processes: ptrace(), /proc/PID/mem. */
	WX_GUARD_DEBUGGER = 2,
	WX_GUARD_BOTH = 3,
};

#endif /* LSMSLOT_WX_GUARD_H */
