/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Static-call slots of the BPF LSM: shared by kernel/bpf/lsm_slot*.c.
 */
#ifndef _KERNEL_BPF_LSM_SLOT_H
#define _KERNEL_BPF_LSM_SLOT_H

#include <linux/bpf.h>
#include <linux/lsm_hooks.h>
#include <linux/lsm_slot.h>
#include <linux/mutex.h>
#include <linux/static_call_array.h>
#include <linux/workqueue.h>
#include <uapi/linux/lsm_slot.h>

struct lsm_slot_hook;

/*
 * What a slot calls: a program's JIT image or lsm_slot_run_*().  @ctx is the
 * program's context; the latter find what to run through the word in front of
 * it.  The result is 64 bits wide because the trampoline compares all of R0
 * with zero as well.
 */
typedef u64 (*lsm_slot_fn)(const void *ctx);

/*
 * Words of a hook function's frame before the program's context: struct
 * lsm_slot_caller, then the two that a trampoline puts there.
 */
#define LSM_SLOT_WORDS_BEFORE	3

/**
 * struct lsm_slot_caller - the hook function that a context is part of
 * @behind: of a denial, how many slots are behind the one it came from
 * @counted: it came from none, and is counted already
 * @hook: index of the hook
 */
struct lsm_slot_caller {
	u8 behind;
	bool counted;
	u16 hook;
};

/**
 * struct lsm_slot_item - one attached program
 * @prog: the program; the array holds a reference
 * @link: its link, to find the item again; not to be followed without the
 *	hook's lock
 * @cookie: what bpf_get_attach_cookie() returns to it
 * @bare: a call of its image is all it takes to run it
 */
struct lsm_slot_item {
	struct bpf_prog *prog;
	const struct bpf_tramp_link *link;
	u64 cookie;
	bool bare;
};

/**
 * struct lsm_slot_array - the programs of a hook in running order
 * @hook: the hook
 * @users: hook->array and hook->settled
 * @sleepable: index of the first sleepable program, @nr if there is none
 * @own: how many programs, from the first, get a slot of their own; the last
 *	slot runs the others
 * @first: the slot that the first program gets
 * @nr: number of @items
 * @rcu: waits for callers that may still run the array
 * @free: frees it after that
 * @items: the programs; never change once the array is published
 */
struct lsm_slot_array {
	const struct lsm_slot_hook *hook;
	refcount_t users;
	u32 sleepable;
	u32 own;
	u32 first;
	u32 nr;
	union {
		struct rcu_head rcu;
		struct work_struct free;
	};
	struct lsm_slot_item items[] __counted_by(nr);
};

/**
 * struct lsm_slot_hook - one LSM hook
 * @name: name as in lsm_hook_defs.h
 * @reason: why the hook has no slots, NULL if it has
 * @func: bpf_lsm_<name>()
 * @calls: the calls of the slots
 * @detour: key: look further than the last slot
 * @from_array: key behind @detour: run @array instead of the slots
 * @nr_args: number of the hook's arguments
 * @is_void: the hook has no verdict: all programs run
 * @default_verdict: the verdict if all programs return 0
 * @lock: serializes all that follows and every change of keys and slots
 * @array: the attached programs in running order, NULL if none
 * @settled: the array that the slots were filled from, NULL if they are off; what
 *	runs from them finds its program there.  Changes only while the hook runs
 *	from its array, which puts all slots out of reach, and after the callers
 *	that were in them have left
 * @settle: fills the slots from @array once nobody runs them
 * @trampoline: number of programs on the BPF trampoline of @func
 * @trampoline_links: links of the LSM programs among them in running order
 * @trampoline_stuck: taking one of those off failed, it may run further on
 * @revision: another one after each change of the hook's LSM programs
 *
 * The fields up to @default_verdict never change.
 */
struct lsm_slot_hook {
	const char *name;
	const char *reason;
	void *func;
	const struct static_call_array *calls;
	struct static_key_false *detour;
	struct static_key_false *from_array;
	u8 nr_args;
	bool is_void;
	int default_verdict;

	struct mutex lock;	/* for what follows */
	struct lsm_slot_array __rcu *array;
	struct lsm_slot_array *settled;
	struct work_struct settle;
	unsigned int trampoline;
	struct hlist_head trampoline_links;
	bool trampoline_stuck;
	u64 revision;
};

/* Index of a hook, the same in lsm_slot_hooks[] and in the BPF LSM's own list. */
enum lsm_slot_hook_id {
#define LSM_HOOK(RET, DEFAULT, NAME, ...) LSM_SLOT_ID_##NAME,
#include <linux/lsm_hook_defs.h>
#undef LSM_HOOK
	LSM_SLOT_NR_HOOKS,
};

/**
 * struct lsm_slot_entry - an attached LSM program as user space sees it
 * @prog_id: id of the program, 0 for the entry of a hook's lsm_cgroup programs
 * @link_id: id of its link, or 0
 * @flags: enum lsm_slot_link_flags
 */
struct lsm_slot_entry {
	u32 prog_id;
	u32 link_id;
	u32 flags;
};

extern struct lsm_slot_hook lsm_slot_hooks[LSM_SLOT_NR_HOOKS];
extern u8 lsm_slot_enabled;

u64 lsm_slot_run_array(const void *ctx);
void lsm_slot_denied(const void *ctx, u64 ret);
void lsm_slot_settle(struct work_struct *work);
void lsm_slot_count(struct lsm_slot_hook *hook, u32 *attached,
		    u32 *trampoline, bool *armed);
void lsm_slot_look(const struct bpf_tramp_link *link,
		   struct lsm_slot_link_info *info);
u32 lsm_slot_list(struct lsm_slot_hook *hook, struct lsm_slot_entry *list,
		  u32 room, u64 *revision);

#endif /* _KERNEL_BPF_LSM_SLOT_H */
