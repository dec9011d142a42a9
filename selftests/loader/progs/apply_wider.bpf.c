// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Denies nothing; its map apply_users is not like that of apply_shared. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} apply_users SEC(".maps");

SEC("lsm/inode_mknod")
int wider_mknod(void *ctx)
{
	__u32 zero = 0;

	bpf_map_lookup_elem(&apply_users, &zero);
	return 0;
}
