// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Three programs for one hook, to be ordered. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

SEC("lsm/inode_mknod")
int trio_one(void *ctx)
{
	return 0;
}

SEC("lsm/inode_mknod")
int trio_two(void *ctx)
{
	return 0;
}

SEC("lsm/inode_mknod")
int trio_three(void *ctx)
{
	return 0;
}
