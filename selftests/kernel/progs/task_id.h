/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which task runs a program, as the task's own gettid() says: tests run in a
 * name space of pids, and bpf_get_current_pid_tgid() gives the outermost one's.
 */
#ifndef PROGS_TASK_ID_H
#define PROGS_TASK_ID_H

#include <bpf/bpf_core_read.h>

static __always_inline __u32 current_tid(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	__u32 level = BPF_CORE_READ(pid, level);
	struct upid upid = {};

	/* Not BPF_CORE_READ(): the array has no fixed length. */
	bpf_probe_read_kernel(&upid, sizeof(upid),
			      (void *)pid + bpf_core_field_offset(pid->numbers) +
			      level * sizeof(upid));
	return upid.nr;
}

#endif /* PROGS_TASK_ID_H */
