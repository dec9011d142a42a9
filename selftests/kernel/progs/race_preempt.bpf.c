// SPDX-License-Identifier: GPL-2.0-only
/* Wakes whoever reads the ring buffer when a task enters the hook's function. */
#include <vmlinux.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "task_id.h"

char _license[] SEC("license") = "GPL";

__u32 victim;	/* task, 0 again once it was there */
__u64 entered;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} wakeups SEC(".maps");

SEC("kprobe/bpf_lsm_inode_getxattr")
int BPF_KPROBE(at_entry)
{
	__u32 task = current_tid();

	if (!victim || task != victim)
		return 0;
	victim = 0;
	entered++;
	bpf_ringbuf_output(&wakeups, &task, sizeof(task), BPF_RB_FORCE_WAKEUP);
	return 0;
}
