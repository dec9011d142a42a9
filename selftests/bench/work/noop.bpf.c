// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program that does nothing on each of the ten hooks that the workloads call most, as counted
 * with "run -c"; hooks.txt has the counts.
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

NOOP(inode_permission)
NOOP(file_permission)
NOOP(inode_getattr)
NOOP(socket_recvmsg)
NOOP(socket_sendmsg)
NOOP(socket_sock_rcv_skb)
NOOP(file_alloc_security)
NOOP(file_free_security)
NOOP(socket_getpeersec_dgram)
NOOP(file_open)
