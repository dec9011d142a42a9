// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Two LSM programs and a map: what attach, status and detach work on. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} calls SEC(".maps");

SEC("lsm/inode_mknod")
int deny_mknod(void *ctx)
{
	__u32 key = 0;
	__u64 *n = bpf_map_lookup_elem(&calls, &key);

	if (n)
		__sync_fetch_and_add(n, 1);
	return -1; /* -EPERM */
}

SEC("lsm.s/file_ioctl")
int allow_every_ioctl(void *ctx)
{
	return 0;
}
