// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Keeps the cookie of its link. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} cookie SEC(".maps");

SEC("lsm/inode_mknod")
int keep_cookie(void *ctx)
{
	__u64 value = bpf_get_attach_cookie(ctx);
	__u32 key = 0;

	bpf_map_update_elem(&cookie, &key, &value, BPF_ANY);
	return 0;
}
