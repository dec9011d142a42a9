// SPDX-License-Identifier: GPL-2.0-only
/* Has the maps of a policy, but decides without its mode. */
#include "policy.h"

char LICENSE[] SEC("license") = "GPL";

SEC("lsm/inode_mknod")
int decided(void *ctx)
{
	return -EPERM;
}
