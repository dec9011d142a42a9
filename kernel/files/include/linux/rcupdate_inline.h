/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rcu_read_lock() and rcu_read_unlock() without a call, for very hot callers.
 *
 * Preemptible RCU keeps its readers' nesting count in task_struct, which
 * <linux/rcupdate.h> is too low a header to know; hence the calls there, and
 * the header of its own here.
 */

#ifndef _LINUX_RCUPDATE_INLINE_H
#define _LINUX_RCUPDATE_INLINE_H

#include <linux/rcupdate.h>
#include <linux/sched.h>

#ifdef CONFIG_PREEMPT_RCU
/* The slow part of the unlock, for the functions below only. */
void rcu_read_unlock_special(struct task_struct *t);
#endif

/*
 * The functions do more than count where PROVE_LOCKING checks the count or
 * RCU_STRICT_GRACE_PERIOD ends each reader, their accesses are marked for KCSAN,
 * and the slow part of the unlock is not exported to modules: call them there.
 * Without preemptible RCU, they are inline already.
 */
#if defined(CONFIG_PREEMPT_RCU) && !defined(CONFIG_PROVE_LOCKING) && \
	!defined(CONFIG_RCU_STRICT_GRACE_PERIOD) && !defined(CONFIG_KCSAN) && \
	!defined(MODULE)

/*
 * No other task or CPU accesses the count while its task runs.  An interrupt
 * does, in between or even amid the update, but leaves the value that it found,
 * and whether it saw the count before or after is the same to RCU: the reader
 * is the code between the barriers.  So a plain update is enough, and it can be
 * one instruction where volatile accesses make it three.
 */
static __always_inline void __rcu_read_lock_inlined(void)
{
	current->rcu_read_lock_nesting++;
	barrier();  /* critical section after entry code. */
}

static __always_inline void __rcu_read_unlock_inlined(void)
{
	struct task_struct *t = current;

	barrier();  /* critical section before exit code. */
	if (likely(--t->rcu_read_lock_nesting == 0)) {
		barrier();  /* critical-section exit before .s check. */
		if (unlikely(READ_ONCE(t->rcu_read_unlock_special.s)))
			rcu_read_unlock_special(t);
	}
}

#else

static __always_inline void __rcu_read_lock_inlined(void)
{
	__rcu_read_lock();
}

static __always_inline void __rcu_read_unlock_inlined(void)
{
	__rcu_read_unlock();
}

#endif

/**
 * rcu_read_lock_inlined() - rcu_read_lock() that does not call a function
 *
 * For callers so hot that a call and its return matter; others are better
 * served by the smaller rcu_read_lock().
 *
 * The read-side critical section is an ordinary one: same context, same rules,
 * same lockdep and sparse coverage.  The variants may be mixed, nested in one
 * another or as a pair.  Where the inline code cannot do all that the function
 * does, for modules and with debugging options, this is rcu_read_lock().
 */
static __always_inline void rcu_read_lock_inlined(void)
{
	__rcu_read_lock_inlined();
	__acquire(RCU);
	rcu_lock_acquire(&rcu_lock_map);
	RCU_LOCKDEP_WARN(!rcu_is_watching(),
			 "rcu_read_lock() used illegally while idle");
}

/**
 * rcu_read_unlock_inlined() - rcu_read_unlock() that does not call a function
 *
 * Calls one nevertheless to end an outermost critical section in which the task
 * was preempted or a grace period waits for it.
 *
 * See rcu_read_lock_inlined() for more information.
 */
static __always_inline void rcu_read_unlock_inlined(void)
{
	RCU_LOCKDEP_WARN(!rcu_is_watching(),
			 "rcu_read_unlock() used illegally while idle");
	rcu_lock_release(&rcu_lock_map); /* Keep acq info for rls diags. */
	__release(RCU);
	__rcu_read_unlock_inlined();
}

#endif /* _LINUX_RCUPDATE_INLINE_H */
