// SPDX-License-Identifier: GPL-2.0-only
/*
 * Static-call slots of the BPF LSM: attaching, detaching and running.
 *
 * A program attached to an LSM hook runs from a static-call slot in the hook's
 * function bpf_lsm_<hook>() (lsm_slot_hooks.c): a direct call instead of a BPF
 * trampoline.  This file is the only one that writes slots.
 *
 *
 * The array and the slots
 *
 * Each hook has one RCU array of its programs in running order, those that are
 * sealed first and of the others the newest unless its attacher chose a place,
 * and that array is the truth.  The slots are a copy of it in the instruction
 * stream, filled from the end:
 *
 *	array		A B C			A runs first
 *	slots		- - - - - A B C		8 slots
 *	array		A B C D E F G H I J
 *	slots		A B C D E F G *		* runs the array from H on
 *
 * A change never edits either.  It
 *
 *   1. publishes a new array and turns the hook to run from the array: from
 *	here on the change is in force and calls that start see it whole;
 *   2. leaves it to a work item to wait until nobody is in the slots any more,
 *	to fill them from the array as it is by then, and to turn the hook back.
 *
 * So every call of a hook runs one version of its list from beginning to end,
 * whatever is attached, detached or reordered meanwhile; a slot is re-aimed
 * only while nobody can be in it; attach, detach and everything to come need
 * no position arithmetic on live slots; and a detach does not wait for a
 * program that sleeps.  Until the slots are filled ("settled", some ten
 * milliseconds) the hook's programs are called indirectly.
 *
 *
 * Lifetimes and grace periods
 *
 * A caller of a hook is, from before it looks at any key until after its last
 * program, in
 *
 *	rcu_read_lock()		protects the keys' meaning, the slots and what
 *				they were filled from, the array, the programs;
 *	rcu_read_lock_trace()	in addition, from before the first to after the
 *				last program of an array that holds a sleepable
 *				one: the RCU lock is dropped around each
 *				sleepable program.
 *
 * A caller goes from the first flavour to both once and back once, so whoever
 * waits for callers to leave waits for RCU first, which sees off those who have
 * not reached the array's walk, or sees them enter it, and then, if the array
 * has a sleepable program, for RCU Tasks Trace.  That is all for programs, which
 * are not touched behind the walk.  What the slots were filled from is, for a
 * denial: who waits for that waits for RCU once more.
 *
 * An array holds a reference on each of its programs, and is itself held by
 * being current (hook->array) and by being what the slots were filled from
 * (hook->settled).  It is freed those grace periods after both are gone.
 *
 * A task preempted before rcu_read_lock() is not waited for, and need not be:
 * it has not looked at anything yet, and runs in the kernel's own text.
 *
 *
 * Arming
 *
 * security_<hook>() calls bpf_lsm_<hook>() only while a program is attached to
 * the hook in one of three ways: slots, BPF trampoline, or as fentry or fexit
 * of bpf_lsm_<hook>() itself.  (What frees inode storage is no such function; it
 * is armed on its own, by bpf_lsm_arm_inode_storage().)
 *
 *
 * Locks
 *
 *	cgroup_mutex (lsm_cgroup programs)
 *	  bpf_trampoline.mutex
 *	    lsm_slot_hook.lock
 *	      cpu_hotplug_lock, jump_label_mutex, static_call_mutex, text_mutex
 *	      (key and call updates)
 *	    bpf_prog_aux.ext_mutex (a seal keeps extensions of the program out)
 *	      bpf_seal_mutex
 */
#define pr_fmt(fmt) "lsm_slots: " fmt

#include <linux/bpf.h>
#include <linux/bpf-cgroup.h>
#include <linux/bpf_lsm.h>
#include <linux/filter.h>
#include <linux/init.h>
#include <linux/indirect_call_wrapper.h>
#include <linux/lsm_slot.h>
#include <linux/rcupdate_inline.h>
#include <linux/rcupdate_trace.h>
#include <linux/rcupdate_wait.h>
#include <linux/sched/clock.h>
#include <linux/slab.h>
#include <linux/unroll.h>
#include <linux/wait.h>
#include <uapi/linux/lsm_slot.h>

#include "lsm_slot.h"

#define CREATE_TRACE_POINTS
#include <trace/events/lsm_slots.h>

u8 lsm_slot_enabled __read_mostly = 1;

/* Settling waits as long as a program sleeps: not at the cost of others. */
static struct workqueue_struct *lsm_slot_wq __ro_after_init;

/* Who attached a program waits here for its hook to settle, not for long. */
static DECLARE_WAIT_QUEUE_HEAD(lsm_slot_settled);
#define LSM_SLOT_SETTLE_TIMEOUT	HZ

/*
 * Running
 */

/* What the hook function that calls us says in front of a program's context. */
static struct lsm_slot_caller *lsm_slot_caller(const void *ctx)
{
	return (struct lsm_slot_caller *)((u64 *)ctx - LSM_SLOT_WORDS_BEFORE);
}

static const struct lsm_slot_hook *lsm_slot_caller_hook(const void *ctx)
{
	return &lsm_slot_hooks[lsm_slot_caller(ctx)->hook];
}

static __always_inline u64 lsm_slot_call_image(const struct bpf_prog *prog,
					       const void *ctx)
{
#ifdef CONFIG_CFI_CLANG
	/*
	 * The type is part of the check, and its result has 32 bits: a verdict
	 * of which only the upper half is not 0, which ends a call from a slot
	 * as it does on a trampoline, does not end it here.
	 */
	return prog->bpf_func(ctx, prog->insnsi);
#else
	return ((lsm_slot_fn)(void *)prog->bpf_func)(ctx);
#endif
}

static __always_inline u64 lsm_slot_call(const struct bpf_prog *prog,
					 const void *ctx)
{
#ifdef CONFIG_CGROUP_BPF
	bpf_func_t func = prog->bpf_func;

	/* The lsm_cgroup shims are known: no need to call them indirectly. */
	if (func == __cgroup_bpf_run_lsm_current)
		return __cgroup_bpf_run_lsm_current(ctx, prog->insnsi);
	if (func == __cgroup_bpf_run_lsm_sock)
		return __cgroup_bpf_run_lsm_sock(ctx, prog->insnsi);
	if (func == __cgroup_bpf_run_lsm_socket)
		return __cgroup_bpf_run_lsm_socket(ctx, prog->insnsi);
#endif
	return lsm_slot_call_image(prog, ctx);
}

static __always_inline u64 lsm_slot_call_timed(struct bpf_prog *prog,
					       const void *ctx)
{
	struct bpf_prog_stats *stats;
	u64 start, duration, ret;
	unsigned long flags;

	/* A shim has no statistics; the programs behind it have their own. */
	if (!static_branch_unlikely(&bpf_stats_enabled_key) || !prog->jited)
		return lsm_slot_call(prog, ctx);

	start = sched_clock();
	ret = lsm_slot_call_image(prog, ctx);
	duration = sched_clock() - start;

	stats = this_cpu_ptr(prog->stats);
	flags = u64_stats_update_begin_irqsave(&stats->syncp);
	u64_stats_inc(&stats->cnt);
	u64_stats_add(&stats->nsecs, duration);
	u64_stats_update_end_irqrestore(&stats->syncp, flags);
	return ret;
}

/* The two words before a program's arguments, as a trampoline fills them. */
static __always_inline void lsm_slot_fill_frame(const struct lsm_slot_hook *hook,
						u64 *ctx)
{
	ctx[-1] = hook->nr_args;
	ctx[-2] = (unsigned long)hook->func;
}

/*
 * Run one program with all that a trampoline gives it: the two words before
 * the arguments, the run context with its cookie, statistics, and leave to
 * sleep.
 */
static noinline u64 lsm_slot_run_item(const struct lsm_slot_hook *hook,
				      const struct lsm_slot_item *item,
				      u64 *ctx)
{
	struct bpf_prog *prog = item->prog;
	struct bpf_tramp_run_ctx run_ctx;
	u64 ret;

	lsm_slot_fill_frame(hook, ctx);
	run_ctx.bpf_cookie = item->cookie;
	run_ctx.saved_run_ctx = bpf_set_run_ctx(&run_ctx.run_ctx);

	if (prog->sleepable) {
		/* The walk holds rcu_read_lock_trace() around this. */
		rcu_read_unlock();
		might_fault();
	}
	ret = lsm_slot_call_timed(prog, ctx);
	if (prog->sleepable)
		rcu_read_lock();

	bpf_reset_run_ctx(run_ctx.saved_run_ctx);
	return ret;
}

/* A sleepable program that has no use for the rest of that. */
static __always_inline u64 lsm_slot_run_sleepable(const struct bpf_prog *prog,
						  const void *ctx)
{
	u64 ret;

	rcu_read_unlock_inlined();
	might_fault();
	ret = lsm_slot_call_image(prog, ctx);
	rcu_read_lock_inlined();
	return ret;
}

/* Count and trace a verdict other than 0. */
static noinline void lsm_slot_denied_by(const struct lsm_slot_hook *hook,
					const struct lsm_slot_item *item,
					u64 ret)
{
	struct bpf_prog_aux *aux = item->prog->aux;

	atomic64_inc(&aux->lsm_denials);
	trace_lsm_slot_deny(hook->name, aux->id, (int)ret);
}

/**
 * lsm_slot_denied - the program in a slot returned a verdict other than 0
 * @ctx: its context, in front of which is struct lsm_slot_caller
 * @ret: what it returned
 *
 * Context: that of the hook, under the locks that the program ran under.
 */
void lsm_slot_denied(const void *ctx, u64 ret)
{
	const struct lsm_slot_hook *hook = lsm_slot_caller_hook(ctx);
	const struct lsm_slot_caller *caller = lsm_slot_caller(ctx);
	u32 index;

	/* Programs that are run one by one were counted there: from the array, */
	if (caller->counted)
		return;
	/* and in the last slot those without one of their own. */
	index = hook->calls->nr - 1 - caller->behind - hook->settled->first;
	if (index < hook->settled->own)
		lsm_slot_denied_by(hook, &hook->settled->items[index], ret);
}

/* Run @array from @first on; for an int hook up to the first non-zero result. */
static u64 lsm_slot_walk(const struct lsm_slot_array *array, u32 first,
			 const void *ctx)
{
	const struct lsm_slot_hook *hook = array->hook;
	bool sleeps = array->sleepable < array->nr;
	const struct lsm_slot_item *item = &array->items[first];
	const struct lsm_slot_item *end = &array->items[array->nr];
	u64 ret = 0;

	/* Before the RCU lock is first dropped; see "Lifetimes" above. */
	if (sleeps)
		rcu_read_lock_trace();
	for (; item < end; item++) {
		if (!item->bare || static_branch_unlikely(&bpf_stats_enabled_key))
			ret = lsm_slot_run_item(hook, item, (u64 *)ctx);
		else if (item->prog->sleepable)
			ret = lsm_slot_run_sleepable(item->prog, ctx);
		else
			ret = lsm_slot_call_image(item->prog, ctx);
		if (unlikely(ret) && !hook->is_void) {
			lsm_slot_denied_by(hook, item, ret);
			break;
		}
	}
	if (sleeps)
		rcu_read_unlock_trace();
	return ret;
}

/**
 * lsm_slot_run_array - run all programs of a hook from its array
 * @ctx: programs' context, in front of which is the hook
 *
 * What bpf_lsm_<hook>() calls while its slots are not in use.
 *
 * Context: that of the hook, under rcu_read_lock() and migrate_disable(); may
 * sleep if a sleepable program is attached.
 *
 * Return: what the program that ended the chain returned, 0 if none did;
 * meaningless for a void hook.
 */
u64 lsm_slot_run_array(const void *ctx)
{
	const struct lsm_slot_hook *hook = lsm_slot_caller_hook(ctx);
	const struct lsm_slot_array *array = rcu_dereference(hook->array);

	lsm_slot_caller(ctx)->counted = true;
	return array ? lsm_slot_walk(array, 0, ctx) : 0;
}

/* In a slot of its own: a program that a plain call would not do for. */
static noinline u64 lsm_slot_run_one(const void *ctx, u32 slot)
{
	const struct lsm_slot_hook *hook = lsm_slot_caller_hook(ctx);
	const struct lsm_slot_array *array = hook->settled;
	const struct lsm_slot_item *item = &array->items[slot - array->first];

	if (item->prog->jited)
		return lsm_slot_run_item(hook, item, (u64 *)ctx);
	/* A shim has no cookie and takes care of its programs' run context. */
	lsm_slot_fill_frame(hook, (u64 *)ctx);
	return lsm_slot_call(item->prog, ctx);
}

/* The same, knowing where it was called from. */
#define LSM_SLOT_RUN_ONE(i, name)					\
static u64 name##_##i(const void *ctx)					\
{									\
	return name(ctx, i);						\
}

UNROLL(CONFIG_BPF_LSM_SLOTS_PER_HOOK, LSM_SLOT_RUN_ONE, lsm_slot_run_one)

#define LSM_SLOT_RUN_ONE_ENTRY(i, name)	name##_##i,
static const lsm_slot_fn lsm_slot_run_one_in[] = {
	UNROLL(CONFIG_BPF_LSM_SLOTS_PER_HOOK, LSM_SLOT_RUN_ONE_ENTRY,
	       lsm_slot_run_one)
};

/* In the last slot: the programs that have none of their own. */
static u64 lsm_slot_run_rest(const void *ctx)
{
	const struct lsm_slot_array *array = lsm_slot_caller_hook(ctx)->settled;

	return lsm_slot_walk(array, array->own, ctx);
}

static lsm_slot_fn lsm_slot_target(const struct lsm_slot_item *item, u32 slot)
{
	if (item->bare)
		return (lsm_slot_fn)(void *)item->prog->bpf_func;
	return lsm_slot_run_one_in[slot];
}

/*
 * In the last slot: the one program that has no slot of its own for being
 * sleepable, and nothing else.
 */
static u64 lsm_slot_run_sleeper(const void *ctx)
{
	const struct lsm_slot_hook *hook = lsm_slot_caller_hook(ctx);
	const struct lsm_slot_array *array = hook->settled;
	const struct lsm_slot_item *item = &array->items[array->own];
	u64 ret;

	/* Before the RCU lock is dropped; see "Lifetimes" above. */
	rcu_read_lock_trace();
	ret = lsm_slot_run_sleepable(item->prog, ctx);
	if (unlikely(ret) && !hook->is_void)
		lsm_slot_denied_by(hook, item, ret);
	rcu_read_unlock_trace();
	return ret;
}

/* What the last slot calls if there are programs without one of their own. */
static lsm_slot_fn lsm_slot_rest_target(const struct lsm_slot_array *array)
{
	if (array->own + 1 == array->nr && array->items[array->own].bare)
		return lsm_slot_run_sleeper;
	return lsm_slot_run_rest;
}

/*
 * Arrays
 */

static struct lsm_slot_array *lsm_slot_current(const struct lsm_slot_hook *hook)
{
	return rcu_dereference_protected(hook->array,
					 lockdep_is_held(&hook->lock));
}

/* Has the array, NULL for none, a program that may sleep? */
static bool lsm_slot_sleeps(const struct lsm_slot_array *array)
{
	return array && array->sleepable < array->nr;
}

static void lsm_slot_array_free(struct work_struct *work)
{
	struct lsm_slot_array *array = container_of(work, struct lsm_slot_array,
						    free);
	u32 i;

	for (i = 0; i < array->nr; i++)
		bpf_prog_put(array->items[i].prog);
	kvfree(array);
}

/* Dropping programs may sleep, and RCU callbacks may not. */
static void lsm_slot_array_free_gone(struct rcu_head *rcu)
{
	struct lsm_slot_array *array = container_of(rcu, struct lsm_slot_array,
						    rcu);

	INIT_WORK(&array->free, lsm_slot_array_free);
	queue_work(system_unbound_wq, &array->free);
}

/* A caller that was in its RCU read side may be asleep in a program now. */
static void lsm_slot_array_free_rcu(struct rcu_head *rcu)
{
	struct lsm_slot_array *array = container_of(rcu, struct lsm_slot_array,
						    rcu);

	if (lsm_slot_sleeps(array))
		call_rcu_tasks_trace(rcu, lsm_slot_array_free_gone);
	else
		lsm_slot_array_free_gone(rcu);
}

static void lsm_slot_array_put(struct lsm_slot_array *array)
{
	if (array && refcount_dec_and_test(&array->users))
		call_rcu(&array->rcu, lsm_slot_array_free_rcu);
}

/* An array for @nr programs; the caller fills it and then finishes it. */
static struct lsm_slot_array *
lsm_slot_array_alloc(const struct lsm_slot_hook *hook, u32 nr, gfp_t gfp)
{
	struct lsm_slot_array *array;

	array = kvzalloc(struct_size(array, items, nr), gfp);
	if (!array)
		return NULL;
	array->hook = hook;
	array->nr = nr;
	refcount_set(&array->users, 1);
	return array;
}

/*
 * Is a call of the program's image all it takes to run it?  A shim needs its
 * second argument, and a program that looks at more of its frame than its
 * arguments needs the rest filled.
 */
static bool lsm_slot_is_bare(const struct bpf_prog *prog)
{
	return prog->jited && !prog->aux->lsm_frame_access;
}

static struct lsm_slot_array *
lsm_slot_array_finish(struct lsm_slot_array *array)
{
	u32 slots = array->hook->calls->nr;
	struct lsm_slot_item *item;
	u32 i;

	array->sleepable = array->nr;
	for (i = 0; i < array->nr; i++) {
		item = &array->items[i];
		bpf_prog_inc(item->prog);
		item->bare = lsm_slot_is_bare(item->prog);
		if (item->prog->sleepable && array->sleepable == array->nr)
			array->sleepable = i;
	}
	/* The last slot runs the rest: what does not fit, or may sleep. */
	array->own = array->nr;
	if (array->nr > slots || lsm_slot_sleeps(array))
		array->own = min(array->sleepable, slots - 1);
	array->first = slots - array->own - (array->own < array->nr);
	return array;
}

/* The place of a link's program, the array's number of programs if not there. */
static u32 lsm_slot_array_find(const struct lsm_slot_array *array,
			       const struct bpf_tramp_link *link)
{
	u32 i;

	for (i = 0; i < array->nr; i++)
		if (array->items[i].link == link)
			break;
	return i;
}

/*
 * How many programs of the hook are sealed.  They are the first: a program in
 * front of them could end the call before they are asked.
 */
static u32 lsm_slot_nr_sealed(const struct lsm_slot_hook *hook)
{
	const struct lsm_slot_array *array = lsm_slot_current(hook);
	u32 n = 0;

	while (array && n < array->nr && READ_ONCE(array->items[n].link->sealed))
		n++;
	return n;
}

/* Where in the hook's array a new program goes, or an error. */
static int lsm_slot_position(const struct lsm_slot_hook *hook,
			     const struct lsm_slot_where *where)
{
	const struct lsm_slot_array *array = lsm_slot_current(hook);
	u32 sealed = lsm_slot_nr_sealed(hook);
	u32 nr = array ? array->nr : 0, first = sealed, last = nr, i;

	if (!where)
		return sealed;
	if (lsm_slot_where_seals(where) && hook->trampoline_stuck)
		return -ERANGE;
	if (where->revision && where->revision != hook->revision)
		return -ESTALE;
	if (!(where->flags & (BPF_F_BEFORE | BPF_F_AFTER)))
		return sealed;
	if (where->link || where->prog) {
		for (i = 0; i < nr; i++)
			if (where->link ?
			    &array->items[i].link->link == where->link :
			    array->items[i].prog == where->prog)
				break;
		if (i == nr)
			return -ENOENT;
		first = i;
		last = i + 1;
	}
	if (where->flags & BPF_F_AFTER) {
		if ((where->flags & BPF_F_BEFORE) && first != last)
			return -ERANGE;
		first = last;
	}
	if (first < sealed)
		return -EROFS;
	if (lsm_slot_where_seals(where) && first != sealed)
		return -ERANGE;
	return first;
}

/* The hook's array with @link's program at @at, NULL without memory. */
static struct lsm_slot_array *
lsm_slot_array_insert(struct lsm_slot_hook *hook,
		      const struct bpf_tramp_link *link, u32 at)
{
	const struct lsm_slot_array *old = lsm_slot_current(hook);
	struct lsm_slot_array *array;
	u32 nr = old ? old->nr : 0;

	array = lsm_slot_array_alloc(hook, nr + 1, GFP_KERNEL_ACCOUNT);
	if (!array)
		return NULL;
	if (old) {
		memcpy(array->items, old->items, at * sizeof(*old->items));
		memcpy(array->items + at + 1, old->items + at,
		       (nr - at) * sizeof(*old->items));
	}
	array->items[at] = (struct lsm_slot_item) {
		.prog = link->link.prog,
		.link = link,
		.cookie = link->cookie,
	};
	return lsm_slot_array_finish(array);
}

/* The hook's array without @link's program, NULL if that was the only one. */
static struct lsm_slot_array *
lsm_slot_array_remove(struct lsm_slot_hook *hook,
		      const struct bpf_tramp_link *link)
{
	const struct lsm_slot_array *old = lsm_slot_current(hook);
	u32 at = lsm_slot_array_find(old, link);
	struct lsm_slot_array *array;

	if (old->nr == 1)
		return NULL;
	array = lsm_slot_array_alloc(hook, old->nr - 1,
				     GFP_KERNEL_ACCOUNT | __GFP_NOFAIL);
	memcpy(array->items, old->items, at * sizeof(*old->items));
	memcpy(array->items + at, old->items + at + 1,
	       (old->nr - at - 1) * sizeof(*old->items));
	return lsm_slot_array_finish(array);
}

/* The hook's array with another program for @link, NULL without memory. */
static struct lsm_slot_array *
lsm_slot_array_replace(struct lsm_slot_hook *hook,
		       const struct bpf_tramp_link *link, struct bpf_prog *prog)
{
	const struct lsm_slot_array *old = lsm_slot_current(hook);
	struct lsm_slot_array *array;

	array = lsm_slot_array_alloc(hook, old->nr, GFP_KERNEL_ACCOUNT);
	if (!array)
		return NULL;
	memcpy(array->items, old->items, old->nr * sizeof(*old->items));
	array->items[lsm_slot_array_find(old, link)].prog = prog;
	return lsm_slot_array_finish(array);
}

/*
 * Arming
 */

/* Call bpf_lsm_<hook>() if and only if something is attached there. */
static void lsm_slot_update_armed(struct lsm_slot_hook *hook)
{
	lockdep_assert_held(&hook->lock);
	bpf_lsm_arm_hook(hook - lsm_slot_hooks,
			 lsm_slot_current(hook) || hook->trampoline);
}

/*
 * Changing
 */

/* Does the hook run from its array? */
static bool lsm_slot_unsettled(const struct lsm_slot_hook *hook)
{
	return static_key_enabled(&hook->from_array->key);
}

/* Does it have to, because its programs are to be timed? */
static bool lsm_slot_timed(const struct lsm_slot_hook *hook)
{
	return lsm_slot_current(hook) &&
	       static_key_enabled(&bpf_stats_enabled_key.key);
}

/* Turn the hook to run from its array. */
static void lsm_slot_turn(struct lsm_slot_hook *hook)
{
	/*
	 * The inner key first: the outer one may already lead to the slots
	 * before the last, and then the inner is the one that turns the hook.
	 */
	static_branch_enable(hook->from_array);
	static_branch_enable(hook->detour);
}

/*
 * Make @array, NULL for none, the hook's programs.  In force on return: calls
 * that start afterwards run exactly @array.
 */
static void lsm_slot_publish(struct lsm_slot_hook *hook,
			     struct lsm_slot_array *array)
{
	struct lsm_slot_array *old = lsm_slot_current(hook);

	hook->revision++;
	rcu_assign_pointer(hook->array, array);
	lsm_slot_turn(hook);
	lsm_slot_update_armed(hook);
	lsm_slot_array_put(old);
	queue_work(lsm_slot_wq, &hook->settle);
}

/*
 * Aim slot @i at @func; NULL: off.  No caller can get here or be here: the hook
 * has been turned to its array, and the grace periods of lsm_slot_settle() have
 * passed since.
 */
static void lsm_slot_set(struct lsm_slot_hook *hook, u32 i, lsm_slot_fn func)
{
	if (func)
		static_call_array_set(hook->calls, i, func);
	else
		static_call_array_clear(hook->calls, i);
}

/* Fill the slots from the hook's array; nobody is in them, or can get there. */
static void lsm_slot_fill(struct lsm_slot_hook *hook)
{
	struct lsm_slot_array *array = lsm_slot_current(hook);
	u32 last = hook->calls->nr - 1;
	u32 first = array ? array->first : last + 1;
	u32 i;

	for (i = 0; i < first; i++)
		lsm_slot_set(hook, i, NULL);
	for (; i < first + (array ? array->own : 0); i++)
		lsm_slot_set(hook, i,
			     lsm_slot_target(&array->items[i - first], i));
	if (i == last)
		lsm_slot_set(hook, last, lsm_slot_rest_target(array));

	lsm_slot_array_put(hook->settled);
	hook->settled = array;
	if (array)
		refcount_inc(&array->users);

	if (lsm_slot_timed(hook))
		return;
	/*
	 * Callers get back to the slots with the first key that goes off here,
	 * when all slots are as they should be.
	 */
	if (first >= last)
		static_branch_disable(hook->detour);
	static_branch_disable(hook->from_array);
}

/**
 * lsm_slot_settle - bring the slots up to date with the array
 * @work: lsm_slot_hook.settle
 *
 * Runs some time after a change was published.  Further changes may have been
 * since, or come while this waits: the hook runs from its array all along, so
 * they need no further wait, and the array as it is at the end is what counts.
 *
 * Context: work item; waits for grace periods outside the hook's lock.
 */
void lsm_slot_settle(struct work_struct *work)
{
	struct lsm_slot_hook *hook = container_of(work, struct lsm_slot_hook,
						  settle);
	bool sleeps;

	scoped_guard(mutex, &hook->lock) {
		if (!lsm_slot_unsettled(hook))
			return;
		sleeps = lsm_slot_sleeps(hook->settled);
	}

	/*
	 * Callers still in the slots leave them, or reach the walk of the
	 * settled array and may then sleep: so one after the other.
	 */
	synchronize_rcu_expedited();
	if (sleeps) {
		/* As long as a program sleeps, which is no reason to worry. */
		wait_rcu_gp_state(TASK_IDLE, call_rcu_tasks_trace);
		/* Behind the walk a denial still reads hook->settled. */
		synchronize_rcu_expedited();
	}

	/* Only this work item turns a hook back, and never twice at a time. */
	scoped_guard(mutex, &hook->lock)
		lsm_slot_fill(hook);
	wake_up_all(&lsm_slot_settled);
}

/**
 * lsm_slot_stats_changed - run statistics were switched on or off
 *
 * A program is timed where it is run one by one, from the array: so hooks with
 * programs stay there while statistics are on, and nobody pays otherwise.
 * Programs are timed when this returns.
 *
 * Context: process context, after bpf_stats_enabled_key was changed; may sleep.
 */
void lsm_slot_stats_changed(void)
{
	struct lsm_slot_hook *hook;

	for (hook = lsm_slot_hooks;
	     hook < lsm_slot_hooks + LSM_SLOT_NR_HOOKS; hook++) {
		if (!hook->calls)
			continue;
		guard(mutex)(&hook->lock);
		if (lsm_slot_timed(hook))
			lsm_slot_turn(hook);
		else if (lsm_slot_unsettled(hook))
			queue_work(lsm_slot_wq, &hook->settle);
	}
}

/**
 * lsm_slot_find_hook - the LSM hook whose BPF function is @func
 * @func: address of a kernel function
 *
 * Context: any.
 *
 * Return: the hook, NULL if @func is no bpf_lsm_<hook>().
 */
struct lsm_slot_hook *lsm_slot_find_hook(const void *func)
{
	u32 i;

	for (i = 0; i < LSM_SLOT_NR_HOOKS; i++)
		if (lsm_slot_hooks[i].func == func)
			return &lsm_slot_hooks[i];
	return NULL;
}

/* The link that runs a hook's lsm_cgroup programs; its program is C code. */
static bool lsm_slot_is_shim(const struct bpf_tramp_link *link)
{
	return link->link.type == BPF_LINK_TYPE_UNSPEC;
}

/**
 * lsm_slot_wanted - does a link go to a slot, or to the trampoline?
 * @hook: hook that it is to be attached to, may be NULL
 * @link: link of an LSM program or lsm_cgroup shim, not attached yet
 *
 * To a slot, unless the hook has none, the program has no machine code, or
 * kernel.lsm_slots is 0.
 *
 * Context: any.
 *
 * Return: true for a slot.
 */
bool lsm_slot_wanted(const struct lsm_slot_hook *hook,
		     const struct bpf_tramp_link *link)
{
	return hook && hook->calls && READ_ONCE(lsm_slot_enabled) &&
	       (lsm_slot_is_shim(link) || link->link.prog->jited);
}

/**
 * lsm_slot_has_sealed - has a hook sealed links?
 * @hook: the hook, may be NULL
 *
 * Context: process context, under the bpf_trampoline's mutex; may sleep.
 *
 * Return: true if so.
 */
bool lsm_slot_has_sealed(struct lsm_slot_hook *hook)
{
	if (!hook)
		return false;
	guard(mutex)(&hook->lock);
	return lsm_slot_nr_sealed(hook);
}

/**
 * lsm_slot_may_seal - can an attached link be sealed in its place?
 * @link: link of an LSM program, not sealed
 *
 * Context: process context, under the bpf_trampoline's mutex, which keeps the
 * answer true; may sleep.
 *
 * Return: 0, -EOPNOTSUPP if it is not in slots or array, -ERANGE if a program
 * that is not sealed runs before it.
 */
int lsm_slot_may_seal(const struct bpf_tramp_link *link)
{
	struct lsm_slot_hook *hook = link->slot_hook;

	if (!hook)
		return -EOPNOTSUPP;
	guard(mutex)(&hook->lock);
	if (hook->trampoline_stuck || !hlist_empty(&hook->trampoline_links) ||
	    lsm_slot_array_find(lsm_slot_current(hook), link) !=
	    lsm_slot_nr_sealed(hook))
		return -ERANGE;
	return 0;
}

/**
 * lsm_slot_attach - run a link's program where the link says, or else first
 * @hook: hook for which lsm_slot_wanted() said yes
 * @link: the link; remembers the hook until lsm_slot_detach()
 *
 * First means behind those that are sealed.  Every call of the hook that starts
 * after this returned runs the program.
 *
 * Context: process context, under the bpf_trampoline's mutex; may sleep.
 *
 * Return: 0, or with nothing changed -ENOMEM, or of link->slot_where -ESTALE
 * for another revision, -ENOENT if what it is relative to is not here, -ERANGE
 * if before and after are different places or if it is to be sealed behind one
 * that is not, -EROFS in front of one that is.
 */
int lsm_slot_attach(struct lsm_slot_hook *hook, struct bpf_tramp_link *link)
{
	struct lsm_slot_array *array;
	int at;

	guard(mutex)(&hook->lock);
	at = lsm_slot_position(hook, link->slot_where);
	if (at < 0)
		return at;
	array = lsm_slot_array_insert(hook, link, at);
	if (!array)
		return -ENOMEM;
	lsm_slot_publish(hook, array);
	WRITE_ONCE(link->slot_hook, hook);
	return 0;
}

/**
 * lsm_slot_detach - undo lsm_slot_attach()
 * @link: the link
 *
 * No call of the hook that starts after this returned runs the program.  Does
 * not fail, and does not wait for calls under way.
 *
 * Context: process context, under the bpf_trampoline's mutex; may sleep.
 */
void lsm_slot_detach(struct bpf_tramp_link *link)
{
	struct lsm_slot_hook *hook = link->slot_hook;

	guard(mutex)(&hook->lock);
	lsm_slot_publish(hook, lsm_slot_array_remove(hook, link));
	WRITE_ONCE(link->slot_hook, NULL);
}

/**
 * lsm_slot_replace - run another program for a link, in the same place
 * @link: the attached link; takes over the caller's reference on @prog and
 *	drops its own on the old program
 * @prog: the program, for the same hook and with machine code
 *
 * A call of the hook under way runs the old program or the new one, one that
 * starts after this returned the new one.
 *
 * Context: process context, under the bpf_trampoline's mutex; may sleep.
 *
 * Return: 0, or -ENOMEM with nothing changed.
 */
int lsm_slot_replace(struct bpf_tramp_link *link, struct bpf_prog *prog)
{
	struct lsm_slot_hook *hook = link->slot_hook;
	struct lsm_slot_array *array;
	struct bpf_prog *old;

	scoped_guard(mutex, &hook->lock) {
		array = lsm_slot_array_replace(hook, link, prog);
		if (!array)
			return -ENOMEM;
		old = xchg(&link->link.prog, prog);
		lsm_slot_publish(hook, array);
	}
	bpf_prog_put(old);
	return 0;
}

/**
 * lsm_slot_flush - give an attached link's hook a moment to settle
 * @link: the link, may be one that is not in a slot
 *
 * For the benefit of whoever attaches and measures or looks right away;
 * nothing depends on it.  The wait is bounded, because settling may take as
 * long as a sleepable program sleeps, and because the caller may be a BPF
 * program, in the very read side that settling waits for.
 *
 * Context: process context without locks that matter to others; may sleep.
 */
void lsm_slot_flush(const struct bpf_tramp_link *link)
{
	struct lsm_slot_hook *hook = READ_ONCE(link->slot_hook);
	bool soon;

	if (!hook)
		return;
	scoped_guard(mutex, &hook->lock)
		soon = !lsm_slot_timed(hook) && !lsm_slot_sleeps(hook->settled);
	if (soon)
		wait_event_timeout(lsm_slot_settled, !lsm_slot_unsettled(hook),
				   LSM_SLOT_SETTLE_TIMEOUT);
}

/**
 * lsm_slot_trampoline_get - a program was attached to bpf_lsm_<hook>() itself
 * @hook: the hook, may be NULL
 * @link: the program's link
 *
 * Arms the hook.  For any program on the function's BPF trampoline: an LSM
 * program that is not in a slot, or a tracing program.  The trampoline was made
 * anew for it, with nothing that an earlier one may have kept.
 *
 * Context: process context, under the bpf_trampoline's mutex; may sleep.
 */
void lsm_slot_trampoline_get(struct lsm_slot_hook *hook,
			     struct bpf_tramp_link *link)
{
	if (!hook)
		return;
	guard(mutex)(&hook->lock);
	hook->trampoline_stuck = false;
	hook->trampoline++;
	if (link->link.prog->type == BPF_PROG_TYPE_LSM) {
		hlist_add_head(&link->slot_node, &hook->trampoline_links);
		hook->revision++;
	}
	lsm_slot_update_armed(hook);
}

/**
 * lsm_slot_trampoline_put - undo lsm_slot_trampoline_get()
 * @hook: the hook, may be NULL
 * @link: the program's link
 * @gone: the trampoline was made anew without the program.  That should not
 *	fail; if it does, the program runs further on, and in front of the slots:
 *	so nothing can be sealed there until another one is made.
 *
 * Context: process context, under the bpf_trampoline's mutex; may sleep.
 */
void lsm_slot_trampoline_put(struct lsm_slot_hook *hook,
			     struct bpf_tramp_link *link, bool gone)
{
	if (!hook)
		return;
	guard(mutex)(&hook->lock);
	hook->trampoline--;
	if (gone)
		hook->trampoline_stuck = false;
	if (!hlist_unhashed(&link->slot_node)) {
		hlist_del_init(&link->slot_node);
		hook->revision++;
		hook->trampoline_stuck |= !gone;
	}
	lsm_slot_update_armed(hook);
}

/*
 * Looking
 */

/* Facts about an attached link; the hook's lock keeps its program, if any. */
static u32 lsm_slot_link_flags(const struct bpf_tramp_link *link)
{
	u32 flags = 0;

	if (link->link.prog->sleepable)
		flags |= LSM_SLOT_LINK_SLEEPABLE;
	if (READ_ONCE(link->sealed))
		flags |= LSM_SLOT_LINK_SEALED;
	if (lsm_slot_is_shim(link))
		flags |= LSM_SLOT_LINK_CGROUP;
	return flags;
}

static struct lsm_slot_entry lsm_slot_entry(const struct bpf_tramp_link *link,
					    u32 flags)
{
	return (struct lsm_slot_entry) {
		.prog_id = link->link.prog->aux->id,
		.link_id = READ_ONCE(link->link.id),
		.flags = lsm_slot_link_flags(link) | flags,
	};
}

/**
 * lsm_slot_count - what is attached to a hook
 * @hook: the hook
 * @attached: set to the number of programs in slots and array
 * @trampoline: set to the number of programs on the trampoline
 * @armed: set to whether security_<hook>() calls the BPF LSM
 *
 * Context: process context; may sleep.
 */
void lsm_slot_count(struct lsm_slot_hook *hook, u32 *attached,
		    u32 *trampoline, bool *armed)
{
	const struct lsm_slot_array *array;

	guard(mutex)(&hook->lock);
	array = lsm_slot_current(hook);
	*attached = array ? array->nr : 0;
	*trampoline = hook->trampoline;
	*armed = bpf_lsm_hook_armed(hook - lsm_slot_hooks);
}

/**
 * lsm_slot_look - where a link's program runs
 * @link: an attached link of an LSM program
 * @info: filled from @place on
 *
 * Context: process context; may sleep.
 */
void lsm_slot_look(const struct bpf_tramp_link *link,
		   struct lsm_slot_link_info *info)
{
	struct lsm_slot_hook *hook = READ_ONCE(link->slot_hook);
	const struct lsm_slot_array *array;
	const struct bpf_prog *prog;
	u32 i;

	info->cookie = link->cookie;
	info->place = LSM_SLOT_PLACE_TRAMPOLINE;
	info->nr_slots = CONFIG_BPF_LSM_SLOTS_PER_HOOK;
	if (!hook) {
		info->flags = lsm_slot_link_flags(link);
		return;
	}

	guard(mutex)(&hook->lock);
	info->flags = lsm_slot_link_flags(link);
	array = lsm_slot_current(hook);
	if (!array)
		return;
	i = lsm_slot_array_find(array, link);
	if (i == array->nr)
		return;
	prog = array->items[i].prog;
	info->attached = array->nr;
	info->position = i;
	info->denials = atomic64_read(&prog->aux->lsm_denials);
	info->place = LSM_SLOT_PLACE_ARRAY;
	if (lsm_slot_unsettled(hook)) {
		info->flags |= LSM_SLOT_LINK_SETTLING;
		return;
	}
	if (i < array->own) {
		info->place = LSM_SLOT_PLACE_SLOT;
		info->slot = array->first + i;
	}
}

/**
 * lsm_slot_list - the LSM programs of a hook in running order
 * @hook: the hook
 * @list: filled with up to @room of them; user space's view of each
 * @room: how many @list has room for
 * @revision: set to the hook's revision
 *
 * Context: process context; may sleep.
 *
 * Return: how many programs there are.
 */
u32 lsm_slot_list(struct lsm_slot_hook *hook, struct lsm_slot_entry *list,
		  u32 room, u64 *revision)
{
	const struct bpf_tramp_link *link;
	const struct lsm_slot_array *array;
	u32 settling, n = 0, i;

	guard(mutex)(&hook->lock);
	*revision = hook->revision;
	hlist_for_each_entry(link, &hook->trampoline_links, slot_node) {
		if (n < room)
			list[n] = lsm_slot_entry(link, LSM_SLOT_LINK_TRAMPOLINE);
		n++;
	}
	array = lsm_slot_current(hook);
	settling = array && lsm_slot_unsettled(hook) ? LSM_SLOT_LINK_SETTLING : 0;
	for (i = 0; array && i < array->nr; i++) {
		if (n < room)
			list[n] = lsm_slot_entry(array->items[i].link, settling);
		n++;
	}
	return n;
}

static int __init lsm_slot_init(void)
{
	/* A settling hook each, at most; there are that many. */
	lsm_slot_wq = alloc_workqueue("lsm_slots", WQ_UNBOUND,
				      LSM_SLOT_NR_HOOKS);
	if (!lsm_slot_wq)
		panic("lsm_slots: no memory for the work queue\n");
	return 0;
}
core_initcall(lsm_slot_init);
