// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The first version: mknod is -EPERM. */
#include "swap.h"

SEC("lsm/inode_mknod")
int swap_mknod(void *ctx)
{
	count_call(1);
	return -1; /* -EPERM */
}
