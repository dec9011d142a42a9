/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who calls, and with which system call: for policies that make exceptions by
 * executable, or whose hook does not say what it is asked for.
 */
#ifndef CALLER_H
#define CALLER_H

#include "policy.h"

/* Calls of the x32 ABI have this bit in their number. */
#define X32_SYSCALL_BIT	0x40000000

/*
 * What @task executes; false for a kernel thread. Read without the lock that
 * bpf_get_task_exe_file() takes: hooks are called with such locks held. The file
 * stays the same until execve(), but for PR_SET_MM: see sets_exe().
 */
static __always_inline bool task_exe(struct task_struct *task,
				     struct lsmslot_inode_id *id)
{
	struct inode *inode = BPF_CORE_READ(task, mm, exe_file, f_inode);

	if (!inode)
		return false;
	id->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	id->ino = BPF_CORE_READ(inode, i_ino);
	return true;
}

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

/* include/uapi/linux/prctl.h */
#define PR_SET_MM		35
#define PR_SET_MM_EXE_FILE	13
#define PR_SET_MM_MAP		14

/*
 * prctl() can change what task_exe() finds: the second form in a user namespace
 * of the caller's own, with nobody's help.
 */
static __always_inline bool sets_exe(int option, unsigned long arg2)
{
	return option == PR_SET_MM &&
	       (arg2 == PR_SET_MM_EXE_FILE || arg2 == PR_SET_MM_MAP);
}

#endif /* CALLER_H */
