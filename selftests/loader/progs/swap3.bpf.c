// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A version that does not fit: another hook, another kind of map. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} swap_calls SEC(".maps");

SEC("lsm/inode_mknod")
int swap_mknod(void *ctx)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&swap_calls, &key) ? 0 : -1;
}

SEC("lsm/path_mknod")
int swap_ioctl(void *ctx)
{
	return 0;
}

SEC("?lsm/inode_mknod")
int swap_other(void *ctx)
{
	return 0;
}
