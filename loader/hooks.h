/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The LSM hooks of the running kernel. */
#ifndef LSMSLOT_HOOKS_H
#define LSMSLOT_HOOKS_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#include "lsmslot.h"

/* What precedes a hook's name in the name of the function BPF attaches to. */
#define HOOK_FUNC_PREFIX "bpf_lsm_"

/**
 * struct hook - one LSM hook
 * @name: as in the kernel's lsm_hook_defs.h
 * @btf_id: BTF type id of bpf_lsm_<name> in vmlinux
 * @reason: why it has no slots, "-" if it has some, NULL if not known
 * @nr_slots: slots it has
 * @attached: programs in its slots and array
 * @on_trampoline: programs on its trampoline
 * @armed: the hook calls into the BPF LSM now
 * @is_void: it returns nothing, so its programs decide nothing
 * @have_default: @default_verdict is known
 * @default_verdict: the BPF LSM's verdict if all its programs return 0
 */
struct hook {
	char *name;
	char *reason;
	__u32 btf_id;
	unsigned int nr_slots, attached, on_trampoline;
	bool armed, is_void, have_default;
	int default_verdict;
};

/**
 * struct hooks - every hook a BPF LSM function exists for, by name
 * @have_table: the kernel's own table was read, slot fields are valid
 * @table_errno: why it could not be read, 0 if the kernel has none
 */
struct hooks {
	struct hook *v;
	size_t n;
	bool have_table;
	int table_errno;
};

/*
 * Reads the hooks from BTF and the kernel's table; returns an enum status.
 * A table that cannot be read is no failure: BTF tells what hooks there are.
 */
int hooks_load(struct hooks *hooks);
void hooks_free(struct hooks *hooks);

const struct hook *hooks_by_name(const struct hooks *hooks, const char *name);
const struct hook *hooks_by_btf_id(const struct hooks *hooks, __u32 btf_id);

/* The hook whose name is nearest to @name; NULL if none is near. */
const struct hook *hooks_nearest(const struct hooks *hooks, const char *name);

/* Says that there is no hook @name, with the nearest; returns ST_NOT_FOUND. */
int fail_no_hook(const struct hooks *hooks, const char *who, const char *name);

#endif /* LSMSLOT_HOOKS_H */
