/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Becoming somebody else, in a child: a user with some capabilities, root of a
 * user namespace.  For tests of who may do what.
 */
#ifndef KERNEL_SUBJECTS_H
#define KERNEL_SUBJECTS_H

#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "hooks.h"

#define SUBJECT_USER	1234

/* A set of capabilities has a bit for each. */
#define CAP_BIT(cap)	(1ULL << (cap))

/* The user namespace's 0 is @outside. */
static inline bool enter_userns(unsigned int outside)
{
	char map[32];

	snprintf(map, sizeof(map), "0 %u 1", outside);
	return !prctl(PR_SET_DUMPABLE, 1) && !unshare(CLONE_NEWUSER) &&
	       !write_text("/proc/self/setgroups", "deny") &&
	       !write_text("/proc/self/uid_map", map) &&
	       !write_text("/proc/self/gid_map", map) && !geteuid() && !getegid();
}

static inline bool keep_caps(__u64 caps)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = {};

	for (int i = 0; i < 2; i++)
		data[i].permitted = data[i].effective = caps >> 32 * i;
	return !syscall(SYS_capset, &head, data);
}

static inline bool become_user(__u64 caps)
{
	return !setgroups(0, NULL) && !prctl(PR_SET_KEEPCAPS, 1) &&
	       !setresgid(SUBJECT_USER, SUBJECT_USER, SUBJECT_USER) &&
	       !setresuid(SUBJECT_USER, SUBJECT_USER, SUBJECT_USER) && keep_caps(caps);
}

#endif /* KERNEL_SUBJECTS_H */
