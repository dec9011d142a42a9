// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The second program denies the pinning of its own link (bpffs asks
 * path_mknod), so that attach fails when the first is attached and pinned.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} pinned_first SEC(".maps");

SEC("lsm/file_ioctl")
int first(void *ctx)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&pinned_first, &key) ? 0 : -1;
}

SEC("lsm/path_mknod")
int second(void *ctx)
{
	return -1; /* -EPERM */
}
