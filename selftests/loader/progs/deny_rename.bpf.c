// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Denies every renaming, that of pinned maps as well. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

SEC("lsm/inode_rename")
int deny_rename(void *ctx)
{
	return -1; /* -EPERM */
}
