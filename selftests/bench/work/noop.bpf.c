// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program that does nothing on each of the ten hooks that the workloads call most.  hooks.txt
 * has the counts, and the script count made it.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

#define NOOP(hook)			\
	SEC("lsm/" #hook)		\
	int noop_##hook(void *ctx)	\
	{				\
		return 0;		\
	}

NOOP(file_permission)
NOOP(file_open)
NOOP(file_alloc_security)
NOOP(inode_getattr)
NOOP(inode_permission)
NOOP(inode_alloc_security)
NOOP(mmap_file)
NOOP(capable)
NOOP(socket_sendmsg)
NOOP(socket_recvmsg)
