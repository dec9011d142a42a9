// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* No FIFOs for mkfifo; all policies made of it have one mode, which they share. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <lsmslot/event.h>

char LICENSE[] SEC("license") = "GPL";

#define EPERM 1
#define S_IFMT 0170000
#define S_IFIFO 0010000

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct lsmslot_settings);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} settings SEC(".maps");

SEC("lsm/inode_mknod")
int BPF_PROG(shared_mode, struct inode *dir, struct dentry *dentry, umode_t mode, dev_t dev)
{
	struct lsmslot_settings *now;
	char comm[16] = {};
	__u32 zero = 0;

	bpf_get_current_comm(comm, sizeof(comm));
	if ((mode & S_IFMT) != S_IFIFO || comm[0] != 'm' || comm[1] != 'k' || comm[2] != 'f')
		return 0;
	now = bpf_map_lookup_elem(&settings, &zero);
	return now && now->mode == LSMSLOT_AUDIT ? 0 : -EPERM;
}
