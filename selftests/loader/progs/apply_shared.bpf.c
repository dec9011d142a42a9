// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Denies mknod, but to users listed; all instances share mode and list. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <lsmslot/event.h>

#define EPERM 1

char LICENSE[] SEC("license") = "GPL";

/* Changing it changes the programs. */
const volatile __u64 generation = 1;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct lsmslot_settings);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} settings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u32);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} apply_users SEC(".maps");

SEC("lsm/inode_mknod")
int shared_mknod(void *ctx)
{
	__u32 zero = 0, user = bpf_get_current_uid_gid();
	struct lsmslot_settings *now = bpf_map_lookup_elem(&settings, &zero);

	if (!generation || bpf_map_lookup_elem(&apply_users, &user))
		return 0;
	return now && now->mode == LSMSLOT_AUDIT ? 0 : -EPERM;
}
