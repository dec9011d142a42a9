/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * For the tests of wx-guard: the policy, a piece of code, and what becomes of it
 * when it is to run.
 */
#ifndef POLICY_TEST_WX_GUARD_H
#define POLICY_TEST_WX_GUARD_H

#include <lsmslot/wx_guard.h>

#include "exec.h"
#include "ways.h"

#define PAGE 4096

/* mov $42, %eax; ret */
static const unsigned char code[] = { 0xb8, 42, 0, 0, 0, 0xc3 };

static inline int code_runs(const void *at)
{
	int (*call)(void) = (int (*)(void))(unsigned long)at;

	return call() == 42 ? 0 : -249;
}

/* The code is at @map and cannot run yet: make it. */
static inline int protect_and_run(void *map, int prot)
{
	if (mprotect(map, PAGE, prot))
		return -errno;
	return code_runs(map);
}

static inline void start_plain(struct policy *policy)
{
	policy_attach(policy, "wx_guard");
}

static inline void exempt_set(struct policy *policy, const char *path, __u32 kind)
{
	struct lsmslot_inode_id id = path ? inode_id(path, 0) : own_exe_id();

	map_set(policy_map(policy, "exempt"), &id, &kind);
}

#endif /* POLICY_TEST_WX_GUARD_H */
