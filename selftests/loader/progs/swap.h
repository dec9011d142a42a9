/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A policy in two versions, told apart by the errno of mknod. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} swap_calls SEC(".maps");

static __always_inline void count_call(__u64 one)
{
	__u32 key = 0;
	__u64 *n = bpf_map_lookup_elem(&swap_calls, &key);

	if (n)
		__sync_fetch_and_add(n, one);
}

/* Uses the map, and leaves the count to mknod. */
SEC("lsm/file_ioctl")
int swap_ioctl(void *ctx)
{
	count_call(0);
	return 0;
}
