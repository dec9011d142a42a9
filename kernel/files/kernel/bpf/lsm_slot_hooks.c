// SPDX-License-Identifier: GPL-2.0-only
/*
 * Static-call slots of the BPF LSM: the hook functions and the hook table.
 *
 * bpf_lsm_<hook>() is what security_<hook>() calls for the BPF LSM, what
 * fentry and fexit programs attach to, and here also what runs the LSM
 * programs.  It is generated for each hook from lsm_hook_defs.h, in three
 * parts: a frame laid out as the BPF trampoline's, so that programs and
 * helpers find their arguments where they are used to, the locks that the
 * trampoline takes for each program, taken once, and the slots.
 *
 * Slots are filled from the end.  One program is the usual case and sits in the
 * last slot, which is called untested: it returns 0 while it is off (see
 * static_call_array.h).  Everything else is behind one key, @detour.
 *
 * This file is on the hot path of every attached hook; objdump it when you
 * touch it.
 */
#include <linux/bpf.h>
#include <linux/bpf_lsm.h>
#include <linux/btf.h>
#include <linux/filter.h>
#include <linux/rcupdate_inline.h>

#include "lsm_slot.h"

#define LSM_SLOT_COUNT	CONFIG_BPF_LSM_SLOTS_PER_HOOK

/* The slots before the last, and the index of the last. */
#define LSM_SLOT_LAST	__LSM_SLOT_PRED(LSM_SLOT_COUNT)
#define __LSM_SLOT_PRED(n)	___LSM_SLOT_PRED(n)
#define ___LSM_SLOT_PRED(n)	LSM_SLOT_PRED_##n
#define LSM_SLOT_PRED_2		1
#define LSM_SLOT_PRED_3		2
#define LSM_SLOT_PRED_4		3
#define LSM_SLOT_PRED_5		4
#define LSM_SLOT_PRED_6		5
#define LSM_SLOT_PRED_7		6
#define LSM_SLOT_PRED_8		7
#define LSM_SLOT_PRED_9		8
#define LSM_SLOT_PRED_10	9
#define LSM_SLOT_PRED_11	10
#define LSM_SLOT_PRED_12	11
#define LSM_SLOT_PRED_13	12
#define LSM_SLOT_PRED_14	13
#define LSM_SLOT_PRED_15	14
#define LSM_SLOT_PRED_16	15

/*
 * The context of a program as the BPF trampoline builds it: a helper that
 * wants the function's address finds it two words before the arguments, the
 * number of arguments one word before, and the hook's result so far behind the
 * last.  These two words are filled by lsm_slot_run_*() for the programs that
 * ask for them.  Before them is a word of ours, struct lsm_slot_caller, by which
 * those and a denial find the hook: one store on the straight line, and nothing
 * to pass to a slot.
 */
#define LSM_SLOT_FRAME(nr_args)						\
	u64 frame[LSM_SLOT_WORDS_BEFORE + (nr_args) + 1] __uninitialized
#define LSM_SLOT_CTX		(&frame[LSM_SLOT_WORDS_BEFORE])

/*
 * Store argument @n, a word whatever its type.  As for the trampoline on x86,
 * that is the register it came in: nothing is said of what is above a narrower
 * argument, and it takes one instruction.  An argument that does not fit a word
 * cannot be handed on: name the hook in lsm_slot_hooks.awk.
 */
#ifdef CONFIG_X86_64
#define LSM_SLOT_STORE(n, arg)						\
	asm("movq %q1, %0" : "=m" (LSM_SLOT_CTX[n]) : "r" (arg));
#else
#define LSM_SLOT_STORE(n, arg)						\
	LSM_SLOT_CTX[n] = 0;						\
	memcpy(&LSM_SLOT_CTX[n], &(arg), sizeof(arg));
#endif
#define LSM_SLOT_ARG(n, arg)						\
	BUILD_BUG_ON(sizeof(arg) > sizeof(u64));			\
	LSM_SLOT_STORE(n, arg)

/*
 * What a trampoline takes around each program, here around all: RCU for the
 * programs, their maps, the slots and their data, and the task stays on its
 * CPU.  The keys are tested inside, so that a task preempted before it got
 * here sees the hook as it is when it goes on.
 */
static __always_inline void lsm_slot_enter(void)
{
	rcu_read_lock_inlined();
	migrate_disable();
}

static __always_inline void lsm_slot_exit(void)
{
	migrate_enable();
	rcu_read_unlock_inlined();
}

/*
 * The end of a call that a program denied: apart, so that the straight line
 * has nothing to keep across it.
 */
static noinline int lsm_slot_deny(const void *ctx, u64 ret)
{
	lsm_slot_denied(ctx, ret);
	lsm_slot_exit();
	return (int)ret;
}

#define LSM_SLOT_CALL(i, NAME, ctx)					\
	static_call_array_call(lsm_slot_##NAME, i)(ctx)

/*
 * The context off the straight line, its address made anew for each call: else
 * the compiler keeps it for all slots in one register, which the straight line
 * has to save and restore for nothing.
 */
#ifdef CONFIG_X86_64
#define LSM_SLOT_CTX_DETOUR						\
({									\
	u64 *ctx;							\
									\
	asm volatile("lea %1, %0" : "=r" (ctx)				\
				  : "m" (*LSM_SLOT_CTX));		\
	ctx;								\
})
#else
#define LSM_SLOT_CTX_DETOUR	LSM_SLOT_CTX
#endif

/*
 * The slots before the last: straight to the first that is on, and on from
 * there without a test, as slots are filled from the end without gaps.
 */
#define LSM_SLOT_ENTRY(i, NAME)						\
	if (static_call_array_on(lsm_slot_##NAME, i))			\
		goto slot_##i;

#define LSM_SLOT_RUN_INT(i, NAME)					\
slot_##i:								\
	ret = LSM_SLOT_CALL(i, NAME, LSM_SLOT_CTX_DETOUR);		\
	if (unlikely(ret))						\
		goto deny_##i;

#define LSM_SLOT_RUN_VOID(i, NAME)					\
slot_##i:								\
	LSM_SLOT_CALL(i, NAME, LSM_SLOT_CTX_DETOUR);

/*
 * Which slot denied: a denial runs down as many of these as there are slots
 * behind it.  Three bytes each, where to name the slot would take ten.
 */
#ifdef CONFIG_X86_64
#define LSM_SLOT_BEHIND(caller)						\
	asm volatile("incb %0" : "+m" ((caller)->behind));
#else
#define LSM_SLOT_BEHIND(caller)						\
	WRITE_ONCE((caller)->behind, READ_ONCE((caller)->behind) + 1);
#endif
#define LSM_SLOT_DENY(i, NAME)						\
deny_##i:								\
	LSM_SLOT_BEHIND((struct lsm_slot_caller *)frame)

#define LSM_SLOT_CALLER(NAME)						\
	*(struct lsm_slot_caller *)frame =				\
		(struct lsm_slot_caller) { .hook = LSM_SLOT_ID_##NAME }

#define LSM_SLOT_HOOK(RET, DEFAULT, NAME, NR_ARGS, PARAMS, FILL)	\
	LSM_SLOT_HOOK_DATA(NAME)					\
	LSM_SLOT_HOOK_##RET(DEFAULT, NAME, NR_ARGS, PARAMS, FILL)

#define LSM_SLOT_HOOK_DATA(NAME)					\
DEFINE_STATIC_CALL_ARRAY(lsm_slot_##NAME, LSM_SLOT_COUNT, lsm_slot_fn);	\
static DEFINE_STATIC_KEY_FALSE(lsm_slot_detour_##NAME);			\
static DEFINE_STATIC_KEY_FALSE(lsm_slot_from_array_##NAME);

/*
 * The frame holds no buffer that anything writes to by index (programs may
 * only read it) and is stored to in full where it is read: neither a stack
 * canary nor clearing buys anything.
 */
#define LSM_SLOT_HOOK_int(DEFAULT, NAME, NR_ARGS, PARAMS, FILL)		\
noinline __no_stack_protector int bpf_lsm_##NAME PARAMS			\
{									\
	LSM_SLOT_FRAME(NR_ARGS);					\
	u64 ret;							\
									\
	FILL								\
	LSM_SLOT_CTX[NR_ARGS] = 0;					\
	LSM_SLOT_CALLER(NAME);						\
	lsm_slot_enter();						\
	if (static_branch_unlikely(&lsm_slot_detour_##NAME)) {		\
		if (static_branch_unlikely(&lsm_slot_from_array_##NAME)) { \
			ret = lsm_slot_run_array(LSM_SLOT_CTX_DETOUR);	\
			goto verdict;					\
		}							\
		UNROLL(LSM_SLOT_LAST, LSM_SLOT_ENTRY, NAME)		\
		goto last;						\
		UNROLL(LSM_SLOT_LAST, LSM_SLOT_RUN_INT, NAME)		\
	}								\
last:									\
	ret = LSM_SLOT_CALL(LSM_SLOT_LAST, NAME, LSM_SLOT_CTX);		\
verdict:								\
	if (unlikely(ret))						\
		goto deny;						\
	lsm_slot_exit();						\
	return DEFAULT;							\
	UNROLL(LSM_SLOT_LAST, LSM_SLOT_DENY, NAME)			\
deny:									\
	return lsm_slot_deny(LSM_SLOT_CTX_DETOUR, ret);			\
}

#define LSM_SLOT_HOOK_void(DEFAULT, NAME, NR_ARGS, PARAMS, FILL)	\
noinline __no_stack_protector void bpf_lsm_##NAME PARAMS		\
{									\
	LSM_SLOT_FRAME(NR_ARGS);					\
									\
	FILL								\
	LSM_SLOT_CTX[NR_ARGS] = 0;					\
	LSM_SLOT_CALLER(NAME);						\
	lsm_slot_enter();						\
	if (static_branch_unlikely(&lsm_slot_detour_##NAME)) {		\
		if (static_branch_unlikely(&lsm_slot_from_array_##NAME)) { \
			lsm_slot_run_array(LSM_SLOT_CTX_DETOUR);	\
			goto out;					\
		}							\
		UNROLL(LSM_SLOT_LAST, LSM_SLOT_ENTRY, NAME)		\
		goto last;						\
		UNROLL(LSM_SLOT_LAST, LSM_SLOT_RUN_VOID, NAME)		\
	}								\
last:									\
	LSM_SLOT_CALL(LSM_SLOT_LAST, NAME, LSM_SLOT_CTX);		\
out:									\
	lsm_slot_exit();						\
}

/* A hook without slots keeps the stub to which trampolines attach. */
#define LSM_SLOT_NONE(RET, DEFAULT, NAME, REASON, PARAMS)		\
noinline RET bpf_lsm_##NAME PARAMS					\
{									\
	return DEFAULT;							\
}

#include "lsm_slot_hooks.h"
#undef LSM_SLOT_HOOK
#undef LSM_SLOT_NONE

#define LSM_SLOT_IS_VOID_int	false
#define LSM_SLOT_IS_VOID_void	true

#define LSM_SLOT_VERDICT_int(DEFAULT)	(DEFAULT)
#define LSM_SLOT_VERDICT_void(DEFAULT)	0

#define LSM_SLOT_HOOK_COMMON(RET, DEFAULT, NAME)			\
		.name = #NAME,						\
		.func = bpf_lsm_##NAME,					\
		.lock = __MUTEX_INITIALIZER(lsm_slot_hooks[LSM_SLOT_ID_##NAME].lock), \
		.revision = 1,						\
		.is_void = LSM_SLOT_IS_VOID_##RET,			\
		.default_verdict = LSM_SLOT_VERDICT_##RET(DEFAULT),

#define LSM_SLOT_HOOK(RET, DEFAULT, NAME, NR_ARGS, PARAMS, FILL)	\
	[LSM_SLOT_ID_##NAME] = {					\
		LSM_SLOT_HOOK_COMMON(RET, DEFAULT, NAME)		\
		.calls = &lsm_slot_##NAME,				\
		.detour = &lsm_slot_detour_##NAME,			\
		.from_array = &lsm_slot_from_array_##NAME,		\
		.nr_args = NR_ARGS,					\
		.settle = __WORK_INITIALIZER(				\
			lsm_slot_hooks[LSM_SLOT_ID_##NAME].settle,	\
			lsm_slot_settle),				\
	},

#define LSM_SLOT_NONE(RET, DEFAULT, NAME, REASON, PARAMS)		\
	[LSM_SLOT_ID_##NAME] = {					\
		LSM_SLOT_HOOK_COMMON(RET, DEFAULT, NAME)		\
		.reason = REASON,					\
	},

struct lsm_slot_hook lsm_slot_hooks[LSM_SLOT_NR_HOOKS] = {
#include "lsm_slot_hooks.h"
};
