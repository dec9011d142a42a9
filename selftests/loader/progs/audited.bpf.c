// SPDX-License-Identifier: GPL-2.0-only
/* Denies mknod as policies do: with a mode, and counted. */
#include "policy.h"

char LICENSE[] SEC("license") = "GPL";

SEC("lsm/inode_mknod")
int audited_mknod(void *ctx)
{
	return deny("inode_mknod");
}
