/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For policies that know programs by their executable file: which one a task
 * runs, and that it cannot name another one.
 */
#ifndef EXE_H
#define EXE_H

#include "policy.h"

/* include/uapi/linux/prctl.h */
#define PR_SET_MM		35
#define PR_SET_MM_EXE_FILE	13
#define PR_SET_MM_MAP		14

/*
 * What @task executes; false for a task without memory of its own: a kernel
 * thread, or one that ends. Read without the lock that bpf_get_task_exe_file()
 * takes: hooks are called with such locks held. The file stays the same until
 * execve(), but for PR_SET_MM: see sets_exe().
 */
static __always_inline bool task_exe(struct task_struct *task, struct lsmslot_inode_id *id)
{
	struct inode *inode = BPF_CORE_READ(task, mm, exe_file, f_inode);

	if (!inode)
		return false;
	id->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	id->type = BPF_CORE_READ(inode, i_mode) & S_IFMT;
	id->ino = BPF_CORE_READ(inode, i_ino);
	return true;
}

/*
 * prctl() can change what task_exe() finds: the second form in a user namespace
 * of the caller's own, with nobody's help.
 */
static __always_inline bool sets_exe(int option, unsigned long what)
{
	return option == PR_SET_MM &&
	       (what == PR_SET_MM_EXE_FILE || what == PR_SET_MM_MAP);
}

#endif /* EXE_H */
