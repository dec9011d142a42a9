// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The second version: mknod is -EACCES, and there is one more map. */
#include "swap.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} swap_more SEC(".maps");

SEC("lsm/inode_mknod")
int swap_mknod(void *ctx)
{
	__u32 key = 0;

	count_call(1);
	bpf_map_update_elem(&swap_more, &key, &key, BPF_ANY);
	return -13; /* -EACCES */
}
