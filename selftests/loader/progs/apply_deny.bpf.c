// SPDX-License-Identifier: GPL-2.0-only
/*
 * A policy for the tests of apply: no FIFOs for tasks whose name is listed.
 * Constants and optional programs make other versions of it.
 */
#include "policy.h"

char LICENSE[] SEC("license") = "GPL";

#define S_IFIFO 0010000
#define S_IFCHR 0020000

enum apply_deny_kind {
	APPLY_DENY_FIFO = 1,
	APPLY_DENY_ALL = 2,
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, char[16]);
	__type(value, enum apply_deny_kind);
} comms SEC(".maps");

/* The policy's own data, which an update keeps. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} asked SEC(".maps");

/* Makes another version of the programs. */
const volatile __u32 generation = 1;
const volatile bool every_task = false;

SEC("lsm/inode_mknod")
int BPF_PROG(deny_fifo, struct inode *dir, struct dentry *dentry, umode_t mode, dev_t dev)
{
	char comm[16] = {};
	__u32 zero = 0, *kind;
	__u64 *n;

	if ((mode & S_IFMT) != S_IFIFO || !generation)
		return 0;
	n = bpf_map_lookup_elem(&asked, &zero);
	if (n)
		__sync_fetch_and_add(n, 1);
	bpf_get_current_comm(comm, sizeof(comm));
	kind = bpf_map_lookup_elem(&comms, comm);
	if (!kind && !every_task)
		return 0;
	return deny("inode_mknod");
}

SEC("lsm/inode_symlink")
int BPF_PROG(deny_symlink, struct inode *dir, struct dentry *dentry, const char *old)
{
	char comm[16] = {};
	__u32 *kind;

	bpf_get_current_comm(comm, sizeof(comm));
	kind = bpf_map_lookup_elem(&comms, comm);
	if (!kind || *kind != APPLY_DENY_ALL)
		return 0;
	return deny("inode_symlink");
}
