/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who calls, and with which system call: for policies that make exceptions by
 * executable, or whose hook does not say what it is asked for.
 */
#ifndef CALLER_H
#define CALLER_H

#include "exe.h"

/* Calls of the x32 ABI have this bit in their number. */
#define X32_SYSCALL_BIT	0x40000000

static __always_inline struct pt_regs *caller_regs(void)
{
	return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
}

/* Number of the system call that the current task is in, as its ABI has it. */
static __always_inline __u32 caller_syscall(void)
{
	return caller_regs()->orig_ax & ~X32_SYSCALL_BIT;
}

static __always_inline int caller_userns_level(void)
{
	return BPF_CORE_READ(bpf_get_current_task_btf(), cred, user_ns, level);
}

#endif /* CALLER_H */
