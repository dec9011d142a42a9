// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The first version: mknod is -EPERM. */
#include "swap.h"

SEC("lsm/inode_mknod")
int swap_mknod(void *ctx)
{
	count_call();
	return -1; /* -EPERM */
}

SEC("lsm/file_ioctl")
int swap_ioctl(void *ctx)
{
	count_call();
	return 0;
}
