/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The programs of a hook as the kernel runs them (BPF_PROG_QUERY). */
#ifndef LSMSLOT_QUERY_H
#define LSMSLOT_QUERY_H

#include <stddef.h>

#include <linux/types.h>

#include "hooks.h"

/**
 * struct query_prog - one program of a hook
 * @prog_id: 0 for LSM_SLOT_LINK_CGROUP
 * @link_id: 0 for LSM_SLOT_LINK_CGROUP
 * @flags: enum lsm_slot_link_flags
 */
struct query_prog {
	__u32 prog_id, link_id, flags;
};

/**
 * struct hook_query - a hook at one moment
 * @v: its programs in running order
 * @n: how many
 * @revision: another number after every change of the hook's programs
 */
struct hook_query {
	struct query_prog *v;
	size_t n;
	__u64 revision;
};

/*
 * Asks for @hook's programs.  Returns 0 or a negative errno: -EINVAL from a
 * kernel that does not answer this question, -EPERM without CAP_NET_ADMIN and
 * CAP_PERFMON.  hook_query_free() frees.
 */
int hook_query(const struct hook *hook, struct hook_query *query);
void hook_query_free(struct hook_query *query);

/*
 * True if the kernel answers hook_query(), and then it also orders, replaces
 * and seals links; else @err, if not NULL, is the negative errno it gave.
 */
bool kernel_has_query(const struct hooks *hooks, int *err);

/*
 * ST_OK if kernel_has_query(), else says that @cmd cannot do @what: a kernel
 * that does not answer silently ignores the flags.
 */
int need_query(const struct hooks *hooks, const char *cmd, const char *what);

#endif /* LSMSLOT_QUERY_H */
