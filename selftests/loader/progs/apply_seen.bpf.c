// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Denies nothing; notes in which order instances of it run. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

const volatile __u64 number = 0;

/* Shared by all instances: the numbers, the latest in the lowest byte. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} apply_seen SEC(".maps");

SEC("lsm/inode_mknod")
int seen_mknod(void *ctx)
{
	__u32 zero = 0;
	__u64 *seen = bpf_map_lookup_elem(&apply_seen, &zero);

	if (seen)
		*seen = *seen << 8 | (number & 0xff);
	return 0;
}
